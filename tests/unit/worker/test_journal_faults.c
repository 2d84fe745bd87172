#include "life.h"

/*
 * Each operation of a worker's life is refused once, or from there on for a while, by each error
 * that a card gives; and the worker does what it does then: it tries again.
 */

static const struct {
    int error;
    enum hf_err err;
} ERRORS[] = {
    {EIO, HF_ERR_IO}, {ENOSPC, HF_ERR_NO_SPACE}, {EDQUOT, HF_ERR_NO_SPACE}, {EROFS, HF_ERR_DENIED}};

#define ERRORS_COUNT (sizeof ERRORS / sizeof *ERRORS)

static long length_of_life(void)
{
    card_insert();
    life_live();
    assert_int_equal(life.refusals, 0);
    return card.operations;
}

static void live_with(long fail_at, long times, int error)
{
    card_insert();
    card.fail_at = fail_at;
    card.fail_times = times;
    card.fail_error = error;
    life_live();
    card.fail_at = -1;
}

/*
 * What is found afterwards. A file that could not be read or opened may have been given up for it;
 * a full disk may have cost confirmed ones.
 */
static void assert_nothing_wrong(int error)
{
    unsigned refused = 0;
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        assert_true(life.tasks[i].stored);
        if (hf_disk_err(error) == HF_ERR_NO_SPACE && life.tasks[i].confirming)
            life.tasks[i].stored = false;
    }
    life_begin();
    assert_int_equal(life_changed(&refused), 0);
    assert_int_equal(refused, 0);
    assert_int_equal(files(".tmp"), 0);
    if (!card.failed_to_read) {
        assert_int_equal(files(".torn"), 0);
        assert_int_equal(life_lost(), 0);
        assert_int_equal(life_unmarked(), 0);
        /* Where even the removal of what was not kept is refused, that is published once more. */
        assert_true(life_unsettled() <= (card.fail_times == 1 ? 0 : 1));
    } else {
        assert_true(files(".torn") <= 1);
        assert_true(life_lost() <= 1);
    }
    hf_journal_close(&journal);
}

static void any_one_operation_refused_costs_nothing_that_was_stored(void **state)
{
    (void)state;
    const long length = length_of_life();
    long refusals = 0;
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        for (long at = 0; at < length; at++) {
            live_with(at, 1, ERRORS[i].error);
            assert_true(card.failed_to_read || card.failed_to_change);
            if (life.refusals > 0)
                assert_int_equal(life.last_error, ERRORS[i].err);
            refusals += life.refusals;
            assert_nothing_wrong(ERRORS[i].error);
        }
    }
    print_message("%ld operations, each refused %zu times: %ld stores were, and done again\n",
                  length, ERRORS_COUNT, refusals);
    assert_true(refusals > 4 * LIFE_TASKS);
}

static void a_card_that_refuses_everything_for_a_while_is_used_again_after_it(void **state)
{
    (void)state;
    const long length = length_of_life();
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        for (long at = 0; at < length; at += 5) {
            live_with(at, 40, ERRORS[i].error);
            if (life.refusals > 0)
                assert_int_equal(life.last_error, ERRORS[i].err);
            for (unsigned k = 0; k < LIFE_TASKS; k++)
                assert_true(life.tasks[k].stored);
            if (card.failed_to_read)
                continue; /* the restart saw nothing but errors */
            assert_nothing_wrong(ERRORS[i].error);
        }
    }
}

static void a_refused_store_says_what_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < ERRORS_COUNT; i++) {
        struct hf_fault fault;
        uint64_t sequence = 0;
        card_insert();
        life_begin();
        card.fail_at = 0;
        card.fail_times = 100;
        card.fail_error = ERRORS[i].error;
        assert_int_equal(store(1, &sequence, &fault), ERRORS[i].err);
        assert_int_equal(fault.raw, ERRORS[i].error);
        assert_non_null(strstr(fault.text, strerror(ERRORS[i].error)));
        assert_non_null(strstr(fault.text, folder));
        hf_journal_close(&journal);
    }
}

static void a_full_card_is_asked_before_it_is_written_to(void **state)
{
    (void)state;
    struct hf_fault fault;
    uint64_t sequence = 0;
    card_insert();
    life_begin();
    hf_journal_confirmed(&journal, stored(1));
    card.full = true;
    const long before = card.writes;
    assert_int_equal(store(4, &sequence, &fault), HF_ERR_NO_SPACE);
    assert_non_null(strstr(fault.text, "needs 23 KB and its disk has 0 KB free"));
    assert_int_equal(card.writes - before, 1); /* the confirmed one was deleted */
    assert_int_equal(files(".done"), 0);
    card.full = false;
    assert_true(whole(4, stored(4)));
}

static void a_mark_for_which_there_is_no_room_costs_a_confirmed_result_too(void **state)
{
    (void)state;
    uint32_t before = 9;
    card_insert();
    life_begin();
    hf_journal_confirmed(&journal, stored(1));
    card.fail_at = card.operations + 1; /* its write */
    card.fail_times = 1;
    card.fail_error = ENOSPC;
    assert_int_equal(hf_journal_mark(&journal, "task-7", 1, &before, NULL), HF_ERR_OK);
    assert_int_equal(files(".done"), 0);
    assert_int_equal(files(".mark"), 1);
    card.fail_at = card.operations + 1;
    assert_int_equal(hf_journal_mark(&journal, "task-7", 1, &before, NULL), HF_ERR_NO_SPACE);
    assert_int_equal(before, 1);
    assert_int_equal(hf_journal_mark(&journal, "task-7", 1, &before, NULL), HF_ERR_OK);
    assert_int_equal(before, 1);
}

static void short_reads_and_writes_and_interrupts_are_nothing_special(void **state)
{
    (void)state;
    unsigned refused = 0;
    card_insert();
    card.stutters = true;
    life_live();
    assert_int_equal(life.refusals, 0);
    life_begin();
    assert_int_equal(life_lost() + life_changed(&refused) + life_unsettled(), 0);
    assert_int_equal(life_unmarked(), 0);
    assert_int_equal(refused, 0);
}

/* Else the folder, and with it results in it, could be missing after a power cut. */
static void a_new_folder_is_itself_made_durable(void **state)
{
    (void)state;
    char made[128];
    (void)snprintf(made, sizeof made, "%s/journal", folder);
    for (int again = 0; again < 2; again++) {
        card_insert();
        assert_int_equal(hf_journal_open_on(&journal, made, HF_JOURNAL_FLASH, &CARD, NULL),
                         HF_ERR_OK);
        assert_int_equal(card.writes, again ? 0 : 1);
        hf_journal_close(&journal);
    }
}

static void a_bad_block_under_a_result_costs_that_result_alone(void **state)
{
    (void)state;
    struct hf_result out;
    struct hf_fault fault;
    card_insert();
    life_begin();
    const uint64_t first = stored(4);
    const uint64_t second = stored(5);
    card.fail_at = card.operations + 2; /* opened, and its head read */
    card.fail_times = 1;
    card.fail_error = EIO;
    assert_int_equal(journal_load(&journal, first, &out, &body, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "cannot be read: Input/output error"));
    assert_null(found(4));
    assert_int_equal(files(".result.torn"), 1);
    assert_true(whole(5, second));
}

static void a_file_that_cannot_be_opened_now_can_be_later(void **state)
{
    (void)state;
    struct hf_result out;
    card_insert();
    life_begin();
    const uint64_t first = stored(4);
    card.fail_at = card.operations;
    card.fail_times = 1;
    card.fail_error = EMFILE;
    assert_int_equal(journal_load(&journal, first, &out, &body, NULL), HF_ERR_IO);
    assert_true(whole(4, first));

    card.fail_at = card.operations;
    life_begin();
    assert_null(found(4));
    life_begin();
    assert_true(whole(4, first));
}

static int setup(void **state)
{
    const int failed = journal_setup(state);
    if (failed == 0)
        card_insert();
    return failed;
}

static int teardown(void **state)
{
    card_insert();
    return journal_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_one_operation_refused_costs_nothing_that_was_stored),
        TEST(a_card_that_refuses_everything_for_a_while_is_used_again_after_it),
        TEST(a_refused_store_says_what_and_where),
        TEST(a_full_card_is_asked_before_it_is_written_to),
        TEST(a_mark_for_which_there_is_no_room_costs_a_confirmed_result_too),
        TEST(short_reads_and_writes_and_interrupts_are_nothing_special),
        TEST(a_new_folder_is_itself_made_durable),
        TEST(a_bad_block_under_a_result_costs_that_result_alone),
        TEST(a_file_that_cannot_be_opened_now_can_be_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
