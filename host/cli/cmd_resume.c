#include "cli/call.h"

static const char details[] =
    "Does no harm to a board that was not drained.\n"
    "\n"
    "Waits for the answers. Exits with 0 when every board has said yes, and with 1 when\n"
    "one is away or refuses.\n"
    "\n"
    "Examples:\n"
    "  holdfast resume kitchen\n"
    "  holdfast resume --all\n";

static int run(const struct hf_command *command, int argc, char **argv)
{
    return hf_call_run(command, argc, argv, HF_CONTROL_RESUME, "resumed");
}

const struct hf_command hf_command_resume = {
    .name = "resume",
    .summary = "Let drained boards take tasks again",
    .usage = "BOARD... [--wait TIME] [--json]\n--pool POOL [--wait TIME] [--json]\n--all [--wait "
             "TIME] [--json]",
    .options = hf_call_options,
    .details = details,
    .run = run,
};
