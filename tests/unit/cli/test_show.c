#include "../cmocka_all.h"
#include "cli/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *shown;
static size_t shown_len;
static FILE *to;

static int setup(void **state)
{
    (void)state;
    to = open_memstream(&shown, &shown_len);
    return to ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    fclose(to);
    free(shown);
    return 0;
}

static const char *text(void)
{
    fflush(to);
    return shown;
}

static struct hf_ending ending_of(const char *output)
{
    struct hf_ending ending = {.entry = {.job = 12, .seq = 3, .state = HF_STATE_DONE},
                               .result = {.board = "pi-7", .duration_ms = 40}};
    ending.body = (struct hf_body){.size = strlen(output), .bytes = output};
    return ending;
}

static void a_short_output_stands_beside_its_task(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("abc\n");
    snprintf(ending.entry.name, sizeof ending.entry.name, "a.jpg");
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  done  pi-7  40 ms  a.jpg  abc\n");
}

static void several_lines_stand_under_it(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("one\ntwo\n");
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  done  pi-7  40 ms\n    one\n    two\n");
}

static void no_output_is_no_output(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("");
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  done  pi-7  40 ms\n");
}

static void a_failure_shows_its_reason_and_its_log(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("");
    ending.entry.state = HF_STATE_FAILED;
    snprintf(ending.entry.reason, sizeof ending.entry.reason, "exit 3");
    snprintf(ending.result.log_tail, sizeof ending.result.log_tail, "no disk\nbye");
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  failed  pi-7  40 ms  (exit 3)\n"
                                "    log: no disk\n    log: bye\n");
}

static void a_dead_letter_has_no_board(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("");
    ending.entry.state = HF_STATE_DEAD;
    ending.result = (struct hf_result){0};
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  dead  -  0 ms\n");
}

static void a_large_output_is_named_as_a_file(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("");
    ending.body = (struct hf_body){.size = 3 << 20, .hash = "abcd"};
    hf_show_result(&ending, "/bodies", false, to);
    assert_string_equal(text(), "12/3  done  pi-7  40 ms  3072 KiB in /bodies/abcd\n");
}

static void what_could_steer_the_terminal_is_shown_as_its_bytes(void **state)
{
    (void)state;
    static const char foul[] = "a\x1b[31mb\x07\x7f\xc2\x9b"
                               "1m\xff\xc3\xa4\0\tend";
    hf_show_text((struct hf_str){foul, sizeof foul - 1}, "", to);
    assert_string_equal(text(), "a\\x1b[31mb\\x07\\x7f\\xc2\\x9b1m\\xff\xc3\xa4\\x00\tend\n");
}

static void a_name_cannot_steer_it_either(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("x");
    snprintf(ending.entry.name, sizeof ending.entry.name, "a\x1b]0;b\n");
    hf_show_result(&ending, "/bodies", false, to);
    assert_null(strchr(text(), 0x1b));
}

static void colours_are_there_only_when_wanted(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("x");
    hf_show_result(&ending, "/bodies", true, to);
    assert_non_null(strstr(text(), "\033[32mdone\033[0m"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_short_output_stands_beside_its_task),
        TEST(several_lines_stand_under_it),
        TEST(no_output_is_no_output),
        TEST(a_failure_shows_its_reason_and_its_log),
        TEST(a_dead_letter_has_no_board),
        TEST(a_large_output_is_named_as_a_file),
        TEST(what_could_steer_the_terminal_is_shown_as_its_bytes),
        TEST(a_name_cannot_steer_it_either),
        TEST(colours_are_there_only_when_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
