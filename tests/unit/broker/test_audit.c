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

static struct hf_audit *begin(struct fixture *f)
{
    struct hf_fault fault;
    struct hf_audit *audit = NULL;
    assert_int_equal(hf_audit_new(f->found, tell, f, &audit, &fault), HF_ERR_OK);
    return audit;
}

static const char *audit(struct fixture *f)
{
    struct hf_audit *audit = begin(f);
    f->told[0] = '\0';
    hf_audit_definitions(audit, f->wanted);
    hf_audit_free(audit);
    return f->told;
}

static const char *audit_board(struct fixture *f, const char *board, const char *pool)
{
    struct hf_audit *audit = begin(f);
    f->told[0] = '\0';
    hf_audit_board(audit, board, pool);
    hf_audit_pool(audit, pool);
    hf_audit_free(audit);
    return f->told;
}

static void add_queue(struct fixture *f, const char *name)
{
    cJSON *queue = cJSON_CreateObject();
    cJSON_AddStringToObject(queue, "name", name);
    cJSON_AddTrueToObject(queue, "durable");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(queue, "arguments"), "x-queue-type", "quorum");
    cJSON_AddItemToArray(cJSON_GetObjectItem(f->found, "queues"), queue);
}

static cJSON *add_binding(struct fixture *f, const char *exchange, const char *queue,
                          const char *key)
{
    cJSON *binding = cJSON_CreateObject();
    cJSON_AddStringToObject(binding, "source", exchange);
    cJSON_AddStringToObject(binding, "destination", queue);
    cJSON_AddStringToObject(binding, "destination_type", "queue");
    cJSON_AddStringToObject(binding, "routing_key", key);
    cJSON_AddItemToArray(cJSON_GetObjectItem(f->found, "bindings"), binding);
    return binding;
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

static void what_a_board_and_its_pool_have_is_looked_at(void **state)
{
    struct fixture *f = *state;
    add_queue(f, "hf.q.device.pi-1");
    add_queue(f, "hf.q.control.pi-1");
    add_binding(f, "hf.tasks", "hf.q.device.pi-1", "device.pi-1");
    add_binding(f, "hf.control", "hf.q.control.pi-1", "device.pi-1");
    add_binding(f, "hf.control", "hf.q.control.pi-1", "pool.default");
    assert_string_equal(audit_board(f, "pi-1", "default"),
                        "missing binding hf.control -> hf.q.control.pi-1, key \"all\";");
    add_binding(f, "hf.control", "hf.q.control.pi-1", "all");
    assert_string_equal(audit_board(f, "pi-1", "default"), "");
    assert_string_equal(audit_board(f, "pi-1", "attic"),
                        "missing binding hf.control -> hf.q.control.pi-1, key \"pool.attic\";"
                        "missing queue hf.q.tasks.attic;"
                        "missing binding hf.tasks -> hf.q.tasks.attic, key \"attic\";");
    remove_item(f, "queues", "hf.q.device.pi-1");
    assert_string_equal(audit_board(f, "pi-1", "default"), "missing queue hf.q.device.pi-1;");
}

static void a_binding_to_an_exchange_of_the_same_name_is_another(void **state)
{
    struct fixture *f = *state;
    cJSON *binding = add_binding(f, "hf.tasks", "hf.q.tasks.default", "default");
    cJSON_SetValuestring(cJSON_GetObjectItem(binding, "destination_type"), "other");
    assert_string_equal(audit(f), "");
    cJSON_DeleteItemFromArray(cJSON_GetObjectItem(f->found, "bindings"), 0); /* the queue's */
    assert_string_equal(audit(f),
                        "missing binding hf.tasks -> hf.q.tasks.default, key \"default\";");
}

static void a_boards_queue_is_quorum_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    cJSON_ReplaceItemInObject(
        cJSON_GetObjectItem(named(f, "queues", "hf.q.tasks.default"), "arguments"), "x-queue-type",
        cJSON_CreateString("classic"));
    struct hf_audit *audit = begin(f);
    hf_audit_pool(audit, "default");
    hf_audit_free(audit);
    assert_string_equal(f->told, "arguments queue hf.q.tasks.default;");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_declared_has_no_fault),
        TEST(what_is_not_there_is_named),
        TEST(other_types_and_arguments_are_wrong),
        TEST(a_policy_that_was_changed_or_is_hidden_is_told),
        TEST(what_a_board_and_its_pool_have_is_looked_at),
        TEST(a_binding_to_an_exchange_of_the_same_name_is_another),
        TEST(a_boards_queue_is_quorum_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
