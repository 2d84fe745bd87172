#include "broker/topology.h"
#include "cli/output.h"
#include "home/lock.h"
#include "manager/use.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
    struct hf_use_request request;
    const char *vhost;
    bool definitions, json;
};

static const struct hf_option options[] = {
    {"ca", HF_OPTION_TEXT, offsetof(struct options, request.ca), "FILE",
     "Certificate of who signed the broker's (PEM). Boards get it too.", 0, 0},
    {"cert", HF_OPTION_TEXT, offsetof(struct options, request.cert), "FILE",
     "The manager's certificate, whose common name is its user on the\n"
     "broker. Left out, with --key: one is made here, CN=manager.",
     0, 0},
    {"key", HF_OPTION_TEXT, offsetof(struct options, request.key), "FILE", "Its private key.", 0,
     0},
    {"management", HF_OPTION_TEXT, offsetof(struct options, request.management_url), "URL",
     "Management API, https://HOST:15671 as a rule: enroll, status,\n"
     "doctor and reconcile ask it.",
     0, 0},
    {"user", HF_OPTION_TEXT, offsetof(struct options, request.management_user), "USER",
     "Its user, with the tag \"administrator\".", 0, 0},
    {"password-file", HF_OPTION_TEXT, offsetof(struct options, request.management_password_file),
     "FILE", "A file with that user's password.", 0, 0},
    {"management-ca", HF_OPTION_TEXT, offsetof(struct options, request.management_ca), "FILE",
     "Who signed its certificate; left out: the system's CAs.", 0, 0},
    {"consumer-timeout", HF_OPTION_DURATION_MS,
     offsetof(struct options, request.consumer_timeout_ms), "TIME",
     "Its consumer_timeout, how long a board may keep a task (30m, as\n"
     "RabbitMQ has it). Tasks that take longer are not submitted.",
     60000, INT64_C(2147483647) * 1000},
    {"force", HF_OPTION_FLAG, offsetof(struct options, request.force), NULL,
     "Although a private broker is known here.", 0, 0},
    {"definitions", HF_OPTION_FLAG, offsetof(struct options, definitions), NULL,
     "Print what the broker needs (vhost, exchanges, queues, policies,\n"
     "the manager's user), for its administrator to import.",
     0, 0},
    {"vhost", HF_OPTION_TEXT, offsetof(struct options, vhost), "VHOST",
     "For --definitions: the virtual host (holdfast).", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Writes ADDRESS down as the broker of this data folder, in place of a private one:\n"
    "amqps://HOST[:PORT][,HOST[:PORT]]...[/VHOST], several for the nodes of a cluster.\n"
    "Nothing is asked or declared yet: \"holdfast doctor\" then says what that broker\n"
    "lacks, \"holdfast doctor --fix\" declares it, \"holdfast enroll\" adds boards.\n"
    "\n"
    "The broker has to offer SASL EXTERNAL, take the common name for the user's, and\n"
    "trust pki/device-ca.pem of the data folder, which signs boards; host/README.md\n"
    "lists the settings.\n"
    "\n"
    "Examples:\n"
    "  holdfast use amqps://rabbit.example.org --ca company-ca.pem\n"
    "  holdfast use amqps://mq1,mq2,mq3/lab --ca ca.pem --cert me.pem --key me.key \\\n"
    "      --management https://mq1:15671 --user admin --password-file pw.txt\n"
    "  holdfast use --definitions >holdfast.json    then: rabbitmqctl import_definitions\n";

static int print_definitions(const struct options *given)
{
    return hf_out_json(hf_topology_definitions(given->vhost ? given->vhost : HF_VHOST, NULL));
}

static int print_json(const struct hf_broker_settings *settings)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "host", settings->host);
    cJSON_AddNumberToObject(root, "port", settings->port);
    cJSON_AddStringToObject(root, "vhost", settings->vhost);
    cJSON_AddStringToObject(root, "ca", settings->ca);
    cJSON_AddStringToObject(root, "certificate", settings->cert);
    cJSON_AddStringToObject(root, "key", settings->key);
    cJSON_AddStringToObject(root, "management_url", settings->management_url);
    cJSON_AddNumberToObject(root, "consumer_timeout_s", (double)settings->consumer_timeout_s);
    return hf_out_json(root);
}

static int print_words(const struct hf_home *home, const struct hf_broker_settings *settings,
                       bool own_certificate)
{
    printf("The broker is %s, port %u where none is said, vhost %s.\n", settings->host,
           settings->port, settings->vhost);
    if (own_certificate)
        printf("The manager's certificate was made here: the broker must trust\n"
               "  %s/" HF_HOME_DEVICE_CA ".pem\n",
               home->dir);
    puts("Next: holdfast doctor");
    return HF_EXIT_OK;
}

static int use(const struct hf_command *command, const struct options *given)
{
    struct hf_home home;
    struct hf_fault fault = {0};
    struct hf_broker_settings settings;
    int lock = -1;
    if (hf_home_open(&home, &fault))
        return hf_out_setting(command, &fault);
    if (hf_home_lock(&home, &lock, &fault))
        return hf_out_fault(command, &fault);
    enum hf_err err = hf_use(&home, &given->request, (int64_t)time(NULL), &settings, &fault);
    close(lock);
    if (err == HF_ERR_INVALID || err == HF_ERR_NOT_FOUND || err == HF_ERR_MALFORMED)
        return hf_out_usage(command, &fault);
    if (err)
        return hf_out_fault(command, &fault);
    return given->json ? print_json(&settings)
                       : print_words(&home, &settings, !given->request.cert);
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (operands != (given.definitions ? 0 : 1)) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0,
                     given.definitions
                         ? "--definitions takes no ADDRESS"
                         : "one ADDRESS is wanted, such as amqps://rabbit.example.org");
        return hf_out_usage(command, &fault);
    }
    if (given.definitions)
        return print_definitions(&given);
    given.request.address = argv[0];
    return use(command, &given);
}

const struct hf_command hf_command_use = {
    .name = "use",
    .summary = "Name a broker elsewhere, a company's or a cluster, as the one to use",
    .usage = "ADDRESS --ca FILE [OPTIONS]\n--definitions [--vhost VHOST]",
    .options = options,
    .details = details,
    .run = run,
};
