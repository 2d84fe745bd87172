#include "../cmocka_all.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

static void exit_codes_tell_the_way_to_the_broker_from_other_failures(void **state)
{
    (void)state;
    assert_int_equal(hf_out_exit_code(HF_ERR_OK), HF_EXIT_OK);
    assert_int_equal(hf_out_exit_code(HF_ERR_REFUSED), HF_EXIT_UNREACHABLE);
    assert_int_equal(hf_out_exit_code(HF_ERR_RESOLVE), HF_EXIT_UNREACHABLE);
    assert_int_equal(hf_out_exit_code(HF_ERR_TLS_WRONG_NAME), HF_EXIT_UNREACHABLE);
    assert_int_equal(hf_out_exit_code(HF_ERR_AMQP_LOGIN), HF_EXIT_UNREACHABLE);
    assert_int_equal(hf_out_exit_code(HF_ERR_EXISTS), HF_EXIT_FAILED);
    assert_int_equal(hf_out_exit_code(HF_ERR_LEDGER), HF_EXIT_FAILED);
}

static void durations_show_two_units_at_most(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "0 ms"},
                {830, "830 ms"},
                {1000, "1.0 s"},
                {59999, "59.9 s"},
                {60000, "1 min 0 s"},
                {725000, "12 min 5 s"},
                {3600000, "1 h 0 min"},
                {90061000, "1 d 1 h"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[HF_OUT_SHORT];
        hf_out_duration(text, rows[i].ms);
        assert_string_equal(text, rows[i].text);
    }
}

static void sizes_show_four_digits_at_most(void **state)
{
    char text[HF_OUT_SHORT];
    (void)state;
    hf_out_bytes(text, 9999);
    assert_string_equal(text, "9999 B");
    hf_out_bytes(text, 10240);
    assert_string_equal(text, "10 KiB");
    hf_out_bytes(text, 140u * 1024 * 1024);
    assert_string_equal(text, "140 MiB");
    hf_out_bytes(text, UINT64_MAX);
    assert_non_null(strstr(text, "TiB"));
}

static void json_holds_no_character_that_a_terminal_obeys(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    (void)state;
    hf_out_document("{\"a\":\"\302\2332J \177 \303\251 \302\240\"}", to);
    fclose(to);
    assert_string_equal(text, "{\"a\":\"\\u009b2J \\u007f \303\251 \302\240\"}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_tell_the_way_to_the_broker_from_other_failures),
        cmocka_unit_test(durations_show_two_units_at_most),
        cmocka_unit_test(sizes_show_four_digits_at_most),
        cmocka_unit_test(json_holds_no_character_that_a_terminal_obeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
