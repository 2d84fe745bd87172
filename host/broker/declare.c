#include "broker/declare.h"

#include "broker/topology.h"
#include "wire/topology.h"

#include <stdio.h>
#include <string.h>

static enum hf_err send(struct hf_management *management, const char *method, const char *path,
                        cJSON *body, struct hf_fault *fault)
{
    enum hf_err err =
        body ? hf_management_call(management, method, path, body, NULL, fault)
             : hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for declaring %s", path);
    cJSON_Delete(body);
    return err;
}

enum hf_err hf_declare_topology(struct hf_management *management, struct hf_fault *fault)
{
    return send(management, "POST", "definitions",
                hf_topology_definitions(hf_management_vhost(management), NULL), fault);
}

static enum hf_err declare_queue(struct hf_management *management, const char *queue,
                                 struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "queues/%s/%s", hf_management_vhost_escaped(management), queue);
    return send(management, "PUT", path, hf_topology_queue("quorum"), fault);
}

static void bindings_path(char path[HF_MANAGEMENT_PATH_MAX + 1], struct hf_management *management,
                          const char *exchange, const char *queue)
{
    snprintf(path, HF_MANAGEMENT_PATH_MAX + 1, "bindings/%s/e/%s/q/%s",
             hf_management_vhost_escaped(management), exchange, queue);
}

static enum hf_err bind(struct hf_management *management, const char *exchange, const char *queue,
                        const char *key, struct hf_fault *fault)
{
    const struct hf_management_text body[] = {{"routing_key", key}, {NULL, NULL}};
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    bindings_path(path, management, exchange, queue);
    return hf_management_send(management, "POST", path, body, fault);
}

enum hf_err hf_declare_pool(struct hf_management *management, const char *pool,
                            struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1];
    hf_route(queue, HF_QUEUE_TASKS_PREFIX, pool);
    enum hf_err err = declare_queue(management, queue, fault);
    return err ? err : bind(management, HF_EXCHANGE_TASKS, queue, pool, fault);
}

static enum hf_err declare_device_queue(struct hf_management *management, const char *board,
                                        struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1], key[HF_ROUTE_MAX + 1];
    hf_route(queue, HF_QUEUE_DEVICE_PREFIX, board);
    hf_route(key, HF_KEY_DEVICE_PREFIX, board);
    enum hf_err err = declare_queue(management, queue, fault);
    return err ? err : bind(management, HF_EXCHANGE_TASKS, queue, key, fault);
}

/* A binding is deleted by the "properties_key" that the broker gives it, ready for a path. */
static enum hf_err leave_pool(struct hf_management *management, const char *bindings,
                              const cJSON *binding, const char *wanted_key, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    const char *key = cJSON_GetStringValue(cJSON_GetObjectItem(binding, "routing_key"));
    const char *handle = cJSON_GetStringValue(cJSON_GetObjectItem(binding, "properties_key"));
    if (!key || !handle || strncmp(key, HF_KEY_POOL_PREFIX, strlen(HF_KEY_POOL_PREFIX)) != 0 ||
        strcmp(key, wanted_key) == 0)
        return HF_ERR_OK;
    int len = snprintf(path, sizeof path, "%s/%s", bindings, handle);
    if (len < 0 || (size_t)len >= sizeof path)
        return HF_ERR_OK;
    return hf_management_call(management, "DELETE", path, NULL, NULL, fault);
}

static enum hf_err leave_other_pools(struct hf_management *management, const char *queue,
                                     const char *wanted_key, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    cJSON *bindings = NULL;
    const cJSON *binding = NULL;
    bindings_path(path, management, HF_EXCHANGE_CONTROL, queue);
    enum hf_err err = hf_management_call(management, "GET", path, NULL, &bindings, fault);
    cJSON_ArrayForEach(binding, bindings)
    {
        if (!err)
            err = leave_pool(management, path, binding, wanted_key, fault);
    }
    cJSON_Delete(bindings);
    return err;
}

static enum hf_err declare_control_queue(struct hf_management *management, const char *board,
                                         const char *pool, struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1], own_key[HF_ROUTE_MAX + 1], pool_key[HF_ROUTE_MAX + 1];
    hf_route(queue, HF_QUEUE_CONTROL_PREFIX, board);
    hf_route(own_key, HF_KEY_DEVICE_PREFIX, board);
    hf_route(pool_key, HF_KEY_POOL_PREFIX, pool);
    const char *const keys[] = {own_key, pool_key, HF_KEY_ALL};
    enum hf_err err = declare_queue(management, queue, fault);
    for (size_t i = 0; !err && i < sizeof keys / sizeof keys[0]; i++)
        err = bind(management, HF_EXCHANGE_CONTROL, queue, keys[i], fault);
    return err ? err : leave_other_pools(management, queue, pool_key, fault);
}

enum hf_err hf_declare_board(struct hf_management *management, const char *board, const char *pool,
                             struct hf_fault *fault)
{
    enum hf_err err = declare_device_queue(management, board, fault);
    return err ? err : declare_control_queue(management, board, pool, fault);
}
