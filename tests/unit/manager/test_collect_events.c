#include "collect_fixture.h"

static void presence(struct fixture *f, uint64_t tag, const char *board, const char *task)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_event event = {.kind = HF_EVENT_PRESENCE};
    struct hf_envelope envelope = {.user_id = hf_str(board)};
    snprintf(event.presence.state, sizeof event.presence.state, "%s", task[0] ? "busy" : "idle");
    snprintf(event.presence.task, sizeof event.presence.task, "%s", task);
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    deliver(f, EVENTS, tag, &envelope, (struct hf_str){body, len}, 10);
}

static void say_event(struct fixture *f, uint64_t tag, struct hf_event event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_envelope envelope = {.user_id = hf_str("pi-1")};
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    deliver(f, EVENTS, tag, &envelope, (struct hf_str){body, len}, 100);
}

static enum hf_err tell(void *context, const struct hf_happening *happening)
{
    char *told = context;
    size_t len = strlen(told);
    snprintf(told + len, 512 - len, "%s %s %s %s;", happening->kind, happening->board,
             happening->task, happening->text);
    return HF_ERR_OK;
}

static void events_tell_which_boards_are_busy(void **state)
{
    struct fixture *f = *state;
    presence(f, 1, "pi-1", "task-1");
    presence(f, 2, "pi-2", "");
    step(f);
    assert_int_equal(hf_fleet_online(&fleet, 1000), 2);
    assert_int_equal(hf_fleet_busy(&fleet, 1000), 1);
    assert_int_equal(session.acked[EVENTS], 2);
}

static void what_a_board_says_is_in_the_ledger_when_it_is_acked(void **state)
{
    struct fixture *f = *state;
    struct hf_board board;
    bool moved = false;
    add_tasks(f, 1);
    assert_ok(f, hf_tasks_queued(f->ledger, (struct hf_attempt){1, 1, 0}, NOW, &moved, &f->fault));
    result(f, 1, "nobody-knows-it", HF_STATUS_DONE, ""); /* in one batch with it */
    presence(f, 1, "pi-1", "task-1");
    assert_int_equal(session.acks, 0);
    step(f);
    assert_int_equal(session.acked[EVENTS], 1);
    assert_ok(f, hf_boards_get(f->ledger, "pi-1", &board, &f->fault));
    assert_string_equal(board.state, "busy");
    assert_int_equal(board.seen_ms, NOW);
    assert_string_equal(fixture_get(f, "task-1").board, "pi-1");
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_RUNNING);
}

static void answers_progress_and_changes_of_a_board_are_events_of_the_ledger(void **state)
{
    struct fixture *f = *state;
    struct hf_events_filter all = {.limit = 10};
    char told[512] = "";
    add_tasks(f, 1);
    presence(f, 1, "pi-1", "");
    presence(f, 2, "pi-1", "");
    say_event(f, 3,
              (struct hf_event){.kind = HF_EVENT_PROGRESS, .progress = {"task-1", 1, 40, "half"}});
    say_event(f, 4,
              (struct hf_event){.kind = HF_EVENT_ANSWER, .answer = {"order-1", true, "here"}});
    step(f);
    assert_ok(f, hf_events_list(f->ledger, &all, tell, told, &f->fault));
    assert_string_equal(told, "board-online pi-1  ;progress pi-1 task-1 40 half;"
                              "answer pi-1 order-1 ok here;");
}

static void bad_events_are_dropped_and_acked(void **state)
{
    struct fixture *f = *state;
    static char large[HF_EVENT_BODY_MAX + 100];
    struct hf_envelope envelope = {.user_id = hf_str("pi-1")};
    memset(large, ' ', sizeof large);
    deliver(f, EVENTS, 1, &envelope, hf_str("{\"event\":"), 100);
    deliver(f, EVENTS, 2, &envelope, (struct hf_str){large, sizeof large}, 1000);
    deliver(f, EVENTS, 3, NULL, hf_str("{\"event\":\"presence\",\"state\":\"idle\"}"), 100);
    step(f);
    assert_int_equal(hf_fleet_online(&fleet, 1000), 0);
    assert_int_equal(session.acked[EVENTS], 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(events_tell_which_boards_are_busy),
        TEST(what_a_board_says_is_in_the_ledger_when_it_is_acked),
        TEST(answers_progress_and_changes_of_a_board_are_events_of_the_ledger),
        TEST(bad_events_are_dropped_and_acked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
