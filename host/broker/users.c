#include "broker/users.h"

#include "broker/access.h"

#include <stdio.h>
#include <time.h>

#define HANG_UP_TRIES    15
#define HANG_UP_PAUSE_MS 200

static bool is_a_board(const cJSON *user)
{
    const char *hash = cJSON_GetStringValue(cJSON_GetObjectItem(user, "password_hash"));
    const cJSON *tags = cJSON_GetObjectItem(user, "tags");
    const char *text = cJSON_GetStringValue(tags); /* older brokers: a text, separated by commas */
    return hash && hash[0] == '\0' && (text ? text[0] == '\0' : cJSON_GetArraySize(tags) == 0);
}

static enum hf_err check_name_is_free(struct hf_management *management, const char *path,
                                      const char *board, struct hf_fault *fault)
{
    cJSON *user = NULL;
    enum hf_err err = hf_management_call(management, "GET", path, NULL, &user, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = HF_ERR_OK;
    else if (!err && !is_a_board(user))
        err = hf_fault_set(fault, HF_ERR_EXISTS, 0,
                           "the broker has a user %s with a password or a tag, so it is no board: "
                           "choose another name",
                           board);
    cJSON_Delete(user);
    return err;
}

static enum hf_err declare_user(struct hf_management *management, const char *board,
                                struct hf_fault *fault)
{
    static const struct hf_management_text body[] = {
        {"password_hash", ""}, {"tags", ""}, {NULL, NULL}};
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "users/%s", board);
    enum hf_err err = check_name_is_free(management, path, board, fault);
    return err ? err : hf_management_send(management, "PUT", path, body, fault);
}

static enum hf_err limit(struct hf_management *management, const char *board, const char *what,
                         int value, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    cJSON *body = cJSON_CreateObject();
    snprintf(path, sizeof path, "user-limits/%s/%s", board, what);
    enum hf_err err = HF_ERR_NO_MEMORY;
    if (cJSON_AddNumberToObject(body, "value", value))
        err = hf_management_call(management, "PUT", path, body, NULL, fault);
    else
        hf_fault_set(fault, err, 0, "out of memory for the limits of %s", board);
    cJSON_Delete(body);
    return err;
}

static enum hf_err permit(struct hf_management *management, const char *board, const char *pool,
                          struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    struct hf_access access;
    hf_access_board(&access, board, pool);
    const struct hf_management_text body[] = {{"configure", access.configure},
                                              {"write", access.write},
                                              {"read", access.read},
                                              {NULL, NULL}};
    snprintf(path, sizeof path, "permissions/%s/%s", hf_management_vhost_escaped(management),
             board);
    return hf_management_send(management, "PUT", path, body, fault);
}

static enum hf_err restrict_topic(struct hf_management *management, const char *board,
                                  const struct hf_access_topic *topic, struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    const struct hf_management_text body[] = {{"exchange", topic->exchange},
                                              {"write", topic->write},
                                              {"read", HF_ACCESS_NOTHING},
                                              {NULL, NULL}};
    snprintf(path, sizeof path, "topic-permissions/%s/%s", hf_management_vhost_escaped(management),
             board);
    return hf_management_send(management, "PUT", path, body, fault);
}

/* The restriction to its own keys comes before the right to write at all: no moment without it. */
enum hf_err hf_users_declare_board(struct hf_management *management, const char *board,
                                   const char *pool, struct hf_fault *fault)
{
    enum hf_err err = declare_user(management, board, fault);
    if (!err)
        err = limit(management, board, "max-connections", HF_ACCESS_BOARD_CONNECTIONS, fault);
    if (!err)
        err = limit(management, board, "max-channels", HF_ACCESS_BOARD_CHANNELS, fault);
    for (size_t i = 0; !err && i < HF_ACCESS_BOARD_TOPICS; i++)
        err = restrict_topic(management, board, &hf_access_board_topics[i], fault);
    return err ? err : permit(management, board, pool, fault);
}

/* RabbitMQ 3.10 answers 500 when one of them just ends by itself: a moment later it is gone. */
enum hf_err hf_users_hang_up(struct hf_management *management, const char *user,
                             struct hf_fault *fault)
{
    const struct timespec pause = {.tv_nsec = HANG_UP_PAUSE_MS * 1000000L};
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "connections/username/%s", user);
    enum hf_err err = hf_management_delete(management, path, fault);
    for (int tries = 1; err == HF_ERR_HTTP && tries < HANG_UP_TRIES; tries++) {
        nanosleep(&pause, NULL);
        err = hf_management_delete(management, path, fault);
    }
    return err;
}
