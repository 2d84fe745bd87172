#include "../ledger/fixture.h"
#include "fake_session.h"
#include "ledger/boards.h"
#include "ledger/certificates.h"
#include "ledger/events.h"
#include "manager/collect.h"
#include "wire/topology.h"

#include <unistd.h>

#define RESULTS 2
#define DEAD    3
#define EVENTS  4

static struct hf_session session;
static struct hf_collect *collect;
static struct hf_fleet fleet;

static void start(struct fixture *f)
{
    struct hf_collect_config config = {.ledger = f->ledger,
                                       .results_channel = RESULTS,
                                       .dead_channel = DEAD,
                                       .events_channel = EVENTS,
                                       .fleet = &fleet};
    hf_collect_free(collect);
    collect = NULL;
    fake_start(&session);
    fleet = (struct hf_fleet){0};
    assert_ok(f, hf_collect_new(&config, &collect, &f->fault));
    assert_ok(f, hf_collect_begin(collect, &session, &f->fault));
}

static int setup(void **state)
{
    fixture_setup(state);
    start(*state);
    return 0;
}

static int teardown(void **state)
{
    hf_collect_free(collect);
    collect = NULL;
    return fixture_teardown(state);
}

static enum hf_err say(struct fixture *f, const struct hf_session_event *event)
{
    return hf_collect_event(collect, event, 1000, NOW, &f->fault);
}

/* A whole delivery, its body in pieces of `piece` bytes. */
static void deliver(struct fixture *f, uint16_t channel, uint64_t tag,
                    const struct hf_envelope *envelope, struct hf_str body, size_t piece)
{
    struct hf_session_event event = {
        .kind = HF_SESSION_DELIVERY, .channel = channel, .tag = tag, .body_size = body.len};
    if (envelope)
        event.envelope = *envelope;
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_BODY;
    event.tag = 0; /* a session says it with the delivery only */
    for (size_t at = 0; at < body.len; at += piece) {
        event.bytes.data = body.data + at;
        event.bytes.len = body.len - at < piece ? body.len - at : piece;
        assert_ok(f, say(f, &event));
    }
    event.kind = HF_SESSION_DELIVERED;
    assert_ok(f, say(f, &event));
}

static void result(struct fixture *f, uint64_t tag, const char *id, enum hf_status status,
                   const char *body)
{
    struct hf_report report = report_of(id, status, 1);
    struct hf_envelope envelope;
    hf_result_encode(&report.result, &envelope);
    deliver(f, RESULTS, tag, &envelope, hf_str(body), 3);
}

static void step(struct fixture *f)
{
    assert_ok(f, hf_collect_step(collect, &f->fault));
}

static struct hf_collect_totals totals(void)
{
    struct hf_collect_totals out;
    hf_collect_totals(collect, &out);
    return out;
}

static enum hf_err keep_stray(void *context, const struct hf_stray *stray)
{
    struct hf_stray *out = context;
    *out = *stray;
    return HF_ERR_OK;
}

static struct hf_stray newest_stray(struct fixture *f)
{
    struct hf_stray stray = {0};
    assert_ok(f, hf_strays_list(f->ledger, 1, keep_stray, &stray, &f->fault));
    return stray;
}

static void add_tasks(struct fixture *f, int count)
{
    struct hf_job job = fixture_job(f, "job-a");
    for (int i = 1; i <= count; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i);
        fixture_task(f, &job, i, id);
    }
}

static void it_consumes_results_dead_letters_and_events(void **state)
{
    (void)state;
    assert_string_equal(session.consumed[RESULTS], HF_QUEUE_RESULTS);
    assert_string_equal(session.consumed[DEAD], HF_QUEUE_DEAD);
    assert_string_equal(session.consumed[EVENTS], HF_QUEUE_EVENTS);
}

static void a_result_is_in_the_ledger_before_it_is_acked(void **state)
{
    struct fixture *f = *state;
    struct hf_ledger *other = NULL;
    struct hf_entry entry;
    add_tasks(f, 1);
    assert_ok(f, hf_ledger_open(f->path, &other, &f->fault));
    result(f, 7, "task-1", HF_STATUS_DONE, "out");
    assert_int_equal(session.acks, 0);
    assert_ok(f, hf_tasks_get(other, "task-1", &entry, &f->fault));
    assert_int_equal(entry.state, HF_STATE_PENDING); /* the transaction is still open */
    step(f);
    assert_int_equal(session.acked[RESULTS], 7);
    assert_ok(f, hf_tasks_get(other, "task-1", &entry, &f->fault));
    assert_int_equal(entry.state, HF_STATE_DONE);
    hf_ledger_close(other);
}

static void a_batch_is_one_transaction_and_one_ack(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 3);
    result(f, 1, "task-1", HF_STATUS_DONE, "one");
    result(f, 2, "task-2", HF_STATUS_FAILED, "");
    result(f, 3, "task-3", HF_STATUS_RETRY, "three");
    step(f);
    assert_int_equal(session.acks, 1);
    assert_int_equal(session.acked[RESULTS], 3);
    assert_int_equal(totals().reports, 3);
    assert_int_equal(totals().ended, 2);
    assert_int_equal(totals().retries, 1);
    step(f); /* nothing new: nothing is acked again */
    assert_int_equal(session.acks, 1);
}

static void a_lost_link_before_the_commit_loses_nothing_and_counts_nothing_twice(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    result(f, 1, "task-1", HF_STATUS_DONE, "out");
    hf_collect_lost(collect);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    start(f);
    result(f, 1, "task-1", HF_STATUS_DONE, "out");
    step(f);
    struct hf_entry entry = fixture_get(f, "task-1");
    assert_int_equal(entry.state, HF_STATE_DONE);
    assert_int_equal(entry.duplicates, 0);
}

static void a_result_that_comes_again_after_a_lost_ack_is_a_duplicate(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    result(f, 1, "task-1", HF_STATUS_DONE, "out");
    step(f);
    hf_collect_lost(collect);
    fake_start(&session);
    assert_ok(f, hf_collect_begin(collect, &session, &f->fault));
    result(f, 1, "task-1", HF_STATUS_DONE, "out");
    step(f);
    assert_int_equal(totals().duplicates, 1);
    assert_int_equal(fixture_get(f, "task-1").duplicates, 1);
    assert_int_equal(session.acked[RESULTS], 1);
}

static void a_result_without_user_id_is_a_stray_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_envelope envelope;
    add_tasks(f, 1);
    report.result.board[0] = '\0';
    hf_result_encode(&report.result, &envelope);
    deliver(f, RESULTS, 1, &envelope, hf_str("out"), 3);
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(session.acked[RESULTS], 1);
    struct hf_stray stray = newest_stray(f);
    assert_string_equal(stray.task, "task-1");
    assert_non_null(strstr(stray.reason, "user_id"));
    assert_int_equal(stray.body.size, 3);
}

static void a_result_of_a_board_that_was_never_enrolled_is_a_stray_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    assert_ok(f, hf_boards_enrolled(f->ledger, "board-02", "lab", NOW, &f->fault));
    result(f, 1, "task-1", HF_STATUS_DONE, "x");
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(totals().strays, 1);
    assert_int_equal(session.acked[RESULTS], 1);
    assert_ok(f, hf_boards_enrolled(f->ledger, "board-01", "lab", NOW, &f->fault));
    result(f, 2, "task-1", HF_STATUS_DONE, "x");
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_DONE);
    assert_ok(f, hf_boards_retired(f->ledger, "board-01", NOW, &f->fault));
    result(f, 3, "task-2", HF_STATUS_DONE, "x");
    step(f);
    assert_int_equal(fixture_get(f, "task-2").state, HF_STATE_PENDING);
    assert_int_equal(totals().strays, 2);
}

static void a_result_of_an_unknown_task_is_kept_as_a_stray_and_acked(void **state)
{
    struct fixture *f = *state;
    result(f, 5, "42", HF_STATUS_DONE, "somebody else's");
    step(f);
    struct hf_stray stray = newest_stray(f);
    assert_string_equal(stray.task, "42");
    assert_string_equal(stray.sender, "board-01");
    assert_string_equal(stray.queue, HF_QUEUE_RESULTS);
    assert_non_null(strstr(stray.reason, "done"));
    assert_int_equal(stray.body.size, 15);
    assert_int_equal(session.acked[RESULTS], 5);
    assert_int_equal(totals().strays, 1);
}

static void what_cannot_be_read_is_acked_and_never_requeued(void **state)
{
    struct fixture *f = *state;
    struct hf_envelope envelope = {.message_id = hf_str("x\x1b[31m"), .user_id = hf_str("pi-7")};
    deliver(f, RESULTS, 1, NULL, hf_str(""), 1);
    deliver(f, RESULTS, 2, &envelope, hf_str("\0\1\2"), 1);
    step(f);
    assert_int_equal(session.acked[RESULTS], 2);
    assert_int_equal(totals().strays, 2);
    assert_string_equal(newest_stray(f).task, "x?[31m");
}

static void a_body_over_the_limit_makes_a_stray_without_being_kept(void **state)
{
    struct fixture *f = *state;
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_session_event event = {
        .kind = HF_SESSION_DELIVERY, .channel = RESULTS, .tag = 1, .body_size = UINT64_C(1) << 40};
    add_tasks(f, 1);
    hf_result_encode(&report.result, &event.envelope);
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_BODY;
    event.bytes = hf_str("some of it");
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_DELIVERED;
    assert_ok(f, say(f, &event));
    step(f);
    struct hf_stray stray = newest_stray(f);
    assert_non_null(strstr(stray.reason, "1099511627776"));
    assert_int_equal(stray.body.size, 0);
    assert_int_equal(session.acked[RESULTS], 1);
}

static enum hf_err keep_body(void *context, const struct hf_ending *ending)
{
    *(struct hf_body *)context = ending->body;
    return HF_ERR_OK;
}

static void a_large_body_goes_to_a_file_while_it_comes(void **state)
{
    struct fixture *f = *state;
    static char large[300000];
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_envelope envelope;
    struct hf_body body = {0};
    add_tasks(f, 1);
    memset(large, 'x', sizeof large);
    hf_result_encode(&report.result, &envelope);
    deliver(f, RESULTS, 1, &envelope, (struct hf_str){large, sizeof large}, 16000);
    step(f);
    assert_ok(f, hf_results_list(f->ledger, 1, 0, 1, keep_body, &body, &f->fault));
    assert_int_equal(body.size, sizeof large);
    assert_int_equal(strlen(body.hash), 64);
}

static void deliveries_on_two_channels_may_interleave(void **state)
{
    struct fixture *f = *state;
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_session_event event = {
        .kind = HF_SESSION_DELIVERY, .channel = RESULTS, .tag = 1, .body_size = 3};
    struct hf_envelope letter = {.message_id = hf_str("task-2"), .user_id = hf_str("manager")};
    add_tasks(f, 2);
    hf_result_encode(&report.result, &event.envelope);
    assert_ok(f, say(f, &event));
    deliver(f, DEAD, 1, &letter, hf_str("payload"), 2);
    event.kind = HF_SESSION_BODY;
    event.bytes = hf_str("out");
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_DELIVERED;
    assert_ok(f, say(f, &event));
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_DONE);
    assert_int_equal(fixture_get(f, "task-2").state, HF_STATE_DEAD);
}

static void a_dead_letter_ends_its_task_with_the_queue_it_died_in(void **state)
{
    struct fixture *f = *state;
    struct hf_envelope envelope = {.message_id = hf_str("task-1"), .user_id = hf_str("manager")};
    add_tasks(f, 1);
    hf_envelope_add_text(&envelope, "x-first-death-queue", hf_str("hf.q.tasks.default"));
    hf_envelope_add_text(&envelope, "x-first-death-reason", hf_str("delivery_limit"));
    deliver(f, DEAD, 4, &envelope, hf_str("payload"), 100);
    step(f);
    struct hf_entry entry = fixture_get(f, "task-1");
    assert_int_equal(entry.state, HF_STATE_DEAD);
    assert_non_null(strstr(entry.reason, "hf.q.tasks.default"));
    assert_non_null(strstr(entry.reason, "delivery_limit"));
    assert_int_equal(session.acked[DEAD], 4);
}

static void a_dead_letter_of_an_attempt_before_does_not_end_the_task(void **state)
{
    struct fixture *f = *state;
    struct hf_envelope envelope = {.message_id = hf_str("task-1"), .user_id = hf_str("manager")};
    add_tasks(f, 1);
    result(f, 1, "task-1", HF_STATUS_RETRY, "");
    deliver(f, DEAD, 1, &envelope, hf_str("payload"), 100);
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(totals().duplicates, 1);
}

static void a_plain_dead_letter_is_known_by_its_body(void **state)
{
    struct fixture *f = *state;
    struct hf_envelope envelope = {.user_id = hf_str("manager")};
    add_tasks(f, 1);
    deliver(f, DEAD, 1, &envelope, hf_str("{\"task_id\":\"task-1\",\"data\":\"x\"}"), 7);
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_DEAD);
}

static void a_dead_letter_that_is_not_the_managers_is_a_stray(void **state)
{
    struct fixture *f = *state;
    struct hf_envelope envelope = {.message_id = hf_str("task-1"), .user_id = hf_str("pi-7")};
    add_tasks(f, 1);
    deliver(f, DEAD, 1, &envelope, hf_str(""), 1);
    envelope = (struct hf_envelope){.user_id = hf_str("manager")};
    deliver(f, DEAD, 2, &envelope, hf_str("no json"), 100);
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(totals().strays, 2);
    assert_int_equal(session.acked[DEAD], 2);
}

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

static void an_ack_that_finds_no_room_is_sent_later(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 2);
    session.acks_are_full = true;
    result(f, 1, "task-1", HF_STATUS_DONE, "");
    step(f);
    assert_int_equal(session.acks, 0);
    session.acks_are_full = false;
    result(f, 2, "task-2", HF_STATUS_DONE, "");
    step(f);
    assert_int_equal(session.acked[RESULTS], 2);
}

static void a_ledger_that_fails_leaves_the_batch_unacked(void **state)
{
    struct fixture *f = *state;
    add_tasks(f, 1);
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_session_event event = {.kind = HF_SESSION_DELIVERY, .channel = RESULTS, .tag = 1};
    hf_result_encode(&report.result, &event.envelope);
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault)); /* somebody broke the rule */
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_DELIVERED;
    assert_int_equal(say(f, &event), HF_ERR_ILLEGAL);
    hf_ledger_rollback(f->ledger);
    step(f);
    assert_int_equal(session.acks, 0);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(totals().reports, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_consumes_results_dead_letters_and_events),
        TEST(a_result_is_in_the_ledger_before_it_is_acked),
        TEST(a_batch_is_one_transaction_and_one_ack),
        TEST(a_lost_link_before_the_commit_loses_nothing_and_counts_nothing_twice),
        TEST(a_result_that_comes_again_after_a_lost_ack_is_a_duplicate),
        TEST(a_result_without_user_id_is_a_stray_and_changes_nothing),
        TEST(a_result_of_a_board_that_was_never_enrolled_is_a_stray_and_changes_nothing),
        TEST(a_result_of_an_unknown_task_is_kept_as_a_stray_and_acked),
        TEST(what_cannot_be_read_is_acked_and_never_requeued),
        TEST(a_body_over_the_limit_makes_a_stray_without_being_kept),
        TEST(a_large_body_goes_to_a_file_while_it_comes),
        TEST(deliveries_on_two_channels_may_interleave),
        TEST(a_dead_letter_ends_its_task_with_the_queue_it_died_in),
        TEST(a_dead_letter_of_an_attempt_before_does_not_end_the_task),
        TEST(a_plain_dead_letter_is_known_by_its_body),
        TEST(a_dead_letter_that_is_not_the_managers_is_a_stray),
        TEST(events_tell_which_boards_are_busy),
        TEST(what_a_board_says_is_in_the_ledger_when_it_is_acked),
        TEST(answers_progress_and_changes_of_a_board_are_events_of_the_ledger),
        TEST(bad_events_are_dropped_and_acked),
        TEST(an_ack_that_finds_no_room_is_sent_later),
        TEST(a_ledger_that_fails_leaves_the_batch_unacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
