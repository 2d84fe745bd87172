#include "../cmocka_all.h"
#include "cli/bar.h"

#include <string.h>

static struct hf_bar bar_of(int64_t done, int64_t failed, int64_t queued)
{
    struct hf_bar bar = {.job = 12, .left_ms = -1, .trouble = ""};
    bar.counts.of[HF_STATE_DONE] = done;
    bar.counts.of[HF_STATE_FAILED] = failed;
    bar.counts.of[HF_STATE_QUEUED] = queued;
    return bar;
}

static void a_bar_shows_how_much_has_ended_and_all_that_is_known(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(47, 3, 50);
    bar.per_s = 12.3;
    bar.left_ms = 3900;
    bar.boards_busy = 2;
    bar.boards_online = 3;
    hf_bar_draw(&bar, 120, line);
    assert_string_equal(line, "job 12 [####################--------------------] 50/100, 3 failed, "
                              "12/s, 4 s left, 2 of 3 boards busy");
}

static void it_fits_every_width_and_drops_the_least_important_first(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(47, 3, 50);
    bar.per_s = 12.3;
    bar.left_ms = 4000;
    bar.boards_busy = bar.boards_online = 3;
    for (int columns = 0; columns <= 600; columns++) {
        hf_bar_draw(&bar, columns, line);
        assert_true((int)strlen(line) < columns || line[0] == '\0');
    }
    hf_bar_draw(&bar, 40, line);
    assert_non_null(strstr(line, "50/100"));
    assert_null(strstr(line, "boards"));
}

static void trouble_comes_before_the_other_figures(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(1, 0, 1);
    bar.trouble = "no queue for pool 'x'";
    hf_bar_draw(&bar, 60, line);
    assert_non_null(strstr(line, "1/2, no queue for pool 'x'"));
}

static void an_empty_job_and_a_full_one_are_no_special_cases(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar none = bar_of(0, 0, 0);
    hf_bar_draw(&none, 40, line);
    assert_non_null(strstr(line, "0/0"));
    struct hf_bar all = bar_of(5, 0, 0);
    hf_bar_draw(&all, 30, line);
    assert_null(strchr(line, '-'));
}

static void in_a_log_it_is_words(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(9, 1, 90);
    bar.per_s = 1.5;
    bar.left_ms = 3725000;
    hf_bar_tell(&bar, line);
    assert_string_equal(line, "job 12: 10/100, 1 failed, 1.5/s, 1 h 2 min left");
}

static void counts_name_every_state_that_has_tasks_the_ended_ones_first(void **state)
{
    (void)state;
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(7, 2, 3);
    bar.counts.of[HF_STATE_PENDING] = 1;
    bar.counts.of[HF_STATE_DEAD] = 4;
    hf_bar_counts(&bar.counts, line);
    assert_string_equal(line, "7 done, 2 failed, 4 dead, 3 queued, 1 pending");
    bar = bar_of(0, 0, 0);
    hf_bar_counts(&bar.counts, line);
    assert_string_equal(line, "no task");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_shows_how_much_has_ended_and_all_that_is_known),
        cmocka_unit_test(it_fits_every_width_and_drops_the_least_important_first),
        cmocka_unit_test(trouble_comes_before_the_other_figures),
        cmocka_unit_test(an_empty_job_and_a_full_one_are_no_special_cases),
        cmocka_unit_test(in_a_log_it_is_words),
        cmocka_unit_test(counts_name_every_state_that_has_tasks_the_ended_ones_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
