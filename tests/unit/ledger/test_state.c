#include "fixture.h"

static const enum hf_state open_states[] = {HF_STATE_PENDING, HF_STATE_QUEUED, HF_STATE_RUNNING};

static void every_state_is_read_back_from_its_own_text(void **unused)
{
    (void)unused;
    for (int i = 0; i < HF_STATE_COUNT; i++) {
        enum hf_state state = HF_STATE_COUNT;
        assert_int_equal(hf_state_parse(hf_str(hf_state_text((enum hf_state)i)), &state),
                         HF_ERR_OK);
        assert_int_equal(state, i);
    }
    enum hf_state untouched = HF_STATE_DEAD;
    assert_int_equal(hf_state_parse(hf_str("Done"), &untouched), HF_ERR_INVALID);
    assert_int_equal(hf_state_parse(hf_str(""), &untouched), HF_ERR_INVALID);
    assert_int_equal(untouched, HF_STATE_DEAD);
}

/* What each status makes of an open task whose awaited attempt is 2 of 3. */
static const struct {
    enum hf_status status;
    enum hf_verdict verdict;
    enum hf_state state;
} moves[] = {
    {HF_STATUS_DONE, HF_VERDICT_ENDED, HF_STATE_DONE},
    {HF_STATUS_RETRY, HF_VERDICT_RETRY, HF_STATE_PENDING},
    {HF_STATUS_FAILED, HF_VERDICT_ENDED, HF_STATE_FAILED},
    {HF_STATUS_CANCELLED, HF_VERDICT_ENDED, HF_STATE_CANCELLED},
    {HF_STATUS_EXPIRED, HF_VERDICT_ENDED, HF_STATE_EXPIRED},
    {HF_STATUS_REFUSED, HF_VERDICT_ENDED, HF_STATE_REFUSED},
};

static void a_report_moves_a_task_out_of_every_open_state(void **unused)
{
    (void)unused;
    for (size_t s = 0; s < sizeof open_states / sizeof *open_states; s++) {
        for (size_t m = 0; m < sizeof moves / sizeof *moves; m++) {
            struct hf_standing standing = {open_states[s], 2, 3, 0};
            struct hf_judgement judgement = hf_judge(&standing, moves[m].status, 2);
            assert_int_equal(judgement.verdict, moves[m].verdict);
            assert_int_equal(judgement.state, moves[m].state);
        }
    }
}

static void an_ended_task_never_moves_again(void **unused)
{
    (void)unused;
    for (int state = HF_STATE_DONE; state < HF_STATE_COUNT; state++) {
        for (size_t m = 0; m < sizeof moves / sizeof *moves; m++) {
            struct hf_standing standing = {(enum hf_state)state, 1, 3, 0};
            struct hf_judgement judgement = hf_judge(&standing, moves[m].status, 1);
            assert_int_equal(judgement.verdict, HF_VERDICT_DUPLICATE);
            assert_int_equal(judgement.state, state);
        }
        struct hf_standing standing = {(enum hf_state)state, 1, 3, 0};
        assert_int_equal(hf_judge_dead_letter(&standing, 1).verdict, HF_VERDICT_DUPLICATE);
    }
}

static void a_retry_at_the_last_attempt_is_dead(void **unused)
{
    (void)unused;
    struct hf_standing standing = {HF_STATE_QUEUED, 3, 3, 0};
    struct hf_judgement judgement = hf_judge(&standing, HF_STATUS_RETRY, 3);
    assert_int_equal(judgement.verdict, HF_VERDICT_ENDED);
    assert_int_equal(judgement.state, HF_STATE_DEAD);
}

static void of_an_attempt_before_only_done_counts(void **unused)
{
    (void)unused;
    struct hf_standing standing = {HF_STATE_QUEUED, 2, 3, 0};
    for (size_t m = 0; m < sizeof moves / sizeof *moves; m++) {
        struct hf_judgement judgement = hf_judge(&standing, moves[m].status, 1);
        bool done = moves[m].status == HF_STATUS_DONE;
        assert_int_equal(judgement.verdict, done ? HF_VERDICT_ENDED : HF_VERDICT_DUPLICATE);
        assert_int_equal(judgement.state, done ? HF_STATE_DONE : HF_STATE_QUEUED);
    }
    assert_int_equal(hf_judge_dead_letter(&standing, 1).verdict, HF_VERDICT_DUPLICATE);
}

static void an_unknown_attempt_is_taken_as_the_awaited_one(void **unused)
{
    (void)unused;
    struct hf_standing standing = {HF_STATE_QUEUED, 2, 3, 0};
    assert_int_equal(hf_judge(&standing, HF_STATUS_REFUSED, 0).state, HF_STATE_REFUSED);
    assert_int_equal(hf_judge(&standing, HF_STATUS_RETRY, 0).verdict, HF_VERDICT_RETRY);
    assert_int_equal(hf_judge_dead_letter(&standing, 0).state, HF_STATE_DEAD);
}

static void an_attempt_that_a_restored_ledger_does_not_know_yet_counts(void **unused)
{
    (void)unused;
    struct hf_standing standing = {HF_STATE_QUEUED, 1, 3, 0};
    assert_int_equal(hf_judge(&standing, HF_STATUS_FAILED, 2).state, HF_STATE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_is_read_back_from_its_own_text),
        cmocka_unit_test(a_report_moves_a_task_out_of_every_open_state),
        cmocka_unit_test(an_ended_task_never_moves_again),
        cmocka_unit_test(a_retry_at_the_last_attempt_is_dead),
        cmocka_unit_test(of_an_attempt_before_only_done_counts),
        cmocka_unit_test(an_unknown_attempt_is_taken_as_the_awaited_one),
        cmocka_unit_test(an_attempt_that_a_restored_ledger_does_not_know_yet_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
