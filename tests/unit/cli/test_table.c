#include "../cmocka_all.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>

static char *printed(const struct hf_table *table)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    hf_table_print(table, to);
    fclose(to);
    return text;
}

static void columns_line_up_and_numbers_go_to_the_right(void **state)
{
    struct hf_table table = {.columns = 3};
    (void)state;
    hf_table_cell(&table, "NAME");
    hf_table_cell(&table, "N");
    hf_table_cell(&table, "STATE");
    hf_table_cell(&table, "a");
    hf_table_cell(&table, "%d", 100);
    hf_table_cell(&table, "ok");
    hf_table_cell(&table, "longer");
    hf_table_cell(&table, "%d", 7);
    hf_table_cell(&table, "bad");
    char *text = printed(&table);
    assert_string_equal(text, "NAME      N  STATE\n"
                              "a       100  ok\n"
                              "longer    7  bad\n");
    free(text);
    hf_table_free(&table);
}

static void a_cell_cannot_send_a_terminal_orders(void **state)
{
    struct hf_table table = {.columns = 1};
    (void)state;
    hf_table_cell(&table, "a\033[2Jb\nc\302\2332J\377");
    char *text = printed(&table);
    assert_string_equal(text, "a?[2Jb?c??2J?\n");
    free(text);
    hf_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up_and_numbers_go_to_the_right),
        cmocka_unit_test(a_cell_cannot_send_a_terminal_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
