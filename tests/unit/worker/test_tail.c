#include "../cmocka_all.h"
#include "worker/tail.h"

#include <string.h>

static struct hf_tail tail;
static char text[HF_LOG_TAIL_MAX + 1];

static void add(const char *line)
{
    hf_tail_add(&tail, line, strlen(line));
}

static void what_fits_is_kept_whole(void **state)
{
    (void)state;
    hf_tail_clear(&tail);
    hf_tail_text(&tail, text);
    assert_string_equal(text, "");
    add("one\n");
    add("two\tand \xc3\xa9\n");
    hf_tail_text(&tail, text);
    assert_string_equal(text, "one\ntwo\tand \xc3\xa9\n");
}

static void of_more_than_fits_the_end_is_kept(void **state)
{
    (void)state;
    static char all[5 * HF_LOG_TAIL_MAX];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)('a' + i % 26);
    static const size_t PIECES[] = {
        1, 7, 100, HF_LOG_TAIL_MAX - 1, HF_LOG_TAIL_MAX, HF_LOG_TAIL_MAX + 1, 3 * HF_LOG_TAIL_MAX};
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        hf_tail_clear(&tail);
        for (size_t at = 0; at < sizeof all; at += PIECES[i]) {
            size_t left = sizeof all - at;
            hf_tail_add(&tail, all + at, left < PIECES[i] ? left : PIECES[i]);
        }
        hf_tail_text(&tail, text);
        assert_int_equal(strlen(text), HF_LOG_TAIL_MAX);
        assert_memory_equal(text, all + sizeof all - HF_LOG_TAIL_MAX, HF_LOG_TAIL_MAX);
    }
}

static void exactly_the_limit_drops_nothing(void **state)
{
    (void)state;
    static char all[HF_LOG_TAIL_MAX];
    memset(all, 'x', sizeof all);
    memcpy(all, "\xa9 begins with half a character", 5);
    hf_tail_clear(&tail);
    hf_tail_add(&tail, all, sizeof all);
    hf_tail_text(&tail, text);
    assert_int_equal(strlen(text), HF_LOG_TAIL_MAX);
    assert_int_equal(text[0], '?');
}

static void a_character_cut_by_the_limit_is_dropped_whole(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        hf_tail_clear(&tail);
        for (size_t i = 0; i < 1000; i++)
            add("\xf0\x9f\x98\x80");
        for (size_t i = 0; i < shift; i++)
            add("x");
        hf_tail_text(&tail, text);
        size_t whole = (HF_LOG_TAIL_MAX - shift) / 4 * 4 + shift;
        assert_int_equal(strlen(text), whole);
        assert_memory_equal(text, "\xf0\x9f\x98\x80", 4);
        assert_null(strchr(text, '?'));
    }
}

static void what_is_no_text_becomes_question_marks(void **state)
{
    (void)state;
    hf_tail_clear(&tail);
    hf_tail_add(&tail, "a\0b\xff\x1b[31m\xc3", 10);
    hf_tail_text(&tail, text);
    assert_string_equal(text, "a?b??[31m?");
}

static void what_was_added_since_is_taken_piece_by_piece(void **state)
{
    (void)state;
    char out[4];
    uint64_t from = 0;
    uint64_t skipped = 9;
    hf_tail_clear(&tail);
    add("abcdef");
    assert_int_equal(hf_tail_take(&tail, &from, out, sizeof out, &skipped), 4);
    assert_memory_equal(out, "abcd", 4);
    assert_int_equal(skipped, 0);
    assert_int_equal(hf_tail_take(&tail, &from, out, sizeof out, &skipped), 2);
    assert_memory_equal(out, "ef", 2);
    assert_int_equal(hf_tail_take(&tail, &from, out, sizeof out, &skipped), 0);
}

static void what_was_let_go_before_it_was_taken_is_counted(void **state)
{
    (void)state;
    char out[HF_LOG_TAIL_MAX];
    uint64_t from = 0;
    uint64_t skipped = 0;
    hf_tail_clear(&tail);
    for (size_t i = 0; i < HF_LOG_TAIL_MAX; i++)
        add("x");
    add("tail");
    assert_int_equal(hf_tail_take(&tail, &from, out, sizeof out, &skipped), HF_LOG_TAIL_MAX);
    assert_int_equal(skipped, 4);
    assert_memory_equal(out + sizeof out - 5, "xtail", 5);
}

static void a_new_run_is_taken_from_its_beginning(void **state)
{
    (void)state;
    char out[8];
    uint64_t from = 0;
    uint64_t skipped = 0;
    hf_tail_clear(&tail);
    add("of before");
    (void)hf_tail_take(&tail, &from, out, sizeof out, &skipped);
    hf_tail_clear(&tail);
    add("new");
    assert_int_equal(hf_tail_take(&tail, &from, out, sizeof out, &skipped), 3);
    assert_memory_equal(out, "new", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_since_is_taken_piece_by_piece),
        cmocka_unit_test(what_was_let_go_before_it_was_taken_is_counted),
        cmocka_unit_test(a_new_run_is_taken_from_its_beginning),
        cmocka_unit_test(what_fits_is_kept_whole),
        cmocka_unit_test(of_more_than_fits_the_end_is_kept),
        cmocka_unit_test(exactly_the_limit_drops_nothing),
        cmocka_unit_test(a_character_cut_by_the_limit_is_dropped_whole),
        cmocka_unit_test(what_is_no_text_becomes_question_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
