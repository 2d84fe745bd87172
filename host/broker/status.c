#include "broker/status.h"

#include "wire/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t number_in(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(value) ? (int64_t)value->valuedouble : 0;
}

/* Foreign text, made fit to be shown: what does not fit is left out, the row stays. */
static void text_in(const cJSON *object, const char *key, char *to, size_t size)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    if (hf_str_copy(to, size, hf_str(value)))
        hf_utf8_clean(to, false);
}

static enum hf_err read_overview(struct hf_management *management, struct hf_broker_status *out,
                                 struct hf_fault *fault)
{
    cJSON *overview = NULL;
    enum hf_err err = hf_management_call(management, "GET", "overview?columns=rabbitmq_version",
                                         NULL, &overview, fault);
    text_in(overview, "rabbitmq_version", out->version, sizeof out->version);
    cJSON_Delete(overview);
    return err;
}

static enum hf_err read_nodes(struct hf_management *management, struct hf_broker_status *out,
                              struct hf_fault *fault)
{
    cJSON *nodes = NULL;
    const cJSON *node = NULL;
    enum hf_err err = hf_management_call(management, "GET", "nodes?columns=running,uptime,mem_used",
                                         NULL, &nodes, fault);
    cJSON_ArrayForEach(node, nodes)
    {
        out->node_count++;
        if (!cJSON_IsTrue(cJSON_GetObjectItem(node, "running")))
            continue;
        if (out->node_running_count++ > 0)
            continue;
        out->uptime_ms = number_in(node, "uptime");
        out->memory_bytes = number_in(node, "mem_used");
    }
    cJSON_Delete(nodes);
    return err;
}

static int by_name(const void *a, const void *b)
{
    const struct hf_status_queue *first = a, *second = b;
    return strcmp(first->name, second->name);
}

static enum hf_err no_memory(struct hf_fault *fault)
{
    return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the broker's status");
}

static enum hf_err take_queues(const cJSON *list, struct hf_broker_status *out,
                               struct hf_fault *fault)
{
    const cJSON *item = NULL;
    size_t count = (size_t)cJSON_GetArraySize(list);
    out->queues = calloc(count + 1, sizeof *out->queues);
    if (!out->queues)
        return no_memory(fault);
    cJSON_ArrayForEach(item, list)
    {
        struct hf_status_queue *queue = &out->queues[out->queue_count++];
        text_in(item, "name", queue->name, sizeof queue->name);
        text_in(item, "state", queue->state, sizeof queue->state);
        queue->ready = number_in(item, "messages_ready");
        queue->unacked = number_in(item, "messages_unacknowledged");
        queue->consumers = number_in(item, "consumers");
    }
    qsort(out->queues, out->queue_count, sizeof *out->queues, by_name);
    return HF_ERR_OK;
}

static enum hf_err take_boards(const cJSON *list, struct hf_broker_status *out,
                               struct hf_fault *fault)
{
    const cJSON *item = NULL;
    size_t count = (size_t)cJSON_GetArraySize(list);
    out->boards = calloc(count + 1, sizeof *out->boards);
    if (!out->boards)
        return no_memory(fault);
    cJSON_ArrayForEach(item, list)
    {
        struct hf_status_board *board = &out->boards[out->board_count];
        text_in(item, "user", board->name, sizeof board->name);
        if (board->name[0] == '\0' || strcmp(board->name, HF_MANAGER_USER) == 0)
            continue;
        text_in(item, "peer_host", board->address, sizeof board->address);
        board->connected_at_s = number_in(item, "connected_at") / 1000;
        out->board_count++;
    }
    return HF_ERR_OK;
}

static enum hf_err read_list(struct hf_management *management, const char *path,
                             enum hf_err (*take)(const cJSON *, struct hf_broker_status *,
                                                 struct hf_fault *),
                             struct hf_broker_status *out, struct hf_fault *fault)
{
    cJSON *list = NULL;
    enum hf_err err = hf_management_call(management, "GET", path, NULL, &list, fault);
    if (!err)
        err = take(list, out, fault);
    cJSON_Delete(list);
    return err;
}

enum hf_err hf_broker_status_read(struct hf_management *management, struct hf_broker_status *out,
                                  struct hf_fault *fault)
{
    const char *vhost = hf_management_vhost_escaped(management);
    char queues[HF_MANAGEMENT_PATH_MAX + 1], boards[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(queues, sizeof queues,
             "queues/%s?columns=name,state,messages_ready,messages_unacknowledged,consumers",
             vhost);
    snprintf(boards, sizeof boards, "vhosts/%s/connections?columns=user,peer_host,connected_at",
             vhost);
    memset(out, 0, sizeof *out);
    enum hf_err err = read_overview(management, out, fault);
    if (!err)
        err = read_nodes(management, out, fault);
    if (!err)
        err = read_list(management, queues, take_queues, out, fault);
    if (!err)
        err = read_list(management, boards, take_boards, out, fault);
    if (err)
        hf_broker_status_free(out);
    return err;
}

void hf_broker_status_free(struct hf_broker_status *status)
{
    free(status->queues);
    free(status->boards);
    memset(status, 0, sizeof *status);
}
