#include "../cmocka_all.h"
#include "worker/progress.h"

#include <string.h>

static struct hf_progress_lines lines;
static struct hf_progress got;

static bool feed(const char *text)
{
    hf_progress_lines_feed(&lines, text, strlen(text));
    return hf_progress_lines_take(&lines, &got);
}

static int clear(void **state)
{
    (void)state;
    hf_progress_lines_clear(&lines);
    memset(&got, 0, sizeof got);
    return 0;
}

static void a_line_gives_percent_and_words(void **state)
{
    (void)state;
    assert_true(feed("42 reading the sensor\n"));
    assert_int_equal(got.percent, 42);
    assert_string_equal(got.note, "reading the sensor");
    assert_true(feed("100%\n"));
    assert_int_equal(got.percent, 100);
    assert_string_equal(got.note, "");
    assert_true(feed("0% \t begun\n"));
    assert_int_equal(got.percent, 0);
    assert_string_equal(got.note, "begun");
}

static void a_change_is_handed_out_once(void **state)
{
    (void)state;
    got.attempt = 7;
    assert_true(feed("1 a\n"));
    assert_false(hf_progress_lines_take(&lines, &got));
    assert_int_equal(got.attempt, 7);
}

static void of_several_lines_the_last_counts(void **state)
{
    (void)state;
    assert_true(feed("1 a\n2 b\n3 c\n4 "));
    assert_int_equal(got.percent, 3);
    assert_string_equal(got.note, "c");
    assert_true(feed("d\n"));
    assert_int_equal(got.percent, 4);
    assert_string_equal(got.note, "d");
}

static void a_line_may_come_byte_by_byte(void **state)
{
    (void)state;
    const char *line = "77 slow\n";
    for (size_t i = 0; line[i]; i++) {
        hf_progress_lines_feed(&lines, line + i, 1);
        assert_int_equal(lines.changed, line[i] == '\n');
    }
    assert_int_equal(lines.percent, 77);
}

static void other_lines_are_ignored(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "\n",   "half\n", "101 x\n", "-1 x\n",  "1000 x\n",          " 5 x\n",
        "5x\n", "5%x\n",  "5%% x\n", "0005x\n", "99999999999999 x\n"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        if (feed(BAD[i]))
            fail_msg("taken: %s", BAD[i]);
    }
    hf_progress_lines_feed(&lines, "5 \0x\n", 5);
    assert_false(hf_progress_lines_take(&lines, &got));
}

static void a_line_over_the_limit_is_skipped_and_the_next_one_counts(void **state)
{
    (void)state;
    char longest[HF_PROGRESS_LINE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "9 ", 2);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(strlen(longest), HF_PROGRESS_LINE_MAX + 1);
    assert_false(feed(longest));
    assert_false(feed("8 still the same line\n"));
    assert_true(feed("7\n"));
    assert_int_equal(got.percent, 7);
    longest[HF_PROGRESS_LINE_MAX] = '\0';
    assert_false(feed(longest));
    assert_true(feed("\n"));
    assert_int_equal(got.percent, 9);
}

static void words_are_cut_at_a_character_and_made_fit_to_show(void **state)
{
    (void)state;
    char line[160] = "3 a";
    for (size_t i = 3; i < 151; i++)
        line[i] = i % 2 == 1 ? '\xc3' : '\xa9';
    line[151] = '\n';
    assert_true(feed(line));
    assert_int_equal(strlen(got.note), HF_EVENT_NOTE_MAX - 1);
    assert_null(strchr(got.note, '?'));
    assert_true(feed("3 a\x1b[2Jb\xff\n"));
    assert_string_equal(got.note, "a?[2Jb?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_gives_percent_and_words, clear),
        cmocka_unit_test_setup(a_change_is_handed_out_once, clear),
        cmocka_unit_test_setup(of_several_lines_the_last_counts, clear),
        cmocka_unit_test_setup(a_line_may_come_byte_by_byte, clear),
        cmocka_unit_test_setup(other_lines_are_ignored, clear),
        cmocka_unit_test_setup(a_line_over_the_limit_is_skipped_and_the_next_one_counts, clear),
        cmocka_unit_test_setup(words_are_cut_at_a_character_and_made_fit_to_show, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
