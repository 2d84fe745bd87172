#include "handlers/table.h"
#include "link/log.h"
#include "link/request.h"
#include "link/signature.h"
#include "worker/check.h"
#include "worker/config.h"
#include "worker/loop.h"
#include "worker/relro.h"
#include "worker/renewal.h"
#include "worker/upkeep.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define CONFIG_DEFAULT "/etc/holdfast/worker.json"
#define KEY_DEFAULT    "/etc/holdfast/key.pem"
#define SYSTEM_LOG     "/dev/log"

enum { EXIT_LEFT = 0, EXIT_TROUBLE = 1, EXIT_MISUSE = 2 };

static void print_help(FILE *out)
{
    (void)fprintf(
        out,
        "holdfast-worker: takes tasks from a RabbitMQ broker, one at a time\n"
        "\n"
        "usage: holdfast-worker [--config FILE] [--check | --self-test]\n"
        "       holdfast-worker --make-csr NAME [--key FILE]\n"
        "\n"
        "  --config FILE   settings (default %s)\n"
        "  --check         try the way to the broker and say what is wrong, take no work\n"
        "  --self-test     try what needs no broker: settings, certificates, keys\n"
        "  --make-csr NAME make a key, unless there is one, and print the request that\n"
        "                  \"holdfast enroll NAME --csr FILE\" makes a certificate of\n"
        "  --key FILE      where the key is kept (default %s)\n"
        "  --handlers      list the built-in handlers\n"
        "  --version       print the version\n"
        "  --help          print this\n"
        "\n"
        "SIGTERM finishes the task in hand and leaves; a second one leaves at once.\n"
        "SIGHUP reads the settings again.\n"
        "\n"
        "exit status: 0 left after SIGTERM (--check: all is well), 1 could not go on\n"
        "(--check: something failed), 2 arguments, settings or certificates\n",
        CONFIG_DEFAULT, KEY_DEFAULT);
}

static void print_handlers(void)
{
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name != NULL; builtin++)
        (void)printf("%-14s %s\n", builtin->name, builtin->about);
    for (const struct hf_upkeep_row *row = hf_upkeep_rows; row->name != NULL; row++)
        (void)printf("%-14s %s\n", row->name, row->about);
}

static int complain(const struct hf_fault *fault)
{
    (void)fprintf(stderr, "holdfast-worker: %s\n", fault->text);
    return EXIT_MISUSE;
}

static int make_request(const char *board, const char *key_path)
{
    struct hf_fault fault;
    char request[HF_REQUEST_MAX + 1];
    bool made = false;
    if (!hf_name_valid(hf_str(board))) {
        (void)fprintf(stderr,
                      "holdfast-worker: \"%s\" cannot be a board's name: use 1 to %d of a-z, 0-9 "
                      "and -, beginning with a letter or digit\n",
                      board, HF_NAME_MAX);
        return EXIT_MISUSE;
    }
    if (hf_request_make(board, key_path, request, &made, &fault) != HF_ERR_OK)
        return complain(&fault);
    (void)fprintf(stderr, "holdfast-worker: %s %s\n", key_path,
                  made ? "was made; it stays here" : "was there already; the request is for it");
    return fputs(request, stdout) >= 0 && fflush(stdout) == 0 ? EXIT_LEFT : EXIT_TROUBLE;
}

static enum hf_err load_tls(const struct hf_config *config, struct hf_tls_context **tls,
                            struct hf_fault *fault)
{
    const bool has_cert = config->tls.cert[0] != '\0';
    const struct hf_tls_files files = {.ca = config->tls.ca,
                                       .cert = has_cert ? config->tls.cert : NULL,
                                       .key = has_cert ? config->tls.key : NULL};
    return hf_tls_context_load(&files, tls, fault);
}

/* A core file would hold the private key. 1 and not 0: the kernel pipes a core to a collector
 * whatever the limit, unless it is 1; and 1 byte is too little for a file. */
static void leave_no_core(void)
{
    const struct rlimit least = {1, 1};
    (void)setrlimit(RLIMIT_CORE, &least);
}

static struct hf_config config; /* some KB: not the stack's */

/* The settings and what they name; to be freed by forget() whatever the outcome. */
struct prepared {
    struct hf_tls_context *tls;
    struct hf_verifier *manager;
    struct hf_signer *signer;
    bool new_identity;
};

static void forget(struct prepared *prepared)
{
    hf_tls_context_free(prepared->tls);
    hf_verifier_free(prepared->manager);
    hf_signer_free(prepared->signer);
}

/* The settings' own files, or what was put into the state folder later; either will do. */
static enum hf_err load_identity(struct prepared *out, struct hf_fault *fault)
{
    const enum hf_err err = load_tls(&config, &out->tls, fault);
    out->new_identity = hf_renewal_choose(&config, &out->tls);
    return out->tls != NULL ? HF_ERR_OK : err;
}

static enum hf_err prepare(struct prepared *out)
{
    struct hf_fault fault;
    enum hf_err err = load_identity(out, &fault);
    if (err == HF_ERR_OK && config.require_signature[0] != '\0')
        err = hf_verifier_load(config.require_signature, &out->manager, &fault);
    if (err == HF_ERR_OK && config.sign_results)
        err = hf_signer_load(config.tls.key, &out->signer, &fault);
    if (err != HF_ERR_OK)
        (void)complain(&fault);
    return err;
}

static enum hf_err load(const char *config_path)
{
    struct hf_fault fault;
    const enum hf_err err = hf_config_load(config_path, &config, &fault);
    if (err != HF_ERR_OK)
        (void)complain(&fault);
    return err;
}

static void print_version(void)
{
    (void)printf("holdfast-worker %s (%s)\n", HOLDFAST_VERSION, HOLDFAST_BOARD);
}

/* `to_broker`: --check, else --self-test. */
static int check(const char *config_path, bool to_broker)
{
    struct prepared prepared = {0};
    bool well = !to_broker;
    const bool usable = load(config_path) == HF_ERR_OK && prepare(&prepared) == HF_ERR_OK;
    hf_log_set_level(HF_LOG_ERROR);
    if (usable && !to_broker)
        print_version();
    if (usable && to_broker) {
        const struct hf_check_setup setup = {.config = &config, .tls = prepared.tls, .out = stdout};
        well = hf_check_run(&setup);
    }
    forget(&prepared);
    if (!usable)
        return EXIT_MISUSE;
    return well ? EXIT_LEFT : EXIT_TROUBLE;
}

static void say_what_is_trusted(void)
{
    if (config.require_signature[0] == '\0')
        hf_log(HF_LOG_WARN, "worker.unsigned", "reason=\"takes unsigned work, from %s\"",
               config.require_sender[0] != '\0' ? config.require_sender : "anybody");
}

static struct hf_agent agent;

/* One life between two readings of the settings. */
static int work(const char *config_path, char **argv, enum hf_loop_end *end)
{
    struct hf_fault fault;
    struct prepared prepared = {0};
    *end = HF_LOOP_LEFT;
    if (load(config_path) != HF_ERR_OK)
        return EXIT_MISUSE;
    hf_log_set_level(config.log_level);
    hf_log_to(config.log_to_system ? SYSTEM_LOG : NULL);
    hf_agent_init(&agent, config.state, &hf_disk_real);
    hf_agent_start(&agent, config.update_trial_s, argv);
    if (prepare(&prepared) != HF_ERR_OK) {
        forget(&prepared);
        return EXIT_MISUSE;
    }
    say_what_is_trusted();
    const struct hf_loop_setup setup = {.config_path = config_path,
                                        .config = &config,
                                        .tls = prepared.tls,
                                        .agent = &agent,
                                        .manager = prepared.manager,
                                        .signer = prepared.signer,
                                        .new_identity = prepared.new_identity};
    const enum hf_err err = hf_loop_run(&setup, end, &fault);
    forget(&prepared);
    if (err == HF_ERR_OK)
        return EXIT_LEFT;
    (void)complain(&fault);
    return err == HF_ERR_INVALID ? EXIT_MISUSE : EXIT_TROUBLE;
}

/* What the command line asks for. */
struct asked {
    const char *config_path, *key_path;
    const char *board; /* of --make-csr; NULL: it was not given */
    bool check, self_test;
};

static const char **value_of(struct asked *asked, const char *option)
{
    if (strcmp(option, "--config") == 0)
        return &asked->config_path;
    if (strcmp(option, "--make-csr") == 0)
        return &asked->board;
    return strcmp(option, "--key") == 0 ? &asked->key_path : NULL;
}

/* True: the option was all that was asked for, and is done. */
static bool told(const char *option)
{
    if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
        print_help(stdout);
    else if (strcmp(option, "--version") == 0)
        print_version();
    else if (strcmp(option, "--handlers") == 0)
        print_handlers();
    else
        return false;
    return true;
}

static bool *flag_of(struct asked *asked, const char *option)
{
    if (strcmp(option, "--check") == 0)
        return &asked->check;
    return strcmp(option, "--self-test") == 0 ? &asked->self_test : NULL;
}

static void go_back(bool unconnected, char **argv)
{
    char reason[HF_AGENT_REASON_MAX + 1];
    (void)snprintf(reason, sizeof reason, "it %s within %d s",
                   unconnected ? "did not connect" : "connected, but gave no result",
                   (int)config.update_trial_s);
    hf_agent_go_back(&agent, reason, argv);
}

static int live(const char *config_path, char **argv)
{
    enum hf_loop_end end;
    int status;
    do {
        status = work(config_path, argv, &end);
    } while (end == HF_LOOP_RELOAD || end == HF_LOOP_BECOME);
    if (end == HF_LOOP_LEFT)
        return status;
    go_back(end == HF_LOOP_UNCONNECTED, argv);
    return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    hf_relro_protect();
    struct asked asked = {.config_path = CONFIG_DEFAULT, .key_path = KEY_DEFAULT};
    for (int i = 1; i < argc; i++) {
        const char **value = value_of(&asked, argv[i]);
        if (told(argv[i]))
            return EXIT_LEFT;
        bool *flag = flag_of(&asked, argv[i]);
        if (flag != NULL) {
            *flag = true;
        } else if (value != NULL && i + 1 < argc) {
            *value = argv[++i];
        } else {
            (void)fprintf(stderr,
                          "holdfast-worker: unknown argument or missing value: %s (see --help)\n",
                          argv[i]);
            return EXIT_MISUSE;
        }
    }
    leave_no_core();
    if (asked.board != NULL)
        return make_request(asked.board, asked.key_path);
    if (asked.check || asked.self_test)
        return check(asked.config_path, asked.check);
    return live(asked.config_path, argv);
}
