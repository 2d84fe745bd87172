#include "cli/call.h"

static const char details[] =
    "A board checks its settings first: when they are wrong it says what is, and goes on\n"
    "with the old ones. What it has in hand is finished before.\n"
    "\n"
    "Waits for the answers. Exits with 0 when every board has said yes, and with 1 when\n"
    "one is away or refuses.\n"
    "\n"
    "Examples:\n"
    "  holdfast reload kitchen\n"
    "  holdfast reload --pool lab\n";

static int run(const struct hf_command *command, int argc, char **argv)
{
    return hf_call_run(command, argc, argv, HF_CONTROL_RELOAD, "reloaded");
}

const struct hf_command hf_command_reload = {
    .name = "reload",
    .summary = "Let boards read their settings again",
    .usage = "BOARD... [--wait TIME] [--json]\n--pool POOL [--wait TIME] [--json]\n--all [--wait "
             "TIME] [--json]",
    .options = hf_call_options,
    .details = details,
    .run = run,
};
