#include "broker/audit.h"

#include "broker/topology.h"
#include "wire/topology.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const cJSON *item; /* borrowed from `found` */
};

struct index {
    struct entry *entries; /* sorted */
    size_t count;
};

struct hf_audit {
    const cJSON *found;
    struct index queues, bindings;
    hf_audit_each each;
    void *context;
};

static const char *text_in(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return text ? text : "";
}

static const cJSON *find(const cJSON *list, const char *name)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(text_in(item, "name"), name) == 0)
            return item;
    }
    return NULL;
}

struct binding {
    const char *exchange, *type, *queue, *key; /* type: of what it leads to */
};

static struct binding binding_of(const cJSON *item)
{
    return (struct binding){text_in(item, "source"), text_in(item, "destination_type"),
                            text_in(item, "destination"), text_in(item, "routing_key")};
}

static int compare_bindings(const struct binding *a, const struct binding *b)
{
    int order = strcmp(a->queue, b->queue);
    if (order == 0)
        order = strcmp(a->type, b->type);
    if (order == 0)
        order = strcmp(a->exchange, b->exchange);
    return order != 0 ? order : strcmp(a->key, b->key);
}

static int by_binding(const void *a, const void *b)
{
    const struct binding left = binding_of(((const struct entry *)a)->item);
    const struct binding right = binding_of(((const struct entry *)b)->item);
    return compare_bindings(&left, &right);
}

static int binding_at(const void *wanted, const void *item)
{
    const struct binding found = binding_of(((const struct entry *)item)->item);
    return compare_bindings(wanted, &found);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(text_in(((const struct entry *)a)->item, "name"),
                  text_in(((const struct entry *)b)->item, "name"));
}

static int name_at(const void *wanted, const void *item)
{
    return strcmp(wanted, text_in(((const struct entry *)item)->item, "name"));
}

typedef int (*compare)(const void *, const void *);

static bool make_index(struct index *index, const cJSON *list, compare order)
{
    const cJSON *item = NULL;
    index->entries = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *index->entries);
    if (!index->entries)
        return false;
    cJSON_ArrayForEach(item, list) index->entries[index->count++].item = item;
    qsort(index->entries, index->count, sizeof *index->entries, order);
    return true;
}

static const cJSON *look_up(const struct index *index, const void *wanted, compare at)
{
    const struct entry *entry =
        bsearch(wanted, index->entries, index->count, sizeof *index->entries, at);
    return entry ? entry->item : NULL;
}

static void tell(const struct hf_audit *audit, enum hf_audit_fault fault, const char *kind,
                 const char *name)
{
    audit->each(audit->context, fault, kind, name);
}

static void check_exchange(const struct hf_audit *audit, const cJSON *wanted)
{
    const char *name = text_in(wanted, "name");
    const cJSON *found = find(cJSON_GetObjectItem(audit->found, "exchanges"), name);
    if (!found)
        tell(audit, HF_AUDIT_MISSING, "exchange", name);
    else if (strcmp(text_in(found, "type"), text_in(wanted, "type")) != 0 ||
             !cJSON_IsTrue(cJSON_GetObjectItem(found, "durable")))
        tell(audit, HF_AUDIT_ARGUMENTS, "exchange", name);
}

/* An old broker may leave the type out for its default, classic. */
static bool has_type_only(const cJSON *queue, const char *type)
{
    const cJSON *arguments = cJSON_GetObjectItem(queue, "arguments");
    const char *found = text_in(arguments, "x-queue-type");
    int others = cJSON_GetArraySize(arguments) - (found[0] != '\0');
    return others == 0 && strcmp(found[0] ? found : "classic", type) == 0;
}

static void check_queue(const struct hf_audit *audit, const char *name, const char *type)
{
    const cJSON *found = look_up(&audit->queues, name, name_at);
    if (!found)
        tell(audit, HF_AUDIT_MISSING, "queue", name);
    else if (!has_type_only(found, type) || !cJSON_IsTrue(cJSON_GetObjectItem(found, "durable")))
        tell(audit, HF_AUDIT_ARGUMENTS, "queue", name);
}

static void check_binding(const struct hf_audit *audit, struct binding wanted)
{
    char name[256];
    if (look_up(&audit->bindings, &wanted, binding_at))
        return;
    snprintf(name, sizeof name, "%s -> %s, key \"%s\"", wanted.exchange, wanted.queue, wanted.key);
    tell(audit, HF_AUDIT_MISSING, "binding", name);
}

static void check_policy(const struct hf_audit *audit, const cJSON *wanted)
{
    const char *name = text_in(wanted, "name");
    const cJSON *found = find(cJSON_GetObjectItem(audit->found, "policies"), name);
    if (!found)
        tell(audit, HF_AUDIT_MISSING, "policy", name);
    else if (strcmp(text_in(found, "pattern"), text_in(wanted, "pattern")) != 0 ||
             !cJSON_Compare(cJSON_GetObjectItem(found, "definition"),
                            cJSON_GetObjectItem(wanted, "definition"), true))
        tell(audit, HF_AUDIT_DIFFERENT, "policy", name);
}

static double priority_of(const cJSON *policy)
{
    const cJSON *priority = cJSON_GetObjectItem(policy, "priority");
    return cJSON_IsNumber(priority) ? priority->valuedouble : 0;
}

/* A queue obeys one policy: of those that match the one of the highest priority. */
static void check_rivals(const struct hf_audit *audit, const cJSON *wanted)
{
    const cJSON *ours = cJSON_GetObjectItem(wanted, "policies");
    const cJSON *found = NULL;
    cJSON_ArrayForEach(found, cJSON_GetObjectItem(audit->found, "policies"))
    {
        if (!find(ours, text_in(found, "name")) &&
            strcmp(text_in(found, "apply-to"), "exchanges") != 0 &&
            priority_of(found) >= priority_of(ours->child))
            tell(audit, HF_AUDIT_HIDDEN, "policy", text_in(found, "name"));
    }
}

enum hf_err hf_audit_new(const cJSON *found, hf_audit_each each, void *context,
                         struct hf_audit **out, struct hf_fault *fault)
{
    struct hf_audit *audit = calloc(1, sizeof *audit);
    *out = audit;
    if (!audit || !make_index(&audit->queues, cJSON_GetObjectItem(found, "queues"), by_name) ||
        !make_index(&audit->bindings, cJSON_GetObjectItem(found, "bindings"), by_binding))
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for what the broker has");
    audit->found = found;
    audit->each = each;
    audit->context = context;
    return HF_ERR_OK;
}

void hf_audit_free(struct hf_audit *audit)
{
    if (!audit)
        return;
    free(audit->queues.entries);
    free(audit->bindings.entries);
    free(audit);
}

void hf_audit_definitions(const struct hf_audit *audit, const cJSON *wanted)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "exchanges")) check_exchange(audit, item);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "queues"))
        check_queue(audit, text_in(item, "name"),
                    text_in(cJSON_GetObjectItem(item, "arguments"), "x-queue-type"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "bindings"))
        check_binding(audit, binding_of(item));
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "policies")) check_policy(audit, item);
    check_rivals(audit, wanted);
}

static void check_own(const struct hf_audit *audit, const char *exchange, const char *queue_prefix,
                      const char *name, const char *key_prefix)
{
    char queue[HF_ROUTE_MAX + 1], key[HF_ROUTE_MAX + 1];
    hf_route(queue, queue_prefix, name);
    hf_route(key, key_prefix, name);
    check_queue(audit, queue, "quorum");
    check_binding(audit, (struct binding){exchange, "queue", queue, key});
}

void hf_audit_pool(const struct hf_audit *audit, const char *pool)
{
    check_own(audit, HF_EXCHANGE_TASKS, HF_QUEUE_TASKS_PREFIX, pool, "");
}

void hf_audit_board(const struct hf_audit *audit, const char *board, const char *pool)
{
    char queue[HF_ROUTE_MAX + 1], key[HF_ROUTE_MAX + 1];
    check_own(audit, HF_EXCHANGE_TASKS, HF_QUEUE_DEVICE_PREFIX, board, HF_KEY_DEVICE_PREFIX);
    check_own(audit, HF_EXCHANGE_CONTROL, HF_QUEUE_CONTROL_PREFIX, board, HF_KEY_DEVICE_PREFIX);
    hf_route(queue, HF_QUEUE_CONTROL_PREFIX, board);
    hf_route(key, HF_KEY_POOL_PREFIX, pool);
    check_binding(audit, (struct binding){HF_EXCHANGE_CONTROL, "queue", queue, key});
    check_binding(audit, (struct binding){HF_EXCHANGE_CONTROL, "queue", queue, HF_KEY_ALL});
}
