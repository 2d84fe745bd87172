#include "journals.h"

static uint32_t marked(const char *id, uint32_t attempt)
{
    uint32_t before = 99;
    assert_int_equal(hf_journal_mark(&journal, id, attempt, &before, NULL), HF_ERR_OK);
    return before;
}

static void every_start_without_a_result_is_counted_through_restarts(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(marked("task-1", 1), i);
        if (i % 2)
            reopen(HF_JOURNAL_FLASH);
    }
    assert_int_equal(marked("task-1", 2), 0);
    assert_int_equal(marked("task-2", 1), 0);
    assert_int_equal(files(".mark"), 3);
}

static void a_result_ends_the_count(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(marked("task-1", 1), 0);
    assert_int_equal(marked("task-1", 1), 1);
    assert_int_equal(marked("task-2", 1), 0);
    hf_journal_unmark(&journal, "task-1", 1);
    hf_journal_unmark(&journal, "task-1", 1);
    hf_journal_unmark(&journal, "never", 1);
    assert_int_equal(files(".mark"), 1);
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(marked("task-1", 1), 0);
    assert_int_equal(marked("task-2", 1), 1);
}

static void a_mark_costs_two_fsyncs_and_its_end_none(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    (void)marked("task-1", 1);
    assert_int_equal(journal.syncs, 2);
    (void)marked("task-1", 1);
    assert_int_equal(journal.syncs, 4);
    hf_journal_unmark(&journal, "task-1", 1);
    assert_int_equal(journal.syncs, 4);
}

static void of_too_many_the_first_begun_goes(void **state)
{
    (void)state;
    for (int mode = HF_JOURNAL_OFF; mode <= HF_JOURNAL_FLASH; mode++) {
        reopen((enum hf_journal_mode)mode);
        for (unsigned i = 0; i < HF_JOURNAL_MARKS + 2; i++) {
            char id[16];
            (void)snprintf(id, sizeof id, "task-%u", i);
            assert_int_equal(marked(id, 1), 0);
        }
        if (mode == HF_JOURNAL_FLASH) {
            assert_int_equal(files(".mark"), HF_JOURNAL_MARKS);
            reopen(HF_JOURNAL_FLASH);
        }
        assert_int_equal(marked("task-2", 1), 1);
        assert_int_equal(marked("task-33", 1), 1);
        assert_int_equal(marked("task-1", 1), 0);
    }
}

static void an_id_that_is_none_is_not_marked(void **state)
{
    (void)state;
    struct hf_fault fault;
    uint32_t before = 99;
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(hf_journal_mark(&journal, "", 1, &before, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_journal_mark(&journal, "a/b", 1, &before, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "a/b"));
    assert_int_equal(before, 0);
    assert_int_equal(entries_in(folder), 0);
}

static void of_two_files_for_one_attempt_the_higher_count_is_kept(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    (void)stored(1); /* takes number 1 */
    for (int round = 0; round < 2; round++) {
        (void)marked("task-1", 1);
        const uint64_t sequence = journal.marks[0].sequence;
        assert_int_equal(link(path_of(sequence, ".mark"), folder_path("one")), 0);
        (void)marked("task-1", 1);
        (void)marked("task-1", 1);
        assert_int_equal(rename(folder_path("one"), path_of(round ? sequence + 9 : 1, ".mark")), 0);
        reopen(HF_JOURNAL_FLASH);
        assert_int_equal(files(".mark"), 1);
        assert_int_equal(marked("task-1", 1), 3);
        hf_journal_unmark(&journal, "task-1", 1);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, journal_setup, journal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_start_without_a_result_is_counted_through_restarts),
        TEST(a_result_ends_the_count),
        TEST(a_mark_costs_two_fsyncs_and_its_end_none),
        TEST(of_too_many_the_first_begun_goes),
        TEST(an_id_that_is_none_is_not_marked),
        TEST(of_two_files_for_one_attempt_the_higher_count_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
