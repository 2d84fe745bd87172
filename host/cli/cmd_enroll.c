#include "cli/desk.h"
#include "cli/output.h"
#include "deploy/program.h"
#include "flash/values.h"
#include "manager/enroll.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct options {
    const char *board, *pool, *out, *broker_host, *csr;
    bool force, keep_old, unsigned_results, json;
};

/* The program for the board that --board names; all empty without. */
struct program {
    const char *preset;
    char title[HF_VALUE_MAX + 1];
    struct hf_program worker;
    bool built;
};

static const struct hf_option options[] = {
    {"board", HF_OPTION_TEXT, offsetof(struct options, board), "PRESET",
     "What it is, a folder of boards/: the next steps that are printed are\n"
     "those for it, with the program that it needs.",
     0, 0},
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "POOL",
     "Whose tasks it takes (default); made when new.", 0, 0},
    {"out", HF_OPTION_TEXT, offsetof(struct options, out), "FOLDER",
     "Where the bundle goes (./NAME).", 0, 0},
    {"broker-host", HF_OPTION_TEXT, offsetof(struct options, broker_host), "HOST",
     "Name or address by which the board reaches the broker, when\n"
     "it is not the first address given to \"up --listen\".",
     0, 0},
    {"csr", HF_OPTION_TEXT, offsetof(struct options, csr), "FILE",
     "Sign the request that \"holdfast-worker --make-csr NAME\" printed on\n"
     "the board: its key stays there, and the bundle has none.",
     0, 0},
    {"force", HF_OPTION_FLAG, offsetof(struct options, force), NULL,
     "Overwrite a bundle that is there, with a new key.", 0, 0},
    {"keep-old", HF_OPTION_FLAG, offsetof(struct options, keep_old), NULL,
     "Leave the certificates good that the board has from before; else\n"
     "they are revoked now.",
     0, 0},
    {"unsigned-results", HF_OPTION_FLAG, offsetof(struct options, unsigned_results), NULL,
     "Take its results without a signature (for a worker of your own that\n"
     "makes none).",
     0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "NAME is the board's name on the broker: 1 to 32 of a-z, 0-9 and '-'. The bundle\n"
    "is a folder of five files that go into /etc/holdfast on the board: worker.json,\n"
    "ca.pem, cert.pem, key.pem and manager.pub. Keep key.pem secret: it is the\n"
    "board's identity. manager.pub is the key by which the board knows this\n"
    "manager's work from anybody else's: it does no other.\n"
    "\n"
    "The key can be made on the board instead, and never leave it (--csr):\n"
    "  ssh root@kitchen holdfast-worker --make-csr kitchen >kitchen.csr\n"
    "  holdfast enroll kitchen --csr kitchen.csr\n"
    "\n"
    "A board that answers ssh is enrolled by \"holdfast deploy\", one without a system by\n"
    "\"holdfast flash\": this command is for doing it by hand.\n"
    "\n"
    "Enrolling a board again with another --pool moves it to that pool.\n"
    "\n"
    "Examples:\n"
    "  holdfast enroll kitchen\n"
    "  holdfast enroll attic --board raspberry-pi-zero\n"
    "  holdfast enroll lab-07 --pool lab --out bundles/lab-07\n";

static enum hf_err find_program(const char *preset, struct program *out, struct hf_fault *fault)
{
    char root[HF_PATH_MAX + 1];
    struct hf_board_values values;
    if (!preset)
        return HF_ERR_OK;
    enum hf_err err = hf_program_checkout(root, fault);
    if (!err)
        err = hf_board_values_load(root, preset, &values, fault);
    if (err)
        return err;
    out->preset = preset;
    out->built = hf_program_built(preset, &out->worker);
    memcpy(out->title, values.title, sizeof out->title);
    return HF_ERR_OK;
}

static int print_json(const char *board, const struct hf_enrolled *done,
                      const struct program *program, bool has_key)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "board", board);
    cJSON_AddStringToObject(root, "pool", done->pool);
    cJSON_AddStringToObject(root, "bundle", done->dir);
    cJSON_AddStringToObject(root, "host", done->host);
    cJSON_AddNumberToObject(root, "port", done->port);
    cJSON_AddBoolToObject(root, "only_this_machine", done->only_this_machine);
    cJSON_AddNumberToObject(root, "certificate_until_s", (double)done->certificate_until_s);
    cJSON_AddBoolToObject(root, "has_key", has_key);
    if (program->preset) {
        cJSON_AddStringToObject(root, "preset", program->preset);
        cJSON_AddStringToObject(root, "program", program->worker.path);
        cJSON_AddBoolToObject(root, "built", program->built);
    }
    return hf_out_json(root);
}

static void print_steps(const char *board, const struct hf_enrolled *done,
                        const struct program *program)
{
    if (!program->preset) {
        printf("Next, with the worker's program in place on the board:\n");
    } else {
        printf("Next, for %s:\n", program->title);
        if (!program->built)
            printf("  cmake --preset %s && cmake --build --preset %s\n", program->preset,
                   program->preset);
        printf("  scp %s root@%s:/usr/local/bin/\n", program->worker.path, board);
    }
    printf("  scp -r %s/. root@%s:/etc/holdfast/\n"
           "  ssh root@%s holdfast-worker --config /etc/holdfast/worker.json\n",
           done->dir, board, board);
}

static int print_words(const char *board, const struct hf_enrolled *done,
                       const struct program *program, bool has_key)
{
    char until[HF_OUT_SHORT];
    hf_out_time(until, done->certificate_until_s);
    printf("%s is enrolled in pool %s.\n"
           "  bundle       %s: worker.json ca.pem cert.pem %smanager.pub\n"
           "  connects to  %s port %u\n"
           "  certificate  until %s\n"
           "%s",
           board, done->pool, done->dir, has_key ? "key.pem " : "", done->host, done->port, until,
           has_key ? "" : "  key          on the board, /etc/holdfast/key.pem; nowhere else\n");
    print_steps(board, done, program);
    return HF_EXIT_OK;
}

static void warn_loopback(const struct hf_enrolled *done)
{
    if (done->only_this_machine)
        fprintf(
            stderr,
            "Note: %s is this machine itself; a board elsewhere cannot reach it. To mend that:\n"
            "  holdfast up --listen ADDRESS    with an address of this machine\n"
            "and enroll again with --force.\n",
            done->host);
}

static int enroll(const struct hf_command *command, struct hf_desk *desk,
                  const struct hf_broker_settings *settings,
                  const struct hf_enroll_request *request, struct hf_enrolled *done)
{
    struct hf_fault fault = {0};
    const struct hf_site site = {.home = &desk->home,
                                 .settings = settings,
                                 .ledger = desk->ledger,
                                 .now_s = (int64_t)time(NULL)};
    enum hf_err err = hf_enroll(&site, request, done, &fault);
    if (err == HF_ERR_INVALID)
        return hf_out_usage(command, &fault);
    return err ? hf_out_fault(command, &fault) : HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_broker_settings settings;
    struct program program = {0};
    struct hf_enrolled done;
    struct hf_desk desk;
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != 1) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "one NAME is wanted, %d are given", operands);
        return hf_out_usage(command, &fault);
    }
    if (find_program(given.board, &program, &fault))
        return hf_out_usage(command, &fault);
    const struct hf_enroll_request request = {.board = argv[0],
                                              .pool = given.pool,
                                              .out_dir = given.out,
                                              .broker_host = given.broker_host,
                                              .csr = given.csr,
                                              .force = given.force,
                                              .keep_old = given.keep_old,
                                              .unsigned_results = given.unsigned_results};
    if (hf_home_find(&desk.home, &fault) || hf_broker_settings_load(&desk.home, &settings, &fault))
        return hf_out_setting(command, &fault);
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = enroll(command, &desk, &settings, &request, &done);
    hf_desk_close(&desk);
    if (code != HF_EXIT_OK)
        return code;
    warn_loopback(&done);
    return given.json ? print_json(request.board, &done, &program, !given.csr)
                      : print_words(request.board, &done, &program, !given.csr);
}

const struct hf_command hf_command_enroll = {
    .name = "enroll",
    .summary = "Make a board known: its user and queues, and a bundle to copy to it",
    .usage = "NAME [--board PRESET] [--pool POOL] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
