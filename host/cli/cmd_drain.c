#include "cli/call.h"

static const char details[] =
    "They stay connected and hear commands; \"holdfast resume\" lets them take tasks\n"
    "again. A board that is restarted takes tasks again too.\n"
    "\n"
    "Waits for the answers. Exits with 0 when every board has said yes, and with 1 when\n"
    "one is away or refuses.\n"
    "\n"
    "Examples:\n"
    "  holdfast drain kitchen\n"
    "  holdfast drain --pool lab --json\n";

static int run(const struct hf_command *command, int argc, char **argv)
{
    return hf_call_run(command, argc, argv, HF_CONTROL_DRAIN, "drained");
}

const struct hf_command hf_command_drain = {
    .name = "drain",
    .summary = "Let boards finish what they have and take nothing more",
    .usage = "BOARD... [--wait TIME] [--json]\n--pool POOL [--wait TIME] [--json]\n--all [--wait "
             "TIME] [--json]",
    .options = hf_call_options,
    .details = details,
    .run = run,
};
