#include "../cmocka_all.h"
#include "flash/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hf_err settings(const char *text, const char *watchdog, char **out)
{
    struct hf_board_values values = {.title = "a board"};
    char *copy = strdup(text);
    assert_non_null(copy);
    (void)snprintf(values.watchdog, sizeof values.watchdog, "%s", watchdog);
    *out = NULL;
    const enum hf_err err = hf_files_settings(copy, "attic", &values, out, NULL);
    free(copy);
    return err;
}

static void flashed_worker_keeps_its_things_on_the_data_partition(void **state)
{
    (void)state;
    char *made = NULL;
    assert_int_equal(
        settings("// ours\n{\"board\": \"attic\", \"pool\": \"lab\", \"state\": \"x\"}",
                 "/dev/watchdog", &made),
        HF_ERR_OK);
    assert_non_null(strstr(made, "\"lab\""));
    assert_non_null(strstr(made, "\"/data/state\""));
    assert_non_null(strstr(made, "\"/data/handlers\""));
    assert_non_null(strstr(made, "\"/run/watchdog\""));
    assert_null(strstr(made, "\"x\""));
    assert_non_null(strstr(made, "\"set_clock\":\ttrue"));
    free(made);
}

static void board_without_a_watchdog_is_given_none(void **state)
{
    (void)state;
    char *made = NULL;
    assert_int_equal(settings("{\"board\": \"attic\"}", "", &made), HF_ERR_OK);
    assert_null(strstr(made, "watchdog"));
    free(made);
}

static void bundle_of_another_board_is_refused(void **state)
{
    (void)state;
    char *made = NULL;
    assert_int_equal(settings("{\"board\": \"cellar\"}", "", &made), HF_ERR_INVALID);
    assert_int_equal(settings("{}", "", &made), HF_ERR_INVALID);
    assert_int_equal(settings("{", "", &made), HF_ERR_MALFORMED);
}

static void values_of_a_board_are_found_with_and_without_quotes(void **state)
{
    (void)state;
    struct hf_board_values values;
    hf_board_values_parse("# A board.\nset(BOARD_TITLE       \"My board, the (first)\")\n"
                          "set(BOARD_MACHINE     armv6l)  # one\nset(BOARD_WATCHDOG    \"\")\n"
                          "set(BOARD_BOOT        raspberry-pi)\n",
                          &values);
    assert_string_equal(values.title, "My board, the (first)");
    assert_string_equal(values.machine, "armv6l");
    assert_string_equal(values.boot, "raspberry-pi");
    assert_string_equal(values.watchdog, "");
    assert_string_equal(values.kernel, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flashed_worker_keeps_its_things_on_the_data_partition),
        cmocka_unit_test(board_without_a_watchdog_is_given_none),
        cmocka_unit_test(bundle_of_another_board_is_refused),
        cmocka_unit_test(values_of_a_board_are_found_with_and_without_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
