#include "collect_fixture.h"

#include <dirent.h>
#include <unistd.h>

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

static int files_of_bodies(const struct fixture *f)
{
    char path[128];
    int count = 0;
    snprintf(path, sizeof path, "%s/bodies", f->folder);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void of_the_outputs_of_one_task_only_the_one_that_counts_leaves_a_file(void **state)
{
    struct fixture *f = *state;
    static char large[100000];
    struct hf_report report = report_of("task-1", HF_STATUS_DONE, 1);
    struct hf_envelope envelope;
    add_tasks(f, 1);
    for (uint64_t tag = 1; tag <= 3; tag++) {
        memset(large, (int)('a' + tag), sizeof large);
        hf_result_encode(&report.result, &envelope);
        deliver(f, RESULTS, tag, &envelope, (struct hf_str){large, sizeof large}, 16000);
    }
    step(f);
    assert_int_equal(totals().duplicates, 2);
    assert_int_equal(files_of_bodies(f), 1);
}

static void large_strays_are_kept_whole_while_there_is_room_and_then_their_sizes(void **state)
{
    struct fixture *f = *state;
    static char large[100000];
    struct hf_report report = report_of("unknown", HF_STATUS_DONE, 1);
    struct hf_envelope envelope;
    hf_result_encode(&report.result, &envelope);
    deliver(f, RESULTS, 1, &envelope, (struct hf_str){large, sizeof large}, 16000);
    step(f);
    assert_int_equal(strlen(newest_stray(f).body.hash), HF_BODY_HASH_TEXT);
    assert_int_equal(files_of_bodies(f), 1);
    const struct hf_stray full = {.body = {.size = HF_STRAYS_FILES_MAX, .hash = "f"}};
    assert_ok(f, hf_strays_add(f->ledger, &full, &f->fault));
    memset(large, 'x', sizeof large);
    deliver(f, RESULTS, 2, &envelope, (struct hf_str){large, sizeof large}, 16000);
    step(f);
    assert_int_equal(totals().strays, 2);
    assert_int_equal(files_of_bodies(f), 1);
    assert_int_equal(newest_stray(f).body.size, sizeof large);
    assert_string_equal(newest_stray(f).body.hash, "");
}

static void a_large_plain_dead_letter_is_read_and_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    static char large[100000];
    const struct hf_envelope envelope = {.user_id = hf_str("manager")};
    int len = snprintf(large, sizeof large, "{\"task_id\":\"task-1\",\"data\":\"%090000d\"}", 0);
    add_tasks(f, 1);
    deliver(f, DEAD, 1, &envelope, (struct hf_str){large, (size_t)len}, 16000);
    step(f);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_DEAD);
    assert_int_equal(files_of_bodies(f), 0);
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
        TEST(of_the_outputs_of_one_task_only_the_one_that_counts_leaves_a_file),
        TEST(large_strays_are_kept_whole_while_there_is_room_and_then_their_sizes),
        TEST(a_large_plain_dead_letter_is_read_and_leaves_no_file),
        TEST(deliveries_on_two_channels_may_interleave),
        TEST(a_dead_letter_ends_its_task_with_the_queue_it_died_in),
        TEST(a_dead_letter_of_an_attempt_before_does_not_end_the_task),
        TEST(a_plain_dead_letter_is_known_by_its_body),
        TEST(a_dead_letter_that_is_not_the_managers_is_a_stray),
        TEST(an_ack_that_finds_no_room_is_sent_later),
        TEST(a_ledger_that_fails_leaves_the_batch_unacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
