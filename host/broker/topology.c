#include "broker/topology.h"

#include "broker/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

/* 4.x drops a message after 20 deliveries when no limit is set, so "no limit" is a high one. */
#define DELIVERIES_NO_LIMIT  1000000
/* A lost link counts as a delivery, so this is high too, but a task that kills every board ends. */
#define DELIVERIES_OF_A_TASK 1000
#define QUEUE_LENGTH         1000000
/* Events carry no time, for a board may not know it: one that is found in the queue is that new. */
#define EVENTS_MS            60000

struct exchange {
    const char *name, *type;
};

struct queue {
    const char *name, *type;
    const char *source, *key; /* its binding */
};

struct policy {
    const char *name, *pattern;
    int64_t delivery_limit, max_length, ttl_ms; /* 0: not set */
    const char *dead_letter;                    /* exchange; the key is kept. NULL: none */
    bool reject_publish;                        /* when full: refuse; false: drop the oldest */
};

#define RUNG_EXCHANGE(name, seconds) {HF_EXCHANGE_RETRY_PREFIX name, "fanout"},
#define RUNG_QUEUE(name, seconds)                                                                  \
    {HF_QUEUE_RETRY_PREFIX name, "quorum", HF_EXCHANGE_RETRY_PREFIX name, ""},
#define RUNG_POLICY(rung, seconds)                                                                 \
    {.name = "hf-retry-" rung,                                                                     \
     .pattern = "^hf\\.q\\.retry\\." rung "\\z",                                                   \
     .delivery_limit = DELIVERIES_NO_LIMIT,                                                        \
     .max_length = QUEUE_LENGTH,                                                                   \
     .ttl_ms = (seconds)*INT64_C(1000),                                                            \
     .dead_letter = HF_EXCHANGE_TASKS,                                                             \
     .reject_publish = true},

static const struct exchange exchanges[] = {
    {HF_EXCHANGE_TASKS, "direct"},  {HF_EXCHANGE_RESULTS, "topic"}, {HF_EXCHANGE_EVENTS, "topic"},
    {HF_EXCHANGE_CONTROL, "topic"}, {HF_EXCHANGE_DEAD, "topic"},    HF_RETRY_RUNGS(RUNG_EXCHANGE)};

static const struct queue queues[] = {
    {HF_QUEUE_TASKS_PREFIX HF_POOL_DEFAULT, "quorum", HF_EXCHANGE_TASKS, HF_POOL_DEFAULT},
    {HF_QUEUE_RESULTS, "quorum", HF_EXCHANGE_RESULTS, "#"},
    {HF_QUEUE_EVENTS, "classic", HF_EXCHANGE_EVENTS, "#"},
    {HF_QUEUE_DEAD, "quorum", HF_EXCHANGE_DEAD, "#"},
    HF_RETRY_RUNGS(RUNG_QUEUE)};

/* At-least-once dead-lettering works only with reject-publish; without it the broker falls back
 * to at-most-once, and says so only in its log. */
static const struct policy policies[] = {{.name = "hf-tasks",
                                          .pattern = "^hf\\.q\\.(tasks|device)\\.",
                                          .delivery_limit = DELIVERIES_OF_A_TASK,
                                          .max_length = QUEUE_LENGTH,
                                          .dead_letter = HF_EXCHANGE_DEAD,
                                          .reject_publish = true},
                                         {.name = "hf-results",
                                          .pattern = "^hf\\.q\\.results\\z",
                                          .delivery_limit = DELIVERIES_NO_LIMIT,
                                          .max_length = QUEUE_LENGTH,
                                          .reject_publish = true},
                                         {.name = "hf-dead",
                                          .pattern = "^hf\\.q\\.dead\\z",
                                          .delivery_limit = DELIVERIES_NO_LIMIT,
                                          .max_length = QUEUE_LENGTH,
                                          .reject_publish = true},
                                         {.name = "hf-events",
                                          .pattern = "^hf\\.q\\.events\\z",
                                          .max_length = 10000,
                                          .ttl_ms = EVENTS_MS},
                                         {.name = "hf-control",
                                          .pattern = "^hf\\.q\\.control\\.",
                                          .delivery_limit = DELIVERIES_NO_LIMIT,
                                          .max_length = 1000,
                                          .ttl_ms = 7 * DAY_MS},
                                         HF_RETRY_RUNGS(RUNG_POLICY)};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* cJSON's Add functions give NULL when memory runs out; the tree is then given up as a whole. */
static bool text(cJSON *object, const char *key, const char *value)
{
    return cJSON_AddStringToObject(object, key, value);
}

static bool number(cJSON *object, const char *key, int64_t value)
{
    return value == 0 || cJSON_AddNumberToObject(object, key, (double)value);
}

static cJSON *append(cJSON *root, const char *list)
{
    cJSON *item = cJSON_CreateObject();
    if (cJSON_AddItemToArray(cJSON_GetObjectItem(root, list), item))
        return item;
    cJSON_Delete(item);
    return NULL;
}

static bool add_exchange(cJSON *root, const char *vhost, const struct exchange *exchange)
{
    cJSON *item = append(root, "exchanges");
    return text(item, "name", exchange->name) && text(item, "vhost", vhost) &&
           text(item, "type", exchange->type) && cJSON_AddTrueToObject(item, "durable") &&
           cJSON_AddFalseToObject(item, "auto_delete") &&
           cJSON_AddFalseToObject(item, "internal") && cJSON_AddObjectToObject(item, "arguments");
}

static bool queue_body(cJSON *item, const char *type)
{
    return cJSON_AddTrueToObject(item, "durable") && cJSON_AddFalseToObject(item, "auto_delete") &&
           text(cJSON_AddObjectToObject(item, "arguments"), "x-queue-type", type);
}

static bool add_queue(cJSON *root, const char *vhost, const struct queue *queue)
{
    cJSON *item = append(root, "queues");
    if (!text(item, "name", queue->name) || !text(item, "vhost", vhost) ||
        !queue_body(item, queue->type))
        return false;
    item = append(root, "bindings");
    return text(item, "source", queue->source) && text(item, "vhost", vhost) &&
           text(item, "destination", queue->name) && text(item, "destination_type", "queue") &&
           text(item, "routing_key", queue->key) && cJSON_AddObjectToObject(item, "arguments");
}

static bool policy_definition(cJSON *to, const struct policy *policy)
{
    if (!number(to, "delivery-limit", policy->delivery_limit) ||
        !number(to, "max-length", policy->max_length) ||
        !number(to, "message-ttl", policy->ttl_ms) ||
        !text(to, "overflow", policy->reject_publish ? "reject-publish" : "drop-head"))
        return false;
    return !policy->dead_letter || (text(to, "dead-letter-exchange", policy->dead_letter) &&
                                    text(to, "dead-letter-strategy", "at-least-once"));
}

static bool add_policy(cJSON *root, const char *vhost, const struct policy *policy)
{
    cJSON *item = append(root, "policies");
    return text(item, "vhost", vhost) && text(item, "name", policy->name) &&
           text(item, "pattern", policy->pattern) && text(item, "apply-to", "queues") &&
           number(item, "priority", 10) &&
           policy_definition(cJSON_AddObjectToObject(item, "definition"), policy);
}

static bool add_user(cJSON *root, const char *name, const char *hash, const char *tag)
{
    cJSON *item = append(root, "users");
    cJSON *tags = cJSON_AddArrayToObject(item, "tags");
    return text(item, "name", name) && text(item, "password_hash", hash) &&
           text(item, "hashing_algorithm", "rabbit_password_hashing_sha256") &&
           cJSON_AddObjectToObject(item, "limits") && tags &&
           (!tag || cJSON_AddItemToArray(tags, cJSON_CreateString(tag)));
}

static bool add_permission(cJSON *root, const char *vhost, const char *user,
                           const struct hf_access *access)
{
    cJSON *item = append(root, "permissions");
    return text(item, "user", user) && text(item, "vhost", vhost) &&
           text(item, "configure", access->configure) && text(item, "write", access->write) &&
           text(item, "read", access->read);
}

static bool add_users(cJSON *root, const char *vhost, const struct hf_topology_users *users)
{
    static const struct hf_access everything = {".*", ".*", ".*"};
    struct hf_access manager;
    hf_access_manager(&manager);
    if (!add_user(root, HF_MANAGER_USER, "", NULL) ||
        !add_permission(root, vhost, HF_MANAGER_USER, &manager))
        return false;
    return !users || !users->admin ||
           (add_user(root, users->admin, users->admin_hash, "administrator") &&
            add_permission(root, vhost, users->admin, &everything));
}

/* 3.10 reads the type under "metadata", 4.x beside the name. */
static bool add_vhost(cJSON *root, const char *vhost)
{
    cJSON *item = append(root, "vhosts");
    return text(item, "name", vhost) && text(item, "default_queue_type", "quorum") &&
           text(cJSON_AddObjectToObject(item, "metadata"), "default_queue_type", "quorum");
}

static bool fill(cJSON *root, const char *vhost, const struct hf_topology_users *users)
{
    static const char *const lists[] = {"users",  "vhosts",   "permissions", "exchanges",
                                        "queues", "bindings", "policies"};
    bool ok = root;
    for (size_t i = 0; ok && i < COUNT(lists); i++)
        ok = cJSON_AddArrayToObject(root, lists[i]);
    ok = ok && add_vhost(root, vhost) && add_users(root, vhost, users);
    for (size_t i = 0; ok && i < COUNT(exchanges); i++)
        ok = add_exchange(root, vhost, &exchanges[i]);
    for (size_t i = 0; ok && i < COUNT(policies); i++)
        ok = add_policy(root, vhost, &policies[i]);
    for (size_t i = 0; ok && i < COUNT(queues); i++)
        ok = add_queue(root, vhost, &queues[i]);
    return ok;
}

cJSON *hf_topology_definitions(const char *vhost, const struct hf_topology_users *users)
{
    cJSON *root = cJSON_CreateObject();
    if (fill(root, vhost, users))
        return root;
    cJSON_Delete(root);
    return NULL;
}

cJSON *hf_topology_queue(const char *type)
{
    cJSON *body = cJSON_CreateObject();
    if (queue_body(body, type))
        return body;
    cJSON_Delete(body);
    return NULL;
}
