#include "broker/node.h"
#include "broker/status.h"
#include "cli/output.h"
#include "cli/table.h"
#include "pki/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool json;
};

static const struct hf_option options[] = {
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Figures come from the broker, which counts anew about every 5 seconds. Exits with\n"
    "3 when the broker does not run or cannot be reached.\n"
    "\n"
    "Examples:\n"
    "  holdfast status\n"
    "  holdfast status --json\n";

/* All that is known, however far one gets. */
struct report {
    struct hf_broker_settings settings;
    pid_t pid;      /* of the private node; 0: not running, or elsewhere */
    bool reachable; /* `broker` holds something */
    struct hf_broker_status broker;
    int64_t server_until_s, manager_until_s; /* end of the certificates; 0: unknown */
    struct hf_fault fault;                   /* why it is not reachable */
};

static int64_t certificate_end(const char *path)
{
    int64_t until_s = 0;
    struct hf_pki_facts *facts = malloc(sizeof *facts);
    if (facts && hf_pki_inspect(path, facts, NULL) == HF_ERR_OK)
        until_s = facts->not_after_s;
    free(facts);
    return until_s;
}

static void ask_broker(struct report *report)
{
    struct hf_management *management = NULL;
    enum hf_err err = hf_management_open(&report->settings, &management, &report->fault);
    if (!err)
        err = hf_broker_status_read(management, &report->broker, &report->fault);
    report->reachable = !err;
    hf_management_close(management);
}

static void gather(const struct hf_home *home, struct report *report)
{
    char server[HF_PATH_MAX + 1];
    report->manager_until_s = certificate_end(report->settings.cert);
    if (report->settings.is_private) {
        hf_home_path(home, HF_HOME_BROKER_CERT, ".pem", server);
        report->server_until_s = certificate_end(server);
        report->pid = hf_node_pid(home);
        if (report->pid == 0) {
            hf_fault_set(&report->fault, HF_ERR_REFUSED, 0,
                         "the private broker is not running: start it with \"holdfast up\"");
            return;
        }
    }
    ask_broker(report);
}

static void add_queues(cJSON *root, const struct hf_broker_status *broker)
{
    cJSON *list = cJSON_AddArrayToObject(root, "queues");
    for (size_t i = 0; i < broker->queue_count; i++) {
        const struct hf_status_queue *queue = &broker->queues[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", queue->name);
        cJSON_AddStringToObject(item, "state", queue->state);
        cJSON_AddNumberToObject(item, "ready", (double)queue->ready);
        cJSON_AddNumberToObject(item, "unacked", (double)queue->unacked);
        cJSON_AddNumberToObject(item, "consumers", (double)queue->consumers);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_boards(cJSON *root, const struct hf_broker_status *broker)
{
    cJSON *list = cJSON_AddArrayToObject(root, "boards");
    for (size_t i = 0; i < broker->board_count; i++) {
        const struct hf_status_board *board = &broker->boards[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", board->name);
        cJSON_AddStringToObject(item, "address", board->address);
        cJSON_AddNumberToObject(item, "connected_at_s", (double)board->connected_at_s);
        cJSON_AddItemToArray(list, item);
    }
}

static int print_json(const struct report *report)
{
    const struct hf_broker_settings *settings = &report->settings;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddBoolToObject(root, "reachable", report->reachable);
    cJSON_AddBoolToObject(root, "private", settings->is_private);
    cJSON_AddNumberToObject(root, "pid", report->pid);
    cJSON_AddStringToObject(root, "host", settings->host);
    cJSON_AddNumberToObject(root, "port", settings->port);
    cJSON_AddStringToObject(root, "vhost", settings->vhost);
    cJSON_AddStringToObject(root, "management_url", settings->management_url);
    cJSON_AddNumberToObject(root, "server_certificate_until_s", (double)report->server_until_s);
    cJSON_AddNumberToObject(root, "manager_certificate_until_s", (double)report->manager_until_s);
    if (report->reachable) {
        const struct hf_broker_status *broker = &report->broker;
        cJSON_AddStringToObject(root, "version", broker->version);
        cJSON_AddNumberToObject(root, "uptime_ms", (double)broker->uptime_ms);
        cJSON_AddNumberToObject(root, "memory_bytes", (double)broker->memory_bytes);
        cJSON_AddNumberToObject(root, "nodes", (double)broker->node_count);
        cJSON_AddNumberToObject(root, "nodes_running", (double)broker->node_running_count);
        add_queues(root, broker);
        add_boards(root, broker);
    } else {
        cJSON_AddStringToObject(root, "error", report->fault.text);
    }
    return hf_out_json(root);
}

static void print_certificates(const struct report *report)
{
    char server[HF_OUT_SHORT], manager[HF_OUT_SHORT];
    hf_out_time(server, report->server_until_s);
    hf_out_time(manager, report->manager_until_s);
    if (report->settings.is_private)
        printf("certificates  broker's until %s, manager's until %s\n", server, manager);
    else
        printf("certificate   the manager's until %s\n", manager);
}

/* The node's figures come a few seconds after its start. */
static void print_figures(const struct report *report)
{
    char uptime[HF_OUT_SHORT], memory[HF_OUT_SHORT];
    hf_out_duration(uptime, report->broker.uptime_ms);
    hf_out_bytes(memory, (uint64_t)report->broker.memory_bytes);
    printf("RabbitMQ %s", report->broker.version);
    if (report->broker.uptime_ms > 0)
        printf(", up %s, %s of memory", uptime, memory);
    if (report->pid)
        printf(", process %d", (int)report->pid);
}

static void print_head(const struct report *report)
{
    const struct hf_broker_settings *settings = &report->settings;
    const struct hf_broker_status *broker = &report->broker;
    print_figures(report);
    printf("\naddress       %s port %u (TLS)\n", settings->host, settings->port);
    for (size_t i = 0; settings->is_private && i < settings->node.listen_count; i++)
        if (strcmp(settings->node.listen[i], settings->host) != 0)
            printf("              %s port %u (TLS)\n", settings->node.listen[i], settings->port);
    printf("management    %s\n", settings->management_url);
    if (broker->node_count > 1)
        printf("cluster       %zu nodes, %zu running\n", broker->node_count,
               broker->node_running_count);
    print_certificates(report);
}

static void print_queues(const struct hf_broker_status *broker)
{
    struct hf_table table = {.columns = 5};
    hf_table_cell(&table, "QUEUE");
    hf_table_cell(&table, "READY");
    hf_table_cell(&table, "IN WORK");
    hf_table_cell(&table, "CONSUMERS");
    hf_table_cell(&table, "STATE");
    for (size_t i = 0; i < broker->queue_count; i++) {
        const struct hf_status_queue *queue = &broker->queues[i];
        hf_table_cell(&table, "%s", queue->name);
        hf_table_cell(&table, "%" PRId64, queue->ready);
        hf_table_cell(&table, "%" PRId64, queue->unacked);
        hf_table_cell(&table, "%" PRId64, queue->consumers);
        hf_table_cell(&table, "%s", queue->state[0] ? queue->state : "-");
    }
    putchar('\n');
    hf_table_print(&table, stdout);
    hf_table_free(&table);
}

static void print_boards(const struct hf_broker_status *broker)
{
    struct hf_table table = {.columns = 3};
    if (broker->board_count == 0) {
        puts("\nNo board is connected.");
        return;
    }
    hf_table_cell(&table, "BOARD");
    hf_table_cell(&table, "ADDRESS");
    hf_table_cell(&table, "CONNECTED SINCE");
    for (size_t i = 0; i < broker->board_count; i++) {
        char since[HF_OUT_SHORT];
        hf_out_time(since, broker->boards[i].connected_at_s);
        hf_table_cell(&table, "%s", broker->boards[i].name);
        hf_table_cell(&table, "%s", broker->boards[i].address);
        hf_table_cell(&table, "%s", since);
    }
    putchar('\n');
    hf_table_print(&table, stdout);
    hf_table_free(&table);
}

static int print_words(const struct hf_command *command, const struct report *report)
{
    if (!report->reachable) {
        hf_out_fault(command, &report->fault);
        return HF_EXIT_UNREACHABLE;
    }
    print_head(report);
    print_queues(&report->broker);
    print_boards(&report->broker);
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct report report = {0};
    struct hf_home home;
    struct hf_fault fault;
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    if (hf_home_find(&home, &fault) || hf_broker_settings_load(&home, &report.settings, &fault))
        return hf_out_setting(command, &fault);
    gather(&home, &report);
    int code = given.json ? print_json(&report) : print_words(command, &report);
    hf_broker_status_free(&report.broker);
    return code == HF_EXIT_OK && !report.reachable ? HF_EXIT_UNREACHABLE : code;
}

const struct hf_command hf_command_status = {
    .name = "status",
    .summary = "Say how the broker is, what waits in it and which boards are connected",
    .usage = "[--json]",
    .options = options,
    .details = details,
    .run = run,
};
