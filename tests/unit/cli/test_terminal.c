#include "../cmocka_all.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>

static void a_line_is_cut_to_the_columns_and_no_character_in_half(void **state)
{
    (void)state;
    assert_int_equal(hf_terminal_fit("kitchen", 7, 10), 7);
    assert_int_equal(hf_terminal_fit("kitchen", 7, 7), 7);
    assert_int_equal(hf_terminal_fit("kitchen", 7, 3), 3);
    assert_int_equal(hf_terminal_fit("k\xc3\xbc"
                                     "che",
                                     6, 2),
                     1);
    assert_int_equal(hf_terminal_fit("\xe2\x82\xac", 3, 2), 0);
}

static void a_file_has_the_size_of_a_common_terminal_and_is_not_drawn_over(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(hf_terminal_of(file).columns, 80);
    assert_int_equal(hf_terminal_of(file).rows, 24);
    assert_false(hf_terminal_redraws(file));
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_cut_to_the_columns_and_no_character_in_half),
        cmocka_unit_test(a_file_has_the_size_of_a_common_terminal_and_is_not_drawn_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
