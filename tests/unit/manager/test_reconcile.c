#include "../ledger/fixture.h"
#include "ledger/boards.h"
#include "manager/reconcile.h"

/* The counting is pure; what is mended is seen in a ledger. */

static struct hf_reconcile look_of(int64_t open, int64_t later, int64_t held, int64_t rungs)
{
    struct hf_reconcile look = {.count = 1, .rungs = rungs};
    look.targets[0] = (struct hf_reconcile_target){
        .target = {HF_TARGET_POOL, "default"}, .open = open, .later = later, .held = held};
    return look;
}

static int64_t missing(struct hf_reconcile look)
{
    return hf_reconcile_missing(&look, &look.targets[0]);
}

static void what_neither_queue_nor_rung_holds_is_missing(void **state)
{
    (void)state;
    assert_int_equal(missing(look_of(5, 0, 5, 0)), 0);
    assert_int_equal(missing(look_of(5, 0, 2, 0)), 3);
    assert_int_equal(missing(look_of(5, 2, 2, 9)), 1); /* two may be on their way back */
    assert_int_equal(missing(look_of(5, 2, 2, 1)), 2);
    assert_int_equal(missing(look_of(2, 0, 5, 0)), 0); /* some are there twice */
}

static void only_what_is_missing_twice_is_lost(void **state)
{
    struct hf_reconcile before = look_of(5, 0, 4, 0);
    struct hf_reconcile now = look_of(5, 0, 2, 0);
    (void)state;
    hf_reconcile_judge(&before, &now);
    assert_int_equal(now.targets[0].missing, 1);
    before.count = 0; /* it had nothing open then */
    hf_reconcile_judge(&before, &now);
    assert_int_equal(now.targets[0].missing, 0);
}

static void queue_tasks(struct fixture *f, int count)
{
    struct hf_job job = fixture_job(f, "job-1");
    for (int i = 1; i <= count; i++) {
        char id[24];
        bool moved = false;
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = fixture_task(f, &job, i, id);
        struct hf_attempt first = {.number = entry.number, .attempt = 1, .job = job.number};
        assert_ok(f, hf_tasks_queued(f->ledger, first, NOW, &moved, &f->fault));
    }
}

static int64_t mend(struct fixture *f, struct hf_reconcile judged, int64_t lost, int64_t now_ms)
{
    int64_t again = 0;
    judged.targets[0].missing = lost;
    assert_ok(f, hf_reconcile_mend(f->ledger, &judged, now_ms, &again, &f->fault));
    return again;
}

static void as_many_as_are_missing_are_pending_again_the_oldest_first(void **state)
{
    struct fixture *f = *state;
    queue_tasks(f, 3);
    assert_int_equal(mend(f, look_of(3, 0, 1, 0), 2, NOW + 60000), 2);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
    assert_int_equal(fixture_get(f, "task-2").state, HF_STATE_PENDING);
    assert_int_equal(fixture_get(f, "task-3").state, HF_STATE_QUEUED);
    assert_int_equal(fixture_get(f, "task-1").task.attempt, 1);
}

static void what_was_queued_just_now_is_left_alone(void **state)
{
    struct fixture *f = *state;
    queue_tasks(f, 2);
    assert_int_equal(mend(f, look_of(2, 0, 0, 0), 2, NOW + HF_RECONCILE_GRACE_MS - 1), 0);
}

static void a_task_is_left_to_the_board_that_has_it_unless_that_is_silent(void **state)
{
    struct fixture *f = *state;
    struct hf_event event = {.kind = HF_EVENT_PRESENCE, .presence = {.state = "busy"}};
    bool moved = false;
    queue_tasks(f, 1);
    assert_ok(f, hf_boards_heard(f->ledger, "pi-1", &event, NOW, &f->fault));
    assert_ok(f, hf_tasks_running(f->ledger, "task-1", 1, "pi-1", NOW, &moved, &f->fault));
    assert_true(moved);
    assert_int_equal(mend(f, look_of(1, 0, 0, 0), 1, NOW + 60000), 0);
    assert_int_equal(mend(f, look_of(1, 0, 0, 0), 1, NOW + 600000), 1);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_PENDING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_neither_queue_nor_rung_holds_is_missing),
        cmocka_unit_test(only_what_is_missing_twice_is_lost),
        TEST(as_many_as_are_missing_are_pending_again_the_oldest_first),
        TEST(what_was_queued_just_now_is_left_alone),
        TEST(a_task_is_left_to_the_board_that_has_it_unless_that_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
