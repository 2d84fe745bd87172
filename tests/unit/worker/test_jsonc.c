#include "../cmocka_all.h"
#include "worker/jsonc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_stripped(const char *from, const char *to)
{
    /* In memory of exactly its size, so that a sanitizer sees a read behind it. */
    size_t len = strlen(from);
    char *text = malloc(len + 1);
    memcpy(text, from, len + 1);
    assert_int_equal(hf_jsonc_strip(text, len), len);
    assert_string_equal(text, to);
    free(text);
}

static void comments_become_blanks_and_lines_stay(void **state)
{
    (void)state;
    assert_stripped("{} // end", "{}       ");
    assert_stripped("//a\n{}", "   \n{}");
    assert_stripped("{/*a\nb*/}", "{   \n   }");
    assert_stripped("/***/{}/**/", "     {}    ");
    assert_stripped("/*/ */1", "      1");
    assert_stripped("// a /* b\n1", "         \n1");
    assert_stripped("/* // */1", "        1");
    assert_stripped("", "");
}

static void strings_are_left_alone(void **state)
{
    (void)state;
    assert_stripped("\"http://x\" //", "\"http://x\"   ");
    assert_stripped("\"/* x */\"", "\"/* x */\"");
    assert_stripped("\"a\\\"// b\" // c", "\"a\\\"// b\"     ");
    assert_stripped("\"a\\\\\"// b", "\"a\\\\\"    ");
    assert_stripped("\"open // x", "\"open // x");
    assert_stripped("\"open \\", "\"open \\");
    assert_stripped("1 / 2", "1 / 2");
    assert_stripped("/", "/");
}

static void an_open_comment_is_found_where_it_begins(void **state)
{
    (void)state;
    char text[] = "{}\n /* never closed *";
    assert_int_equal(hf_jsonc_strip(text, strlen(text)), 4);
    char shortest[] = "/*/";
    assert_int_equal(hf_jsonc_strip(shortest, 3), 0);
}

static void a_key_is_found_by_its_place(void **state)
{
    (void)state;
    static const char *const TEXT = "{\n"
                                    "\"a\": \"x,{[\\\"\",\n"
                                    "\"b\": [1, 2, {\"no\": 3}],\n"
                                    "\"c\": {\"c0\": {\"no\": [1,2]},\n"
                                    "       \"c1\": \"y\",\n"
                                    "       \"c2\": 2}, \"d\": 1,\n"
                                    "\n"
                                    "\"e\": {}\n"
                                    "}";
    static const int PLACES[][3] = {{0, -1, 2}, {1, -1, 3}, {2, -1, 4}, {2, 0, 4},
                                    {2, 1, 5},  {2, 2, 6},  {3, -1, 6}, {4, -1, 8}};
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        assert_int_equal(hf_jsonc_line_of(TEXT, PLACES[i][0], PLACES[i][1]), PLACES[i][2]);
}

static void lines_count_from_one(void **state)
{
    (void)state;
    assert_int_equal(hf_jsonc_line_at("a\nb\n", 0), 1);
    assert_int_equal(hf_jsonc_line_at("a\nb\n", 1), 1);
    assert_int_equal(hf_jsonc_line_at("a\nb\n", 2), 2);
    assert_int_equal(hf_jsonc_line_at("a\nb\n", 4), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_become_blanks_and_lines_stay),
        cmocka_unit_test(strings_are_left_alone),
        cmocka_unit_test(an_open_comment_is_found_where_it_begins),
        cmocka_unit_test(a_key_is_found_by_its_place),
        cmocka_unit_test(lines_count_from_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
