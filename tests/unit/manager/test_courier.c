#include "../ledger/fixture.h"
#include "fake_connection.h"
#include "link/clock.h"
#include "manager/connect.h"
#include "manager/courier.h"
#include "manager/turn.h"

#include <unistd.h>

static struct hf_courier *courier;
static struct hf_home home;

static int setup_with(void **state, const char *host)
{
    char settings[256];
    char path[128];
    snprintf(settings, sizeof settings,
             "{\"host\":\"%s\",\"port\":5671,\"vhost\":\"holdfast\","
             "\"tls\":{\"ca\":\"a\",\"cert\":\"b\",\"key\":\"c\"}}",
             host);
    fixture_setup(state);
    struct fixture *f = *state;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    snprintf(path, sizeof path, "%s/broker.json", f->folder);
    assert_ok(f, hf_file_write(path, settings, strlen(settings), 0600, &f->fault));
    fake_line_reset();
    struct hf_courier_config config = {
        .home = &home, .ledger = f->ledger, .events = true, .name = "test"};
    assert_ok(f, hf_courier_new(&config, &courier, &f->fault));
    return 0;
}

static int setup(void **state)
{
    return setup_with(state, "rabbit.test");
}

static int setup_cluster(void **state)
{
    return setup_with(state, "one.test, two.test:5600");
}

static int teardown(void **state)
{
    hf_courier_free(courier);
    courier = NULL;
    return fixture_teardown(state);
}

static enum hf_err step(struct fixture *f)
{
    hf_fault_clear(&f->fault);
    return hf_courier_step(courier, hf_clock_mono_ms() + 1, &f->fault);
}

/* Steps until it has started so often, or so long has gone by. */
static void wait_for_start(struct fixture *f, int starts, int64_t most_ms)
{
    int64_t end_ms = hf_clock_mono_ms() + most_ms;
    while (fake_line.starts < starts && hf_clock_mono_ms() < end_ms)
        assert_int_equal(step(f), HF_ERR_OK);
}

static void come_up(struct fixture *f)
{
    fake_say(HF_SESSION_UP, 0);
    assert_int_equal(step(f), HF_ERR_OK);
    assert_true(hf_courier_is_up(courier));
}

static void the_first_failure_is_final_and_says_what_was_tried(void **state)
{
    struct fixture *f = *state;
    struct hf_session_event *down = fake_say(HF_SESSION_DOWN, 0);
    hf_fault_set(&down->fault, HF_ERR_REFUSED, 0, "cannot reach rabbit.test port 5671");
    assert_int_equal(step(f), HF_ERR_REFUSED);
    assert_non_null(strstr(f->fault.text, "rabbit.test port 5671"));
    assert_non_null(strstr(f->fault.text, "broker.json"));
}

static void refuse(void)
{
    struct hf_session_event *down = fake_say(HF_SESSION_DOWN, 0);
    hf_fault_set(&down->fault, HF_ERR_REFUSED, 0, "cannot reach it");
}

static void every_address_of_a_cluster_is_tried_before_it_gives_up(void **state)
{
    struct fixture *f = *state;
    refuse();
    assert_int_equal(step(f), HF_ERR_OK);
    assert_string_equal(fake_line.aimed, "one.test:5671");
    refuse();
    assert_int_equal(step(f), HF_ERR_REFUSED);
    assert_string_equal(fake_line.aimed, "two.test:5600");
}

static void when_one_node_of_a_cluster_goes_the_next_one_is_tried(void **state)
{
    struct fixture *f = *state;
    come_up(f);
    refuse();
    wait_for_start(f, 2, 5000);
    assert_string_equal(fake_line.aimed, "two.test:5600");
    refuse();
    int64_t began_ms = hf_clock_mono_ms();
    wait_for_start(f, 3, 5000);
    assert_string_equal(fake_line.aimed, "one.test:5671");
    assert_true(hf_clock_mono_ms() - began_ms < 5000);
}

static void a_connection_that_was_up_is_made_again(void **state)
{
    struct fixture *f = *state;
    come_up(f);
    struct hf_session_event *down = fake_say(HF_SESSION_DOWN, 0);
    hf_fault_set(&down->fault, HF_ERR_CLOSED, 0, "the link broke");
    assert_int_equal(step(f), HF_ERR_OK);
    assert_string_equal(hf_courier_trouble(courier), "the link broke");
    wait_for_start(f, 2, 2000);
    assert_int_equal(fake_line.starts, 2);
    come_up(f);
    assert_string_equal(hf_courier_trouble(courier), "");
    assert_string_equal(fake_one.consumed[HF_CONNECT_RESULTS], "hf.q.results");
}

static void pending_tasks_go_out_as_soon_as_it_is_up(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-1");
    come_up(f);
    assert_int_equal(fake_one.count, 1);
    fake_say(HF_SESSION_CONFIRMED, HF_CONNECT_PUBLISH)->sequence = 1;
    assert_int_equal(step(f), HF_ERR_OK);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_QUEUED);
}

static void a_result_that_says_retry_sends_the_task_out_again(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-1");
    come_up(f);
    fake_say(HF_SESSION_CONFIRMED, HF_CONNECT_PUBLISH)->sequence = 1;
    struct hf_report report = report_of("task-1", HF_STATUS_RETRY, 1);
    struct hf_session_event *event = fake_say(HF_SESSION_DELIVERY, HF_CONNECT_RESULTS);
    event->tag = 1;
    hf_result_encode(&report.result, &event->envelope);
    fake_say(HF_SESSION_DELIVERED, HF_CONNECT_RESULTS)->tag = 1;
    assert_int_equal(step(f), HF_ERR_OK);
    assert_int_equal(step(f), HF_ERR_OK);
    assert_int_equal(fake_one.acked[HF_CONNECT_RESULTS], 1);
    assert_int_equal(fake_one.count, 2);
    assert_string_equal(fake_last(&fake_one)->exchange, "hf.retry.5s");
}

static void what_trying_again_does_not_mend_is_final(void **state)
{
    struct fixture *f = *state;
    come_up(f);
    struct hf_session_event *closed = fake_say(HF_SESSION_CHANNEL_CLOSED, HF_CONNECT_RESULTS);
    closed->code = 404;
    closed->text = hf_str("NOT_FOUND - no queue 'hf.q.results'");
    assert_int_equal(step(f), HF_ERR_AMQP_CHANNEL);
    assert_non_null(strstr(f->fault.text, "hf.q.results"));
    assert_non_null(strstr(f->fault.text, "amqps://rabbit.test:5671/holdfast"));
}

static void a_queue_that_is_down_for_a_moment_is_tried_again(void **state)
{
    struct fixture *f = *state;
    come_up(f);
    struct hf_session_event *closed = fake_say(HF_SESSION_CHANNEL_CLOSED, HF_CONNECT_RESULTS);
    closed->code = 541;
    closed->text = hf_str("INTERNAL_ERROR");
    assert_int_equal(step(f), HF_ERR_OK);
    wait_for_start(f, 2, 2000);
    come_up(f);
    fake_say(HF_SESSION_CONSUMER_CANCELLED, HF_CONNECT_RESULTS);
    assert_int_equal(step(f), HF_ERR_OK);
    wait_for_start(f, 3, 3000);
    assert_int_equal(fake_line.starts, 3);
}

static void without_events_it_goes_on(void **state)
{
    struct fixture *f = *state;
    come_up(f);
    fake_say(HF_SESSION_CHANNEL_CLOSED, HF_CONNECT_EVENTS)->code = 404;
    assert_int_equal(step(f), HF_ERR_OK);
    assert_true(hf_courier_is_up(courier));
    assert_int_equal(fake_line.closes, 0);
}

static void a_message_that_is_too_large_for_the_broker_is_refused_and_the_link_made_anew(
    void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-1");
    come_up(f);
    struct hf_session_event *closed = fake_say(HF_SESSION_CHANNEL_CLOSED, HF_CONNECT_PUBLISH);
    closed->code = 406;
    closed->text = hf_str("PRECONDITION_FAILED - message size 9 is larger than 8");
    assert_int_equal(step(f), HF_ERR_OK);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_REFUSED);
    wait_for_start(f, 2, 200); /* at once: nothing is wrong with the broker */
    assert_int_equal(fake_line.starts, 2);
}

static void what_the_broker_says_gives_a_terminal_no_orders(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 1, "task-1");
    come_up(f);
    fake_say(HF_SESSION_BLOCKED, 0)->text = hf_str("low on \033[2Jdisk");
    assert_int_equal(step(f), HF_ERR_OK);
    assert_non_null(strstr(hf_courier_trouble(courier), "low on ?[2Jdisk"));
    struct hf_session_event *closed = fake_say(HF_SESSION_CHANNEL_CLOSED, HF_CONNECT_PUBLISH);
    closed->code = 406;
    closed->text = hf_str("message size \033[2J");
    assert_int_equal(step(f), HF_ERR_OK);
    assert_string_equal(hf_courier_trouble(courier), "message size ?[2J");
    assert_non_null(strstr(fixture_get(f, "task-1").reason, "message size ?[2J"));
}

static void while_another_process_publishes_it_only_collects(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    int turn = -1;
    fixture_task(f, &job, 1, "task-1");
    assert_ok(f, hf_turn_take(&home, &turn, &f->fault));
    come_up(f);
    assert_false(hf_courier_publishes(courier));
    assert_int_equal(fake_one.count, 0);
    assert_string_equal(fake_one.consumed[HF_CONNECT_RESULTS], "hf.q.results");
    close(turn);
    for (int i = 0; i < 1000 && fake_one.count == 0; i++)
        assert_int_equal(step(f), HF_ERR_OK);
    assert_true(hf_courier_publishes(courier));
    assert_int_equal(fake_one.count, 1);
}

static void it_is_settled_when_nothing_is_pending_and_nothing_comes(void **state)
{
    struct fixture *f = *state;
    fake_say(HF_SESSION_UP, 0);
    assert_ok(f, hf_courier_settle(courier, 20, &f->fault));
    assert_true(hf_outbox_is_idle(hf_courier_outbox(courier)));
}

static void without_a_broker_json_it_says_how_to_get_one(void **state)
{
    struct fixture *f = *state;
    struct hf_courier *other = NULL;
    struct hf_home nowhere = {.dir = "/nonexistent"};
    struct hf_courier_config config = {.home = &nowhere, .ledger = f->ledger, .name = "test"};
    assert_int_equal(hf_courier_new(&config, &other, &f->fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, "holdfast up"));
    assert_null(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_first_failure_is_final_and_says_what_was_tried),
        cmocka_unit_test_setup_teardown(every_address_of_a_cluster_is_tried_before_it_gives_up,
                                        setup_cluster, teardown),
        cmocka_unit_test_setup_teardown(when_one_node_of_a_cluster_goes_the_next_one_is_tried,
                                        setup_cluster, teardown),
        TEST(a_connection_that_was_up_is_made_again),
        TEST(pending_tasks_go_out_as_soon_as_it_is_up),
        TEST(a_result_that_says_retry_sends_the_task_out_again),
        TEST(what_trying_again_does_not_mend_is_final),
        TEST(a_queue_that_is_down_for_a_moment_is_tried_again),
        TEST(without_events_it_goes_on),
        TEST(a_message_that_is_too_large_for_the_broker_is_refused_and_the_link_made_anew),
        TEST(what_the_broker_says_gives_a_terminal_no_orders),
        TEST(while_another_process_publishes_it_only_collects),
        TEST(it_is_settled_when_nothing_is_pending_and_nothing_comes),
        TEST(without_a_broker_json_it_says_how_to_get_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
