#include "manager/retire.h"

#include "broker/users.h"
#include "wire/topology.h"

#include <stdio.h>

static enum hf_err delete_queue(struct hf_management *management, const char *prefix,
                                const char *board, struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1], path[HF_MANAGEMENT_PATH_MAX + 1];
    hf_route(queue, prefix, board);
    snprintf(path, sizeof path, "queues/%s/%s", hf_management_vhost_escaped(management), queue);
    return hf_management_delete(management, path, fault);
}

enum hf_err hf_retire(struct hf_management *management, const char *board, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "users/%s", board);
    enum hf_err err = hf_management_delete(management, path, fault);
    if (!err)
        err = hf_users_hang_up(management, board, fault);
    if (!err)
        err = delete_queue(management, HF_QUEUE_CONTROL_PREFIX, board, fault);
    return err ? err : delete_queue(management, HF_QUEUE_DEVICE_PREFIX, board, fault);
}
