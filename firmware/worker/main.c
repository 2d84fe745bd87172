#include "handlers/table.h"
#include "link/log.h"
#include "link/request.h"
#include "worker/check.h"
#include "worker/config.h"
#include "worker/confine.h"
#include "worker/life.h"
#include "worker/privilege.h"
#include "worker/ready.h"
#include "worker/relro.h"
#include "worker/upkeep.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_DEFAULT "/etc/holdfast/worker.json"
#define KEY_DEFAULT    "/etc/holdfast/key.pem"

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
    return HF_LIFE_MISUSE;
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
        return HF_LIFE_MISUSE;
    }
    if (hf_request_make(board, key_path, request, &made, &fault) != HF_ERR_OK)
        return complain(&fault);
    (void)fprintf(stderr, "holdfast-worker: %s %s\n", key_path,
                  made ? "was made; it stays here" : "was there already; the request is for it");
    return fputs(request, stdout) >= 0 && fflush(stdout) == 0 ? HF_LIFE_LEFT : HF_LIFE_TROUBLE;
}

static struct hf_config config; /* some KB: not the stack's */

static void print_version(void)
{
    (void)printf("holdfast-worker %s (%s)\n", HOLDFAST_VERSION, HOLDFAST_BOARD);
}

/* What the worker's user may have written is read as that user. */
static enum hf_err get_ready(const char *config_path, struct hf_privilege *privilege,
                             struct hf_ready *ready)
{
    struct hf_fault fault;
    enum hf_err err = hf_config_load(config_path, &config, &fault);
    if (err == HF_ERR_OK)
        err = hf_privilege_find(privilege, &config, &fault);
    if (err == HF_ERR_OK && privilege->drops)
        err = hf_privilege_give_away(privilege, &config, &fault);
    if (err == HF_ERR_OK)
        err = hf_ready_load(ready, &config, &fault);
    if (err != HF_ERR_OK)
        (void)complain(&fault);
    return err;
}

/* `to_broker`: --check, else --self-test. */
static int check(const char *config_path, bool to_broker)
{
    struct hf_ready ready = {0};
    struct hf_privilege privilege;
    bool well = !to_broker;
    const bool usable = get_ready(config_path, &privilege, &ready) == HF_ERR_OK;
    hf_log_set_level(HF_LOG_ERROR);
    if (usable && !to_broker)
        print_version();
    if (usable && to_broker) {
        const struct hf_check_setup setup = {
            .config = &config, .tls = ready.tls, .out = stdout, .gives = privilege.drops};
        well = hf_check_run(&setup);
    }
    hf_ready_free(&ready);
    if (!usable)
        return HF_LIFE_MISUSE;
    return well ? HF_LIFE_LEFT : HF_LIFE_TROUBLE;
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

int main(int argc, char **argv)
{
    hf_relro_protect();
    struct asked asked = {.config_path = CONFIG_DEFAULT, .key_path = KEY_DEFAULT};
    for (int i = 1; i < argc; i++) {
        const char **value = value_of(&asked, argv[i]);
        if (told(argv[i]))
            return HF_LIFE_LEFT;
        bool *flag = flag_of(&asked, argv[i]);
        if (flag != NULL) {
            *flag = true;
        } else if (value != NULL && i + 1 < argc) {
            *value = argv[++i];
        } else {
            (void)fprintf(stderr,
                          "holdfast-worker: unknown argument or missing value: %s (see --help)\n",
                          argv[i]);
            return HF_LIFE_MISUSE;
        }
    }
    hf_confine_leave_no_core();
    if (asked.board != NULL)
        return make_request(asked.board, asked.key_path);
    if (asked.check || asked.self_test)
        return check(asked.config_path, asked.check);
    return hf_life(asked.config_path, argv);
}
