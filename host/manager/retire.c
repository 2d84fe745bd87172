#include "manager/retire.h"

#include "wire/topology.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 200 /* of a connection; longer ones are not ours */

static enum hf_err remove_it(struct hf_management *management, const char *path,
                             struct hf_fault *fault)
{
    struct hf_fault own = {0};
    enum hf_err err = hf_management_call(management, "DELETE", path, NULL, NULL, &own);
    if (err == HF_ERR_OK || err == HF_ERR_NOT_FOUND)
        return HF_ERR_OK;
    return hf_fault_set(fault, err, own.raw, "%s", own.text);
}

/* %XX for all that is not plain: a connection's name has blanks and arrows. */
static void escape(const char *from, char *to)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    for (; *from; from++) {
        unsigned char c = (unsigned char)*from;
        if (strchr(plain, c)) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    *to = '\0';
}

static enum hf_err close_one(struct hf_management *management, const cJSON *connection,
                             const char *board, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    char escaped[3 * NAME_MAX_BYTES + 1];
    const char *user = cJSON_GetStringValue(cJSON_GetObjectItem(connection, "user"));
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(connection, "name"));
    if (!user || !name || strcmp(user, board) != 0 || strlen(name) > NAME_MAX_BYTES)
        return HF_ERR_OK;
    escape(name, escaped);
    snprintf(path, sizeof path, "connections/%s", escaped);
    return remove_it(management, path, fault);
}

static enum hf_err close_connections(struct hf_management *management, const char *board,
                                     struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    cJSON *list = NULL;
    const cJSON *connection = NULL;
    snprintf(path, sizeof path, "vhosts/%s/connections?columns=user,name",
             hf_management_vhost_escaped(management));
    enum hf_err err = hf_management_call(management, "GET", path, NULL, &list, fault);
    cJSON_ArrayForEach(connection, list)
    {
        if (!err)
            err = close_one(management, connection, board, fault);
    }
    cJSON_Delete(list);
    return err;
}

static enum hf_err delete_queue(struct hf_management *management, const char *prefix,
                                const char *board, struct hf_fault *fault)
{
    char queue[HF_ROUTE_MAX + 1], path[HF_MANAGEMENT_PATH_MAX + 1];
    hf_route(queue, prefix, board);
    snprintf(path, sizeof path, "queues/%s/%s", hf_management_vhost_escaped(management), queue);
    return remove_it(management, path, fault);
}

enum hf_err hf_retire(struct hf_management *management, const char *board, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "users/%s", board);
    enum hf_err err = remove_it(management, path, fault);
    if (!err)
        err = close_connections(management, board, fault);
    if (!err)
        err = delete_queue(management, HF_QUEUE_CONTROL_PREFIX, board, fault);
    return err ? err : delete_queue(management, HF_QUEUE_DEVICE_PREFIX, board, fault);
}
