#include "broker/audit.h"

#include "broker/topology.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct audit {
    const cJSON *found;
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

static void tell(const struct audit *audit, enum hf_audit_fault fault, const char *kind,
                 const char *name)
{
    audit->each(audit->context, fault, kind, name);
}

static void check_exchange(const struct audit *audit, const cJSON *wanted)
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

static void check_queue(const struct audit *audit, const char *name, const char *type)
{
    const cJSON *found = find(cJSON_GetObjectItem(audit->found, "queues"), name);
    if (!found)
        tell(audit, HF_AUDIT_MISSING, "queue", name);
    else if (!has_type_only(found, type) || !cJSON_IsTrue(cJSON_GetObjectItem(found, "durable")))
        tell(audit, HF_AUDIT_ARGUMENTS, "queue", name);
}

static bool is_same_binding(const cJSON *a, const cJSON *b)
{
    static const char *const keys[] = {"source", "destination", "destination_type", "routing_key"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(text_in(a, keys[i]), text_in(b, keys[i])) != 0)
            return false;
    return true;
}

static void check_binding(const struct audit *audit, const cJSON *wanted)
{
    char name[256];
    const cJSON *found = NULL;
    cJSON_ArrayForEach(found, cJSON_GetObjectItem(audit->found, "bindings"))
    {
        if (is_same_binding(found, wanted))
            return;
    }
    snprintf(name, sizeof name, "%s -> %s, key \"%s\"", text_in(wanted, "source"),
             text_in(wanted, "destination"), text_in(wanted, "routing_key"));
    tell(audit, HF_AUDIT_MISSING, "binding", name);
}

static void check_policy(const struct audit *audit, const cJSON *wanted)
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
static void check_rivals(const struct audit *audit, const cJSON *wanted)
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

void hf_audit(const cJSON *wanted, const cJSON *found, hf_audit_each each, void *context)
{
    const struct audit audit = {found, each, context};
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "exchanges")) check_exchange(&audit, item);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "queues"))
        check_queue(&audit, text_in(item, "name"),
                    text_in(cJSON_GetObjectItem(item, "arguments"), "x-queue-type"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "bindings")) check_binding(&audit, item);
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(wanted, "policies")) check_policy(&audit, item);
    check_rivals(&audit, wanted);
}

void hf_audit_queue(const char *name, const cJSON *found, hf_audit_each each, void *context)
{
    const struct audit audit = {found, each, context};
    check_queue(&audit, name, "quorum");
}
