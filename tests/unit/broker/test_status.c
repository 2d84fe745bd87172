#include "../cmocka_all.h"
#include "broker/status.h"
#include "fake_api.h"

static void figures_queues_and_boards_are_read(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/overview", 200, "{\"rabbitmq_version\": \"3.10.8\"}"},
        {"GET /api/nodes", 200,
         "[{\"running\": false}, {\"running\": true, \"uptime\": 5000, \"mem_used\": 1048576},"
         " {\"running\": true, \"uptime\": 1, \"mem_used\": 1}]"},
        {"GET /api/queues/holdfast", 200,
         "[{\"name\": \"b\", \"messages_ready\": 3, \"messages_unacknowledged\": 1,"
         "  \"consumers\": 2, \"state\": \"running\"}, {\"name\": \"a\"}]"},
        {"GET /api/vhosts/holdfast/connections", 200,
         "[{\"user\": \"manager\", \"peer_host\": \"127.0.0.1\", \"connected_at\": 1000},"
         " {\"user\": \"kitchen\", \"peer_host\": \"192.0.2.9\", \"connected_at\": 1700000000123},"
         " {}]"},
        {NULL, 0, NULL}};
    struct hf_broker_status status;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_broker_status_read(fake.client, &status, NULL), HF_ERR_OK);
    assert_string_equal(status.version, "3.10.8");
    assert_int_equal(status.node_count, 3);
    assert_int_equal(status.node_running_count, 2);
    assert_int_equal(status.uptime_ms, 5000);
    assert_int_equal(status.memory_bytes, 1048576);
    assert_int_equal(status.queue_count, 2);
    assert_string_equal(status.queues[0].name, "a");
    assert_int_equal(status.queues[0].ready, 0);
    assert_string_equal(status.queues[1].name, "b");
    assert_int_equal(status.queues[1].ready, 3);
    assert_int_equal(status.queues[1].unacked, 1);
    assert_int_equal(status.queues[1].consumers, 2);
    assert_int_equal(status.board_count, 1);
    assert_string_equal(status.boards[0].name, "kitchen");
    assert_string_equal(status.boards[0].address, "192.0.2.9");
    assert_int_equal(status.boards[0].connected_at_s, 1700000000);
    hf_broker_status_free(&status);
}

static void texts_are_cleaned_of_what_orders_a_terminal(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/overview", 200, "{\"rabbitmq_version\": \"3\\u001b[2J\\u009b\"}"},
        {"GET /api/nodes", 200, "[]"},
        {"GET /api/queues/holdfast", 200, "[]"},
        {"GET /api/vhosts/holdfast/connections", 200, "[]"},
        {NULL, 0, NULL}};
    struct hf_broker_status status;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_broker_status_read(fake.client, &status, NULL), HF_ERR_OK);
    assert_string_equal(status.version, "3?[2J??");
    hf_broker_status_free(&status);
}

static void answers_of_another_shape_give_zeros_and_no_crash(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/overview", 200, "[]"},
        {"GET /api/nodes", 200, "{\"running\": 5}"},
        {"GET /api/queues/holdfast", 200, "[5, \"x\", {\"name\": 7, \"consumers\": \"many\"}]"},
        {"GET /api/vhosts/holdfast/connections", 200, "\"none\""},
        {NULL, 0, NULL}};
    struct hf_broker_status status;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_broker_status_read(fake.client, &status, NULL), HF_ERR_OK);
    assert_string_equal(status.version, "");
    assert_int_equal(status.uptime_ms, 0);
    assert_int_equal(status.board_count, 0);
    hf_broker_status_free(&status);
}

static void when_a_part_fails_nothing_is_left_allocated(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/queues/holdfast", 200, "[{\"name\": \"a\"}]"},
        {"GET /api/vhosts/holdfast/connections", 500, "{}"},
        {NULL, 0, NULL}};
    struct hf_broker_status status;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_broker_status_read(fake.client, &status, NULL), HF_ERR_HTTP);
    assert_null(status.queues);
    assert_int_equal(status.queue_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(figures_queues_and_boards_are_read),
        FAKE_TEST(texts_are_cleaned_of_what_orders_a_terminal),
        FAKE_TEST(answers_of_another_shape_give_zeros_and_no_crash),
        FAKE_TEST(when_a_part_fails_nothing_is_left_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
