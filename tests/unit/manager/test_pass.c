#include "../ledger/fixture.h"
#include "manager/pass.h"

static struct hf_pass pass;

static int setup(void **state)
{
    hf_pass_begin(&pass);
    return fixture_setup(state);
}

static const struct hf_entry *peek(struct fixture *f)
{
    const struct hf_entry *entry = NULL;
    assert_ok(f, hf_pass_peek(&pass, f->ledger, &entry, &f->fault));
    return entry;
}

static void every_pending_task_comes_once_in_its_order(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body none = {0};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 1; i <= (HF_SCRIBE_PAGES + 3) * HF_PASS_PAGE + 7; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = entry_of(&job, i, id);
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &none, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    for (int i = 1; i <= (HF_SCRIBE_PAGES + 3) * HF_PASS_PAGE + 7; i++) {
        assert_int_equal(peek(f)->seq, i); /* none is marked meanwhile */
        assert_int_equal(peek(f)->seq, i);
        hf_pass_skip(&pass);
    }
    assert_null(peek(f));
    assert_true(pass.over);
}

static void what_becomes_pending_behind_the_cursor_waits_for_the_next_pass(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    fixture_task(f, &job, 5, "task-5");
    assert_non_null(peek(f));
    hf_pass_skip(&pass);
    fixture_task(f, &job, 1, "task-1");
    assert_null(peek(f));
    hf_pass_begin(&pass);
    assert_int_equal(peek(f)->seq, 1);
}

static void a_target_is_shunned_until_the_next_pass(void **state)
{
    (void)state;
    struct hf_target pool = {HF_TARGET_POOL, "x"};
    struct hf_target board = {HF_TARGET_BOARD, "x"};
    assert_null(hf_pass_shunned(&pass, &pool));
    hf_pass_shun(&pass, &pool, true);
    hf_pass_shun(&pass, &pool, false); /* it is known already */
    assert_true(hf_pass_shunned(&pass, &pool)->missing);
    assert_null(hf_pass_shunned(&pass, &board));
    hf_pass_begin(&pass);
    assert_null(hf_pass_shunned(&pass, &pool));
}

static void shuns_over_the_limit_are_let_go(void **state)
{
    (void)state;
    struct hf_target target = {.kind = HF_TARGET_QUEUE};
    for (int i = 0; i <= HF_PASS_SHUNS; i++) {
        snprintf(target.name, sizeof target.name, "q%d", i);
        hf_pass_shun(&pass, &target, true);
    }
    assert_null(hf_pass_shunned(&pass, &target));
    assert_int_equal(pass.shun_count, HF_PASS_SHUNS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_pending_task_comes_once_in_its_order),
        TEST(what_becomes_pending_behind_the_cursor_waits_for_the_next_pass),
        TEST(a_target_is_shunned_until_the_next_pass),
        TEST(shuns_over_the_limit_are_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
