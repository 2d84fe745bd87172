#include "broker/node.h"
#include "broker/up.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "home/file.h"
#include "home/lock.h"
#include "manager/revocation.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
    struct hf_text_list listen, san;
    int64_t port;
    bool json;
};

static const struct hf_option options[] = {
    {"listen", HF_OPTION_LIST, offsetof(struct options, listen), "ADDRESS",
     "Let boards connect by this address of this machine; may be\n"
     "repeated; 0.0.0.0 for all. Without it: this machine only.",
     0, 0},
    {"san", HF_OPTION_LIST, offsetof(struct options, san), "HOST",
     "A further name or address that boards reach it by (behind\n"
     "a router, a DNS name); may be repeated.",
     0, 0},
    {"port", HF_OPTION_NUMBER, offsetof(struct options, port), "N",
     "TLS port (5671; the next free one if that is taken).", 1, 32767},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "The broker is an ordinary RabbitMQ in the data folder, apart from any that the\n"
    "system runs. It serves TLS only, and takes only certificates that \"holdfast\n"
    "enroll\" made. What is chosen here is kept: a second \"up\" needs no options, and\n"
    "does nothing while the broker runs. With other options it is restarted; boards\n"
    "connect again by themselves, and no task is lost.\n"
    "\n"
    "A broker elsewhere (a company's) needs no \"up\": name it in broker.json in the\n"
    "data folder; host/README.md shows how.\n"
    "\n"
    "Examples:\n"
    "  holdfast up                          boards on this machine only\n"
    "  holdfast up --listen 192.168.1.10    boards of that network too\n"
    "  holdfast up --listen 0.0.0.0 --san lab.example.org\n";

static const char *state_text(const struct hf_up_outcome *outcome)
{
    switch (outcome->what) {
    case HF_UP_STARTED: return "started";
    case HF_UP_RAN: return "was up already";
    case HF_UP_RESTARTED: return "restarted";
    }
    return "";
}

static int print_json(const struct hf_home *home, const struct hf_up_outcome *outcome)
{
    const struct hf_broker_settings *settings = &outcome->settings;
    cJSON *root = cJSON_CreateObject();
    cJSON *listen = cJSON_AddArrayToObject(root, "listen");
    cJSON_AddStringToObject(root, "state", state_text(outcome));
    cJSON_AddStringToObject(root, "host", settings->host);
    cJSON_AddNumberToObject(root, "port", settings->port);
    cJSON_AddStringToObject(root, "vhost", settings->vhost);
    cJSON_AddStringToObject(root, "management_url", settings->management_url);
    cJSON_AddStringToObject(root, "management_user", settings->management_user);
    cJSON_AddStringToObject(root, "management_password_file", settings->management_password_file);
    cJSON_AddStringToObject(root, "data", home->dir);
    for (size_t i = 0; i < settings->node.listen_count; i++)
        cJSON_AddItemToArray(listen, cJSON_CreateString(settings->node.listen[i]));
    return hf_out_json(root);
}

static int print_words(const struct hf_home *home, const struct hf_up_outcome *outcome)
{
    const struct hf_broker_settings *settings = &outcome->settings;
    printf("The broker %s.\n  boards      ", state_text(outcome));
    for (size_t i = 0; i < settings->node.listen_count; i++)
        printf("%s%s port %u", i ? ", " : "", settings->node.listen[i], settings->port);
    printf(" (TLS)\n  management  %s, user %s, password in %s\n  data        %s\n",
           settings->management_url, settings->management_user, settings->management_password_file,
           home->dir);
    if (outcome->certificate_renewed)
        puts("Its certificate was renewed, and is in use.");
    puts("Next: holdfast enroll NAME, for each board.");
    return HF_EXIT_OK;
}

/* Of a device CA that is there; hf_up() makes the list of a new one. A broker elsewhere is hf_up's
 * to refuse. */
static enum hf_err follow_revocations(const struct hf_home *home, int64_t now_s,
                                      struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1], path[HF_PATH_MAX + 1];
    struct hf_broker_settings settings;
    struct hf_site site = {.home = home, .settings = &settings, .now_s = now_s};
    hf_home_path(home, HF_HOME_DEVICE_CA, ".pem", authority);
    hf_home_path(home, HF_HOME_LEDGER, "", path);
    if (!hf_file_exists(authority))
        return HF_ERR_OK;
    if (hf_broker_settings_load(home, &settings, NULL))
        hf_broker_settings_init(&settings, home);
    enum hf_err err = hf_ledger_open(path, &site.ledger, fault);
    if (!err)
        err = hf_revocation_follow(&site, fault);
    hf_ledger_close(site.ledger);
    return err;
}

static enum hf_err bring_up(const struct hf_home *home, const struct options *given,
                            struct hf_up_outcome *outcome, struct hf_fault *fault)
{
    const struct hf_up_wishes wishes = {.listen = given->listen.items,
                                        .listen_count = given->listen.count,
                                        .san = given->san.items,
                                        .san_count = given->san.count,
                                        .port = (uint16_t)given->port};
    const int64_t now_s = (int64_t)time(NULL);
    int lock = -1;
    enum hf_err err = hf_home_lock(home, &lock, fault);
    if (err)
        return err;
    err = follow_revocations(home, now_s, fault);
    if (!err) {
        err = hf_up(home, &wishes, now_s, hf_progress_starting, outcome, fault);
        hf_progress_done();
    }
    close(lock);
    return err;
}

static int fail(const struct hf_command *command, const struct hf_home *home,
                const struct hf_fault *fault)
{
    char log[HF_NODE_LOG_TAIL_MAX + 1];
    if (fault->err == HF_ERR_BROKER) {
        hf_node_log_tail(home, log);
        fprintf(stderr, "%s\nThat was the end of its logs, in %s/" HF_CONF_LOG ".\n", log,
                home->dir);
    }
    return hf_out_setting(command, fault) == HF_EXIT_USAGE ? HF_EXIT_USAGE : HF_EXIT_FAILED;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_up_outcome outcome;
    struct hf_home home;
    struct hf_fault fault;
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    if (hf_home_open(&home, &fault))
        return hf_out_setting(command, &fault);
    if (bring_up(&home, &given, &outcome, &fault))
        return fail(command, &home, &fault);
    return given.json ? print_json(&home, &outcome) : print_words(&home, &outcome);
}

const struct hf_command hf_command_up = {
    .name = "up",
    .summary = "Start the private broker, made ready for boards",
    .usage = "[--listen ADDRESS]... [--san HOST]... [--port N] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
