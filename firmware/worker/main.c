#include "handlers/table.h"
#include "link/log.h"
#include "worker/config.h"
#include "worker/loop.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_DEFAULT "/etc/holdfast/worker.json"

enum { EXIT_LEFT = 0, EXIT_TROUBLE = 1, EXIT_MISUSE = 2 };

static void print_help(FILE *out)
{
    (void)fprintf(out,
                  "holdfast-worker: takes tasks from a RabbitMQ broker, one at a time\n"
                  "\n"
                  "usage: holdfast-worker [--config FILE]\n"
                  "\n"
                  "  --config FILE   settings (default %s)\n"
                  "  --handlers      list the built-in handlers\n"
                  "  --version       print the version\n"
                  "  --help          print this\n"
                  "\n"
                  "SIGTERM finishes the task in hand and leaves; a second one leaves at once.\n"
                  "SIGHUP reads the settings again.\n"
                  "\n"
                  "exit status: 0 left after SIGTERM, 1 could not go on, 2 arguments or settings\n",
                  CONFIG_DEFAULT);
}

static void print_handlers(void)
{
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name != NULL; builtin++)
        (void)printf("%-14s %s\n", builtin->name, builtin->about);
}

static int complain(const struct hf_fault *fault)
{
    (void)fprintf(stderr, "holdfast-worker: %s\n", fault->text);
    return EXIT_MISUSE;
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

/* One life between two readings of the settings. */
static int work(const char *config_path, bool *reload)
{
    struct hf_fault fault;
    static struct hf_config config; /* some KB: not the stack's */
    struct hf_tls_context *tls = NULL;
    *reload = false;
    if (hf_config_load(config_path, &config, &fault) != HF_ERR_OK)
        return complain(&fault);
    hf_log_set_level(config.log_level);
    if (load_tls(&config, &tls, &fault) != HF_ERR_OK)
        return complain(&fault);
    const struct hf_loop_setup setup = {.config_path = config_path, .config = &config, .tls = tls};
    const enum hf_err err = hf_loop_run(&setup, reload, &fault);
    hf_tls_context_free(tls);
    if (err == HF_ERR_OK)
        return EXIT_LEFT;
    (void)complain(&fault);
    return err == HF_ERR_INVALID ? EXIT_MISUSE : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    const char *config_path = CONFIG_DEFAULT;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(stdout);
            return EXIT_LEFT;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("holdfast-worker %s (%s)\n", HOLDFAST_VERSION, HOLDFAST_BOARD);
            return EXIT_LEFT;
        }
        if (strcmp(argv[i], "--handlers") == 0) {
            print_handlers();
            return EXIT_LEFT;
        }
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            config_path = argv[++i];
            continue;
        }
        (void)fprintf(stderr,
                      "holdfast-worker: unknown argument or missing value: %s (see --help)\n",
                      argv[i]);
        return EXIT_MISUSE;
    }
    bool reload = false;
    int status;
    do {
        status = work(config_path, &reload);
    } while (reload);
    return status;
}
