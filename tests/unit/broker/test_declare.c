#include "../cmocka_all.h"
#include "broker/declare.h"
#include "fake_api.h"

#define QUEUE_BODY                                                                                 \
    " {\"durable\":true,\"auto_delete\":false,\"arguments\":{\"x-queue-type\":\"quorum\"}}\n"

static void a_pool_is_a_queue_bound_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(hf_declare_pool(fake.client, "lab", NULL), HF_ERR_OK);
    assert_string_equal(fake.log, "PUT /api/queues/holdfast/hf.q.tasks.lab" QUEUE_BODY
                                  "POST /api/bindings/holdfast/e/hf.tasks/q/hf.q.tasks.lab "
                                  "{\"routing_key\":\"lab\"}\n");
}

static void a_board_has_a_queue_for_tasks_and_one_for_control(void **state)
{
    (void)state;
    assert_int_equal(hf_declare_board(fake.client, "b1", "lab", NULL), HF_ERR_OK);
    assert_string_equal(fake.log, "PUT /api/queues/holdfast/hf.q.device.b1" QUEUE_BODY
                                  "POST /api/bindings/holdfast/e/hf.tasks/q/hf.q.device.b1 "
                                  "{\"routing_key\":\"device.b1\"}\n"
                                  "PUT /api/queues/holdfast/hf.q.control.b1" QUEUE_BODY
                                  "POST /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1 "
                                  "{\"routing_key\":\"device.b1\"}\n"
                                  "POST /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1 "
                                  "{\"routing_key\":\"pool.lab\"}\n"
                                  "POST /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1 "
                                  "{\"routing_key\":\"all\"}\n"
                                  "GET /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1 \n");
}

static void a_board_that_moves_leaves_its_old_pools_commands(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1", 200,
         "[{\"routing_key\": \"all\", \"properties_key\": \"all\"},"
         " {\"routing_key\": \"pool.lab\", \"properties_key\": \"pool.lab\"},"
         " {\"routing_key\": \"pool.attic\", \"properties_key\": \"pool.attic\"},"
         " {\"routing_key\": \"device.b1\", \"properties_key\": \"device.b1\"}, 5]"},
        {NULL, 0, NULL}};
    (void)state;
    fake.script = script;
    assert_int_equal(hf_declare_board(fake.client, "b1", "lab", NULL), HF_ERR_OK);
    const char *deleted = strstr(fake.log, "DELETE");
    assert_non_null(deleted);
    assert_string_equal(
        deleted, "DELETE /api/bindings/holdfast/e/hf.control/q/hf.q.control.b1/pool.attic \n");
}

static void the_whole_topology_is_one_import_without_a_password(void **state)
{
    (void)state;
    assert_int_equal(hf_declare_topology(fake.client, NULL), HF_ERR_OK);
    assert_int_equal(strncmp(fake.log, "POST /api/definitions {", 23), 0);
    assert_non_null(strstr(fake.log, "\"hf.tasks\""));
    assert_null(strstr(fake.log, "administrator"));
}

static void a_queue_that_exists_otherwise_is_reported(void **state)
{
    static const struct fake_answer script[] = {
        {"PUT /api/queues/holdfast/hf.q.tasks.lab", 400, "{\"reason\": \"inequivalent arg\"}"},
        {NULL, 0, NULL}};
    struct hf_fault fault;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_declare_pool(fake.client, "lab", &fault), HF_ERR_HTTP);
    assert_non_null(strstr(fault.text, "hf.q.tasks.lab"));
    assert_null(strstr(fake.log, "POST"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_pool_is_a_queue_bound_by_its_name),
        FAKE_TEST(a_board_has_a_queue_for_tasks_and_one_for_control),
        FAKE_TEST(a_board_that_moves_leaves_its_old_pools_commands),
        FAKE_TEST(the_whole_topology_is_one_import_without_a_password),
        FAKE_TEST(a_queue_that_exists_otherwise_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
