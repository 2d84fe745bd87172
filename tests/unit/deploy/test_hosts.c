#include "../cmocka_all.h"
#include "deploy/hosts.h"

#include <stdio.h>
#include <string.h>

static struct hf_hosts hosts;

static void a_line_is_a_board_and_where_it_is(void **state)
{
    (void)state;
    static const char TEXT[] =
        "# the lab\n\n lab-1\troot@10.0.0.1 \r\nlab-2 pi@lab-2.local # new\n";
    assert_int_equal(hf_hosts_parse(TEXT, &hosts, NULL), HF_ERR_OK);
    assert_int_equal(hosts.count, 2);
    assert_string_equal(hosts.items[0].board, "lab-1");
    assert_string_equal(hosts.items[0].target, "root@10.0.0.1");
    assert_string_equal(hosts.items[1].target, "pi@lab-2.local");
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
        enum hf_err err;
    } CASES[] = {
        {"", "no board is in it", HF_ERR_MISSING},
        {"# none\n", "no board is in it", HF_ERR_MISSING},
        {"a x@b\nlab_2 x@c\n", "line 2: \"lab_2\" is no board's name", HF_ERR_MALFORMED},
        {"a\n", "line 1: expected NAME USER@HOST", HF_ERR_MALFORMED},
        {"a x@b more\n", "line 1: expected NAME USER@HOST", HF_ERR_MALFORMED},
        {"a x@b\n\na x@c", "line 3: \"a\" is there twice", HF_ERR_EXISTS},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct hf_fault fault;
        assert_int_equal(hf_hosts_parse(CASES[i].text, &hosts, &fault), CASES[i].err);
        if (!strstr(fault.text, CASES[i].words))
            fail_msg("said %s", fault.text);
    }
}

static void more_boards_than_there_is_room_for_are_an_error(void **state)
{
    (void)state;
    char text[HF_HOSTS_MAX * 16 + 64];
    size_t len = 0;
    for (int i = 0; i <= HF_HOSTS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "b%d x@y\n", i);
    assert_int_equal(hf_hosts_parse(text, &hosts, NULL), HF_ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_board_and_where_it_is),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(more_boards_than_there_is_room_for_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
