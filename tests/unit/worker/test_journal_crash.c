#include "life.h"

/*
 * The power is cut before every single operation of a worker's life, one later each time, and for
 * each cut the page cache is lost in every way that card.h knows. Now and then it is cut again
 * while the next start tidies up.
 */

struct findings {
    long cuts;
    long lost, changed, unsettled, unmarked; /* as life.h counts them */
    long torn;                               /* files that a start found broken */
    long refused;                            /* or that were found so when they were loaded */
    long left;                               /* unfinished files that it left lying about */
};

/* One life until the cut, or to its end when `power` is -1, and what the next start finds. */
static void live_and_cut(long power, enum card_cut cut, struct findings *sum)
{
    const bool lies_about_files = card.lies_about_files;
    const bool lies_about_folders = card.lies_about_folders;
    card_insert();
    card.lies_about_files = lies_about_files;
    card.lies_about_folders = lies_about_folders;
    card.power = power;
    life_live();
    card_power_cycle(cut);
    if (chance_below(2) == 0) {
        card.power = (long)chance_below(4);
        life_begin();
        card_power_cycle(cut);
    }
    card.lies_about_files = lies_about_files;
    card.lies_about_folders = lies_about_folders;

    life_begin();
    sum->cuts++;
    sum->torn += files(".torn");
    sum->left += files(".tmp");
    sum->lost += life_lost();
    sum->unsettled += life_unsettled();
    unsigned refused = 0;
    sum->changed += life_changed(&refused);
    sum->refused += refused;
    sum->unmarked += life_unmarked();
    hf_journal_close(&journal);
}

/* How many operations a life has that change something. */
static long length_of_life(void)
{
    card_insert();
    life_live();
    return card.writes;
}

/* The controls need not look everywhere: one cut in `step`. */
static struct findings every_cut(long step, bool lies_about_files, bool lies_about_folders)
{
    struct findings sum = {0};
    const long length = length_of_life();
    for (long power = 0; power <= length; power += step) {
        for (int cut = 0; cut < CARD_CUTS; cut++) {
            card.lies_about_files = lies_about_files;
            card.lies_about_folders = lies_about_folders;
            live_and_cut(power, (enum card_cut)cut, &sum);
        }
    }
    print_message("%ld operations, %ld power cuts: %ld lost, %ld changed, %ld unsettled, "
                  "%ld marks missing, %ld torn, %ld refused\n",
                  length, sum.cuts, sum.lost, sum.changed, sum.unsettled, sum.unmarked, sum.torn,
                  sum.refused);
    return sum;
}

static void a_life_without_a_cut_stores_all_and_forgets_only_the_oldest(void **state)
{
    (void)state;
    assert_true(length_of_life() > 8 * LIFE_TASKS);
    for (unsigned i = 0; i < LIFE_TASKS; i++)
        assert_true(life.tasks[i].stored);
    assert_int_equal(life.refusals, 0);
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(files(".done"), 4); /* 5, 11 and 17 are never acked, 23 not yet */
    assert_int_equal(files(".acked"), HF_JOURNAL_RECENT);
    assert_int_equal(files(".result"), 2);
    unsigned refused = 0;
    assert_int_equal(life_lost() + life_changed(&refused) + life_unsettled() + life_unmarked(), 0);
    assert_int_equal(refused, 0);
}

static void wherever_the_power_is_cut_no_stored_result_is_lost_or_changed(void **state)
{
    (void)state;
    const struct findings sum = every_cut(1, false, false);
    assert_true(sum.cuts > 1000);
    assert_int_equal(sum.lost, 0);
    assert_int_equal(sum.changed, 0);
    assert_int_equal(sum.unsettled, 0);
    assert_int_equal(sum.unmarked, 0);
    assert_int_equal(sum.left, 0);
    assert_int_equal(sum.torn + sum.refused, 0); /* what is named .result was fsynced before */
}

/* So the two fsyncs are both needed, and the test above would notice if one were left out. */
static void without_the_fsync_of_the_file_results_are_lost_but_nothing_torn_is_trusted(void **state)
{
    (void)state;
    const struct findings sum = every_cut(5, true, false);
    assert_true(sum.lost > 0);
    assert_true(sum.unmarked > 0);
    assert_true(sum.torn > 0);
    assert_true(sum.refused > 0);
    assert_int_equal(sum.changed, 0);
    assert_int_equal(sum.left, 0);
}

static void without_the_fsync_of_the_folder_results_are_lost(void **state)
{
    (void)state;
    const struct findings sum = every_cut(5, false, true);
    assert_true(sum.lost > 0);
    assert_true(sum.unmarked > 0);
    assert_true(sum.unsettled > 0);
    assert_int_equal(sum.changed, 0);
}

static void after_any_cut_the_worker_goes_on(void **state)
{
    (void)state;
    const long length = length_of_life();
    for (long power = 0; power <= length; power += 3) {
        card_insert();
        card.power = power;
        life_live();
        card_power_cycle(CARD_KEEPS_ANY);
        life_begin();
        for (;;) {
            const struct hf_journal_entry *next = hf_journal_next_unconfirmed(&journal, 0);
            if (next == NULL)
                break;
            hf_journal_confirmed(&journal, next->sequence);
        }
        for (unsigned i = 0; i < HF_JOURNAL_UNCONFIRMED; i++)
            assert_true(whole(i, stored(i)));
        hf_journal_close(&journal);
    }
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
        TEST(a_life_without_a_cut_stores_all_and_forgets_only_the_oldest),
        TEST(wherever_the_power_is_cut_no_stored_result_is_lost_or_changed),
        TEST(without_the_fsync_of_the_file_results_are_lost_but_nothing_torn_is_trusted),
        TEST(without_the_fsync_of_the_folder_results_are_lost),
        TEST(after_any_cut_the_worker_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
