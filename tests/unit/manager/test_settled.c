#include "../ledger/fixture.h"
#include "manager/settled.h"

static struct hf_settled settled;

static int setup(void **state)
{
    settled = (struct hf_settled){0};
    return fixture_setup(state);
}

static void a_batch_is_written_in_one_go_and_forgotten(void **state)
{
    struct fixture *f = *state;
    uint64_t queued = 0;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt one = {fixture_task(f, &job, 1, "task-1").number, 1, 0};
    struct hf_attempt two = {fixture_task(f, &job, 2, "task-2").number, 1, 0};
    struct hf_attempt three = {fixture_task(f, &job, 3, "task-3").number, 1, 0};
    hf_settled_add(&settled, one, HF_FLIGHT_STORED, NULL, 100);
    hf_settled_add(&settled, two, HF_FLIGHT_RETURNED, "no such pool", 200);
    hf_settled_add(&settled, three, HF_FLIGHT_NACKED, NULL, 300);
    assert_int_equal(settled.since_ms, 100);
    assert_ok(f, hf_settled_write(&settled, f->ledger, NOW, &queued, &f->fault));
    assert_int_equal(queued, 1);
    assert_int_equal(settled.count, 0);
    assert_int_equal(fixture_get(f, "task-1").state, HF_STATE_QUEUED);
    assert_string_equal(fixture_get(f, "task-2").reason, "no such pool");
    assert_int_equal(fixture_get(f, "task-3").state, HF_STATE_PENDING);
    assert_string_equal(fixture_get(f, "task-3").reason, "");
}

static void what_could_not_be_written_stays_on_the_list(void **state)
{
    struct fixture *f = *state;
    uint64_t queued = 7;
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_attempt one = {fixture_task(f, &job, 1, "task-1").number, 1, 0};
    hf_settled_add(&settled, one, HF_FLIGHT_STORED, NULL, 100);
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault)); /* so that the next begin fails */
    assert_int_equal(hf_settled_write(&settled, f->ledger, NOW, &queued, &f->fault),
                     HF_ERR_ILLEGAL);
    assert_int_equal(queued, 0);
    assert_int_equal(settled.count, 1);
    assert_ok(f, hf_settled_write(&settled, f->ledger, NOW, &queued, &f->fault));
    assert_int_equal(queued, 1);
}

static void it_says_when_it_is_full(void **state)
{
    (void)state;
    for (int i = 0; i < HF_SETTLED_MAX; i++) {
        assert_false(hf_settled_is_full(&settled));
        hf_settled_add(&settled, (struct hf_attempt){i + 1, 1, 0}, HF_FLIGHT_STORED, NULL, 1);
    }
    assert_true(hf_settled_is_full(&settled));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_batch_is_written_in_one_go_and_forgotten),
        TEST(what_could_not_be_written_stays_on_the_list),
        TEST(it_says_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
