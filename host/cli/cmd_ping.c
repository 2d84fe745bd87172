#include "cli/call.h"

static const char details[] =
    "A board answers at once, also while a task runs, and tells anew what it is and how\n"
    "it does; see holdfast boards.\n"
    "\n"
    "Waits for the answers. Exits with 0 when every board has said yes, and with 1 when\n"
    "one is away or refuses.\n"
    "\n"
    "Examples:\n"
    "  holdfast ping kitchen\n"
    "  holdfast ping --all --wait 2s\n";

static int run(const struct hf_command *command, int argc, char **argv)
{
    return hf_call_run(command, argc, argv, HF_CONTROL_PING, "here");
}

const struct hf_command hf_command_ping = {
    .name = "ping",
    .summary = "Ask boards whether they are there",
    .usage = "BOARD... [--wait TIME] [--json]\n--pool POOL [--wait TIME] [--json]\n--all [--wait "
             "TIME] [--json]",
    .options = hf_call_options,
    .details = details,
    .run = run,
};
