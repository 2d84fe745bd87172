#include "cli/deploy_many.h"
#include "cli/deployed.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "deploy/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *pool, *broker_host, *bundle, *worker, *handlers, *hosts;
    struct hf_text_list ssh;
    int64_t report_ms, drain_ms, at_once;
    bool upgrade, uninstall, force, json;
};

static const struct hf_option options[] = {
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "POOL",
     "Whose tasks a new board takes (default).", 0, 0},
    {"broker-host", HF_OPTION_TEXT, offsetof(struct options, broker_host), "HOST",
     "Name or address by which a new board reaches the broker.", 0, 0},
    {"bundle", HF_OPTION_TEXT, offsetof(struct options, bundle), "FOLDER",
     "The board's bundle, as \"enroll\" wrote it (./NAME when it is there,\n"
     "else the board is enrolled now).",
     0, 0},
    {"worker", HF_OPTION_TEXT, offsetof(struct options, worker), "FILE",
     "The worker's program (one of this checkout, built when need be).", 0, 0},
    {"handlers", HF_OPTION_TEXT, offsetof(struct options, handlers), "FOLDER",
     "Copy the programs in it to /etc/holdfast/handlers.", 0, 0},
    {"hosts", HF_OPTION_TEXT, offsetof(struct options, hosts), "FILE",
     "Many boards: lines of NAME USER@HOST. Names after it: only these of\n"
     "them.",
     0, 0},
    {"at-once", HF_OPTION_NUMBER, offsetof(struct options, at_once), "N",
     "So many of them at a time (4).", 1, 256},
    {"upgrade", HF_OPTION_FLAG, offsetof(struct options, upgrade), NULL,
     "Replace another worker that is there; the old one comes back when\n"
     "the board does not report with the new one.",
     0, 0},
    {"uninstall", HF_OPTION_FLAG, offsetof(struct options, uninstall), NULL,
     "Take service, program and identity off the board.", 0, 0},
    {"force", HF_OPTION_FLAG, offsetof(struct options, force), NULL,
     "Give the board a new identity, whatever it has.", 0, 0},
    {"ssh", HF_OPTION_LIST, offsetof(struct options, ssh), "OPTION",
     "For ssh's -o, as Port=2222; may be repeated.", 0, 0},
    {"report", HF_OPTION_DURATION_MS, offsetof(struct options, report_ms), "TIME",
     "How long to wait for the board to report (60s).", 1000, 3600000},
    {"drain", HF_OPTION_DURATION_MS, offsetof(struct options, drain_ms), "TIME",
     "How long a task in hand may hold up the change (15m).", 1000, 604800000},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a board, a line each.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Puts a worker on a board that runs Linux and that ssh reaches, with your own ssh\n"
    "settings and keys, as root or as a user whose sudo asks for no password. Finds out\n"
    "processor and init system (systemd, OpenRC, procd, BusyBox, or cron), copies what\n"
    "differs, starts the service, and waits until the board reports to the broker. Doing\n"
    "it again changes nothing that is right already.\n"
    "\n"
    "--uninstall leaves handlers and results that were not sent yet on the board.\n"
    "\n"
    "Examples:\n"
    "  holdfast deploy kitchen pi@raspberrypi.local\n"
    "  holdfast deploy kitchen root@192.168.1.31 --pool fast --handlers handlers/\n"
    "  holdfast deploy kitchen root@192.168.1.31 --upgrade\n"
    "  holdfast deploy --hosts boards.txt --upgrade\n"
    "  holdfast deploy --hosts boards.txt kitchen attic\n";

/* --- one board --- */

static void show_step(void *context, const char *step, const char *text)
{
    fprintf(stderr, "%-12s %-9s %s\n", (const char *)context, step, text);
}

static int deploy_one(const struct hf_command *command, const struct hf_deploy_request *request,
                      const struct options *given)
{
    struct hf_deploy_done done;
    struct hf_fault fault = {0};
    enum hf_err err =
        given->uninstall ? hf_undeploy(request, &done, &fault) : hf_deploy(request, &done, &fault);
    if (given->json) {
        (void)hf_json_line(hf_deployed_json(request, &done, &fault));
    } else if (!err) {
        hf_deployed_print(request, &done, given->uninstall);
    }
    if (!err)
        return HF_EXIT_OK;
    fprintf(stderr, "holdfast %s: %s: %s: %s\n", command->name, request->board, done.failed,
            fault.text);
    return err == HF_ERR_INTERRUPTED ? HF_EXIT_INTERRUPTED : HF_EXIT_FAILED;
}

/* --- the command --- */

static enum hf_err check(const struct options *given, int operands, char **argv,
                         struct hf_fault *fault)
{
    if (!given->hosts && operands != 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "expected NAME and USER@HOST, or --hosts FILE");
    if (!given->hosts && given->at_once)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--at-once is for --hosts FILE");
    if (given->upgrade && given->uninstall)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "choose one of --upgrade and --uninstall");
    if (given->hosts && given->bundle)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--bundle is for one board");
    if (!given->hosts && !hf_name_valid(hf_str(argv[0])))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" cannot be a board's name: use 1 to %d of a-z, 0-9 and '-'",
                            argv[0], HF_NAME_MAX);
    if (given->ssh.count > HF_SSH_OPTIONS_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "more than %d --ssh", HF_SSH_OPTIONS_MAX);
    return HF_ERR_OK;
}

static int deploy(const struct hf_command *command, const struct options *given,
                  const struct hf_deploy_many *many)
{
    const char *ssh[HF_SSH_OPTIONS_MAX + 1] = {NULL};
    struct hf_broker_settings settings;
    struct hf_home home;
    struct hf_fault fault;
    if (hf_home_find(&home, &fault) || hf_broker_settings_load(&home, &settings, &fault))
        return hf_out_setting(command, &fault);
    memcpy(ssh, given->ssh.items, given->ssh.count * sizeof *ssh);
    struct hf_deploy_request request = {.home = &home,
                                        .settings = &settings,
                                        .ssh_options = ssh,
                                        .pool = given->pool,
                                        .broker_host = given->broker_host,
                                        .bundle = given->bundle,
                                        .worker = given->worker,
                                        .handlers = given->handlers,
                                        .upgrade = given->upgrade,
                                        .force = given->force,
                                        .batch = !isatty(STDIN_FILENO),
                                        .report_ms = given->report_ms,
                                        .drain_ms = given->drain_ms,
                                        .stopped = hf_interrupt_seen,
                                        .step = show_step};
    hf_interrupt_catch();
    if (given->hosts)
        return hf_deploy_many(many, &request);
    request.board = many->names[0];
    request.target = many->names[1];
    request.context = many->names[0];
    return deploy_one(command, &request, given);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.report_ms = HF_DEPLOY_REPORT_MS, .drain_ms = 15 * 60 * 1000};
    struct hf_fault fault;
    int operands = 0;
    char **words = calloc((size_t)argc + 1, sizeof *words);
    if (!words)
        return HF_EXIT_FAILED;
    memcpy(words, argv, (size_t)argc * sizeof *words); /* parsing moves the operands */
    int code = HF_EXIT_OK;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, argv, &fault)) {
        code = hf_out_usage(command, &fault);
    } else {
        const struct hf_deploy_many many = {.command = command,
                                            .file = given.hosts,
                                            .uninstall = given.uninstall,
                                            .json = given.json,
                                            .at_once = given.at_once,
                                            .words = words,
                                            .word_count = argc,
                                            .names = argv,
                                            .name_count = operands};
        code = deploy(command, &given, &many);
    }
    free(words);
    return code;
}

const struct hf_command hf_command_deploy = {
    .name = "deploy",
    .summary = "Put a worker on a board over ssh, keep it up to date, or take it off",
    .usage = "NAME USER@HOST [--upgrade | --uninstall] [OPTIONS]\n"
             "--hosts FILE [NAME ...] [--upgrade | --uninstall] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
