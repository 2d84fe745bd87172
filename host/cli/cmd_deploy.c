#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/table.h"
#include "deploy/deploy.h"
#include "deploy/hosts.h"
#include "home/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOSTS_FILE_MAX 65536
#define AT_ONCE        8

struct options {
    const char *pool, *broker_host, *bundle, *worker, *handlers, *hosts;
    struct hf_text_list ssh;
    int64_t report_ms, drain_ms;
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
     "Many boards at once: lines of NAME USER@HOST.", 0, 0},
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
    "  holdfast deploy --hosts boards.txt --upgrade\n";

/* --- one board --- */

static void show_step(void *context, const char *step, const char *text)
{
    fprintf(stderr, "%-12s %-9s %s\n", (const char *)context, step, text);
}

static cJSON *as_json(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                      const struct hf_fault *fault)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "board", request->board);
    cJSON_AddStringToObject(root, "target", request->target);
    cJSON_AddBoolToObject(root, "ok", !done->failed);
    cJSON_AddBoolToObject(root, "unchanged", done->unchanged);
    cJSON_AddBoolToObject(root, "rolled_back", done->rolled_back);
    cJSON_AddStringToObject(root, "failed_step", done->failed ? done->failed : "");
    cJSON_AddStringToObject(root, "reason", done->failed ? fault->text : "");
    cJSON_AddStringToObject(root, "machine", done->target.machine);
    cJSON_AddStringToObject(root, "kernel", done->target.kernel);
    cJSON_AddStringToObject(root, "model", done->target.model);
    cJSON_AddStringToObject(root, "init", done->target.init);
    cJSON_AddNumberToObject(root, "memory_kb", (double)done->target.memory_kb);
    cJSON_AddStringToObject(root, "worker", done->version);
    cJSON_AddStringToObject(root, "preset", done->program);
    cJSON_AddNumberToObject(root, "handlers", (double)done->handlers);
    cJSON_AddStringToObject(root, "address", done->arrival.address);
    cJSON_AddStringToObject(root, "note", done->note);
    return root;
}

static void print_words(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                        bool uninstall)
{
    char memory[HF_OUT_SHORT];
    hf_out_bytes(memory, (uint64_t)done->target.memory_kb * 1024);
    if (uninstall) {
        printf("%s has no worker any more; its handlers and unsent results were left.\n",
               request->board);
        return;
    }
    printf("%s %s.\n  board    %s%s%s, Linux %s, %s of memory, %s\n", request->board,
           done->unchanged ? "is as it should be, and connected" : "has reported in",
           done->target.model, done->target.model[0] ? ", " : "", done->target.machine,
           done->target.kernel, memory, done->target.init);
    if (done->version[0])
        printf("  worker   %s\n", done->version);
    if (done->handlers > 0)
        printf("  handlers %zu copied\n", done->handlers);
    printf("  address  %s\n", done->arrival.address);
    if (done->note[0])
        printf("  note     %s\n", done->note);
}

static int deploy_one(const struct hf_command *command, const struct hf_deploy_request *request,
                      const struct options *given)
{
    struct hf_deploy_done done;
    struct hf_fault fault = {0};
    enum hf_err err =
        given->uninstall ? hf_undeploy(request, &done, &fault) : hf_deploy(request, &done, &fault);
    if (given->json) {
        cJSON *root = as_json(request, &done, &fault);
        char *text = cJSON_PrintUnformatted(root);
        if (text)
            puts(text);
        cJSON_free(text);
        cJSON_Delete(root);
    } else if (!err) {
        print_words(request, &done, given->uninstall);
    }
    if (!err)
        return HF_EXIT_OK;
    fprintf(stderr, "holdfast %s: %s: %s: %s\n", command->name, request->board, done.failed,
            fault.text);
    return err == HF_ERR_INTERRUPTED ? HF_EXIT_INTERRUPTED : HF_EXIT_FAILED;
}

/* --- many --- */

struct job {
    pid_t pid; /* 0: not begun, -1: ended */
    int code;
};

static void begin(const struct hf_command *command, struct hf_deploy_request *request,
                  const struct options *given, const struct hf_host *host, struct job *job)
{
    fflush(NULL);
    job->pid = fork();
    if (job->pid != 0)
        return;
    request->board = host->board;
    request->target = host->target;
    request->context = (void *)host->board;
    const int code = deploy_one(command, request, given);
    fflush(NULL);
    _exit(code);
}

static bool end_one(const struct hf_hosts *hosts, struct job *jobs)
{
    int status = 0;
    const pid_t pid = waitpid(-1, &status, 0);
    for (size_t i = 0; pid > 0 && i < hosts->count; i++) {
        if (jobs[i].pid != pid)
            continue;
        jobs[i].pid = -1;
        jobs[i].code = WIFEXITED(status) ? WEXITSTATUS(status) : HF_EXIT_FAILED;
        fprintf(stderr, "%-12s %s\n", hosts->items[i].board, jobs[i].code ? "FAILED" : "done");
        return true;
    }
    return pid > 0 || errno == EINTR;
}

static void print_table(const struct hf_hosts *hosts, const struct job *jobs)
{
    struct hf_table table = {.columns = 3};
    hf_table_cell(&table, "BOARD");
    hf_table_cell(&table, "ADDRESS");
    hf_table_cell(&table, "STATE");
    for (size_t i = 0; i < hosts->count; i++) {
        hf_table_cell(&table, "%s", hosts->items[i].board);
        hf_table_cell(&table, "%s", hosts->items[i].target);
        hf_table_cell(&table, "%s", jobs[i].code ? "failed" : "done");
    }
    hf_table_print(&table, stdout);
    hf_table_free(&table);
}

static int deploy_many(const struct hf_command *command, struct hf_deploy_request *request,
                       const struct options *given, const struct hf_hosts *hosts)
{
    struct job *jobs = calloc(hosts->count, sizeof *jobs);
    size_t begun = 0, ended = 0, failed = 0;
    if (!jobs)
        return HF_EXIT_FAILED;
    request->batch = true;
    while (ended < hosts->count) {
        for (; begun < hosts->count && begun - ended < AT_ONCE; begun++)
            begin(command, request, given, &hosts->items[begun], &jobs[begun]);
        if (!end_one(hosts, jobs))
            break;
        ended++;
    }
    for (size_t i = 0; i < hosts->count; i++)
        failed += jobs[i].code != 0 || jobs[i].pid != -1;
    if (!given->json)
        print_table(hosts, jobs);
    free(jobs);
    if (failed > 0)
        fprintf(stderr, "holdfast %s: %zu of %zu boards failed: see above\n", command->name, failed,
                hosts->count);
    return failed > 0 ? HF_EXIT_FAILED : HF_EXIT_OK;
}

static enum hf_err read_hosts(const char *path, struct hf_hosts *hosts, struct hf_fault *fault)
{
    char *text = NULL;
    struct hf_fault why = {0};
    enum hf_err err = hf_file_read(path, HOSTS_FILE_MAX, &text, NULL, fault);
    if (!err && hf_hosts_parse(text, hosts, &why))
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "%s: %s", path, why.text);
    free(text);
    return err;
}

/* --- the command --- */

static enum hf_err check(const struct options *given, int operands, char **argv,
                         struct hf_fault *fault)
{
    if (given->hosts ? operands != 0 : operands != 2)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "expected NAME and USER@HOST, or --hosts FILE and neither of them");
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

static int run(const struct hf_command *command, int argc, char **argv)
{
    static struct hf_hosts hosts;
    struct options given = {.report_ms = HF_DEPLOY_REPORT_MS, .drain_ms = 15 * 60 * 1000};
    const char *ssh[HF_SSH_OPTIONS_MAX + 1] = {NULL};
    struct hf_broker_settings settings;
    struct hf_home home;
    struct hf_fault fault;
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, argv, &fault) ||
        (given.hosts && read_hosts(given.hosts, &hosts, &fault)))
        return hf_out_usage(command, &fault);
    if (hf_home_find(&home, &fault) || hf_broker_settings_load(&home, &settings, &fault))
        return hf_out_setting(command, &fault);
    memcpy(ssh, given.ssh.items, given.ssh.count * sizeof *ssh);
    struct hf_deploy_request request = {.home = &home,
                                        .settings = &settings,
                                        .ssh_options = ssh,
                                        .pool = given.pool,
                                        .broker_host = given.broker_host,
                                        .bundle = given.bundle,
                                        .worker = given.worker,
                                        .handlers = given.handlers,
                                        .upgrade = given.upgrade,
                                        .force = given.force,
                                        .batch = !isatty(STDIN_FILENO),
                                        .report_ms = given.report_ms,
                                        .drain_ms = given.drain_ms,
                                        .stopped = hf_interrupt_seen,
                                        .step = show_step};
    hf_interrupt_catch();
    if (given.hosts)
        return deploy_many(command, &request, &given, &hosts);
    request.board = argv[0];
    request.target = argv[1];
    request.context = argv[0];
    return deploy_one(command, &request, &given);
}

const struct hf_command hf_command_deploy = {
    .name = "deploy",
    .summary = "Put a worker on a board over ssh, keep it up to date, or take it off",
    .usage = "NAME USER@HOST [--upgrade | --uninstall] [OPTIONS]\n"
             "--hosts FILE [--upgrade | --uninstall] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
