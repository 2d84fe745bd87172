#include "../cmocka_all.h"
#include "broker/audit.h"
#include "broker/topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A broker that has exactly what is declared, and one thing wrong with it at a time. */

struct fixture {
    cJSON *wanted, *found;
    char told[512];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->wanted = hf_topology_definitions("holdfast", NULL);
    f->found = cJSON_Duplicate(f->wanted, true);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    cJSON_Delete(f->wanted);
    cJSON_Delete(f->found);
    free(f);
    return 0;
}

static void tell(void *context, enum hf_audit_fault fault, const char *kind, const char *name)
{
    static const char *const faults[] = {"missing", "different", "arguments", "hidden"};
    struct fixture *f = context;
    size_t len = strlen(f->told);
    snprintf(f->told + len, sizeof f->told - len, "%s %s %s;", faults[fault], kind, name);
}

static const char *audit(struct fixture *f)
{
    f->told[0] = '\0';
    hf_audit(f->wanted, f->found, tell, f);
    return f->told;
}

static cJSON *named(struct fixture *f, const char *list, const char *name)
{
    cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(f->found, list))
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(item, "name")), name) == 0)
            return item;
    }
    fail_msg("no %s in %s", name, list);
    return NULL;
}

static void remove_item(struct fixture *f, const char *list, const char *name)
{
    cJSON_Delete(
        cJSON_DetachItemViaPointer(cJSON_GetObjectItem(f->found, list), named(f, list, name)));
}

static void what_was_declared_has_no_fault(void **state)
{
    assert_string_equal(audit(*state), "");
}

static void what_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    remove_item(f, "exchanges", "hf.dead");
    remove_item(f, "queues", "hf.q.events");
    remove_item(f, "policies", "hf-results");
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(f->found, "bindings"), 0);
    assert_string_equal(audit(f), "missing exchange hf.dead;missing queue hf.q.events;"
                                  "missing binding hf.tasks -> hf.q.tasks.default, key "
                                  "\"default\";missing policy hf-results;");
}

static void other_types_and_arguments_are_wrong(void **state)
{
    struct fixture *f = *state;
    cJSON_SetValuestring(cJSON_GetObjectItem(named(f, "exchanges", "hf.tasks"), "type"), "topic");
    cJSON_AddNumberToObject(cJSON_GetObjectItem(named(f, "queues", "hf.q.dead"), "arguments"),
                            "x-max-length", 5);
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(named(f, "queues", "hf.q.results"), "arguments"),
                              "x-queue-type", cJSON_CreateString("classic"));
    assert_string_equal(audit(f), "arguments exchange hf.tasks;arguments queue hf.q.results;"
                                  "arguments queue hf.q.dead;");
}

static void a_policy_that_was_changed_or_is_hidden_is_told(void **state)
{
    struct fixture *f = *state;
    cJSON *rival = cJSON_Duplicate(named(f, "policies", "hf-dead"), true);
    cJSON_SetNumberValue(
        cJSON_GetObjectItem(cJSON_GetObjectItem(named(f, "policies", "hf-tasks"), "definition"),
                            "delivery-limit"),
        3);
    cJSON_SetValuestring(cJSON_GetObjectItem(rival, "name"), "ttl");
    cJSON_AddItemToArray(cJSON_GetObjectItem(f->found, "policies"), rival);
    assert_string_equal(audit(f), "different policy hf-tasks;hidden policy ttl;");
}

static void a_queue_that_came_with_a_board_is_quorum_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    hf_audit_queue("hf.q.tasks.default", f->found, tell, f);
    hf_audit_queue("hf.q.events", f->found, tell, f);
    hf_audit_queue("hf.q.control.pi-1", f->found, tell, f);
    assert_string_equal(f->told, "arguments queue hf.q.events;missing queue hf.q.control.pi-1;");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_declared_has_no_fault),
        TEST(what_is_not_there_is_named),
        TEST(other_types_and_arguments_are_wrong),
        TEST(a_policy_that_was_changed_or_is_hidden_is_told),
        TEST(a_queue_that_came_with_a_board_is_quorum_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
