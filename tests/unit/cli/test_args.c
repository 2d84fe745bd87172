#include "../cmocka_all.h"
#include "cli/args.h"

#include <stdio.h>
#include <string.h>

struct given {
    bool json;
    const char *pool;
    int64_t port, timeout_ms, limit;
    struct hf_text_list listen;
};

static const struct hf_option options[] = {
    {"json", HF_OPTION_FLAG, offsetof(struct given, json), NULL, "", 0, 0},
    {"pool", HF_OPTION_TEXT, offsetof(struct given, pool), "POOL", "", 0, 0},
    {"port", HF_OPTION_NUMBER, offsetof(struct given, port), "N", "", 1, 65535},
    {"timeout", HF_OPTION_DURATION_MS, offsetof(struct given, timeout_ms), "TIME", "", 1000,
     86400000},
    {"limit", HF_OPTION_NUMBER, offsetof(struct given, limit), "N", "", 0, INT64_MAX},
    {"listen", HF_OPTION_LIST, offsetof(struct given, listen), "ADDRESS", "", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

/* Words separated by one space; kept for as long as a test runs. */
static enum hf_err parse(const char *line, struct given *given, char **argv, int *operands,
                         struct hf_fault *fault)
{
    static char words[512];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    return hf_args_parse(options, argc, argv, given, operands, fault);
}

static void values_come_after_the_name_or_after_an_equals_sign(void **state)
{
    struct given given = {0};
    char *argv[16];
    int operands = 0;
    (void)state;
    assert_int_equal(parse("--pool lab --port=80 --json", &given, argv, &operands, NULL), 0);
    assert_string_equal(given.pool, "lab");
    assert_int_equal(given.port, 80);
    assert_true(given.json);
    assert_int_equal(operands, 0);
}

static void operands_keep_their_order_among_options(void **state)
{
    struct given given = {0};
    char *argv[16];
    int operands = 0;
    (void)state;
    assert_int_equal(parse("one --json two --pool p - three", &given, argv, &operands, NULL), 0);
    assert_int_equal(operands, 4);
    assert_string_equal(argv[0], "one");
    assert_string_equal(argv[1], "two");
    assert_string_equal(argv[2], "-");
    assert_string_equal(argv[3], "three");
}

static void after_two_dashes_everything_is_an_operand(void **state)
{
    struct given given = {0};
    char *argv[16];
    int operands = 0;
    (void)state;
    assert_int_equal(parse("-- --json --", &given, argv, &operands, NULL), 0);
    assert_int_equal(operands, 2);
    assert_string_equal(argv[0], "--json");
    assert_string_equal(argv[1], "--");
    assert_false(given.json);
}

static void what_is_not_given_keeps_its_value(void **state)
{
    struct given given = {.port = 5671, .pool = "default"};
    char *argv[16];
    int operands = 0;
    (void)state;
    assert_int_equal(parse("--json", &given, argv, &operands, NULL), 0);
    assert_int_equal(given.port, 5671);
    assert_string_equal(given.pool, "default");
}

static void a_list_option_may_be_repeated_up_to_its_limit(void **state)
{
    struct given given = {0};
    char *argv[2 * HF_ARGS_LIST_MAX + 2];
    int operands = 0;
    struct hf_fault fault;
    (void)state;
    for (int i = 0; i <= HF_ARGS_LIST_MAX; i++) {
        argv[2 * i] = "--listen";
        argv[2 * i + 1] = "::1";
    }
    assert_int_equal(hf_args_parse(options, 2 * HF_ARGS_LIST_MAX, argv, &given, &operands, &fault),
                     0);
    assert_int_equal(given.listen.count, HF_ARGS_LIST_MAX);
    memset(&given, 0, sizeof given);
    for (int i = 0; i <= HF_ARGS_LIST_MAX; i++) {
        argv[2 * i] = "--listen";
        argv[2 * i + 1] = "::1";
    }
    assert_int_equal(
        hf_args_parse(options, 2 * HF_ARGS_LIST_MAX + 2, argv, &given, &operands, &fault),
        HF_ERR_INVALID);
}

static void each_wrong_argument_is_named(void **state)
{
    static const struct {
        const char *line, *named;
    } wrong[] = {
        {"--lisen ::1", "--lisen"},
        {"-j", "-j"},
        {"-json", "-json"},
        {"--js", "--js"},
        {"--pool", "--pool"},
        {"--pool=", "--pool"},
        {"--json=yes", "--json"},
        {"--port 0", "from 1 to 65535"},
        {"--port 65536", "65536"},
        {"--port 80x", "80x"},
        {"--port 99999999999999999999", "99999999999999999999"},
        {"--port=", "--port"},
        {"--timeout 5", "30s"},
        {"--timeout 1ms", "from 1s to 1d"},
        {"--timeout -5s", "-5s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct given given = {0};
        struct hf_fault fault = {0};
        char *argv[16];
        int operands = 0;
        if (parse(wrong[i].line, &given, argv, &operands, &fault) != HF_ERR_INVALID)
            fail_msg("\"%s\" was taken", wrong[i].line);
        if (!strstr(fault.text, wrong[i].named))
            fail_msg("\"%s\" does not name %s", fault.text, wrong[i].named);
    }
}

static void a_choice_is_made_among_words_and_all_are_named_otherwise(void **state)
{
    static const char *const words[] = {"check", "backup", "prune", NULL};
    struct hf_fault fault = {0};
    size_t which = 9;
    (void)state;
    assert_int_equal(hf_args_choose(words, "backup", &which, &fault), HF_ERR_OK);
    assert_int_equal(which, 1);
    assert_int_equal(hf_args_choose(words, NULL, &which, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text, "what is wanted: check, backup or prune?");
    assert_int_equal(hf_args_choose(words, "chek", &which, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text,
                        "\"chek\": expected check, backup or prune; did you mean check?");
    assert_int_equal(hf_args_choose(words, "x", &which, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text, "\"x\": expected check, backup or prune");
}

static void bounds_are_told_in_the_units_that_people_write(void **state)
{
    struct given given = {0};
    struct hf_fault fault = {0};
    char *argv[16];
    int operands = 0;
    (void)state;
    assert_int_equal(parse("--timeout 2d", &given, argv, &operands, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text, "--timeout 2d: expected a duration from 1s to 1d");
    assert_int_equal(parse("--port x", &given, argv, &operands, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text, "--port x: expected a number from 1 to 65535");
    assert_int_equal(parse("--limit x", &given, argv, &operands, &fault), HF_ERR_INVALID);
    assert_string_equal(fault.text, "--limit x: expected a number, 0 or more");
}

static void durations_have_a_unit(void **state)
{
    int64_t ms = -1;
    (void)state;
    assert_int_equal(hf_args_duration_ms("1500ms", &ms), 0);
    assert_int_equal(ms, 1500);
    assert_int_equal(hf_args_duration_ms("90s", &ms), 0);
    assert_int_equal(ms, 90000);
    assert_int_equal(hf_args_duration_ms("2h", &ms), 0);
    assert_int_equal(ms, 7200000);
    assert_int_equal(hf_args_duration_ms("7d", &ms), 0);
    assert_int_equal(ms, 604800000);
    assert_int_equal(hf_args_duration_ms("9223372036854775807d", &ms), HF_ERR_INVALID);
    assert_int_equal(hf_args_duration_ms("", &ms), HF_ERR_INVALID);
    assert_int_equal(hf_args_duration_ms("s", &ms), HF_ERR_INVALID);
    assert_int_equal(hf_args_duration_ms("5 s", &ms), HF_ERR_INVALID);
    assert_int_equal(ms, 604800000);
}

static void a_command_without_operands_names_the_first_one(void **state)
{
    struct given given = {0};
    struct hf_fault fault;
    char *argv[] = {"--json", "extra", "more"};
    (void)state;
    assert_int_equal(hf_args_parse_options(options, 3, argv, &given, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"extra\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_after_the_name_or_after_an_equals_sign),
        cmocka_unit_test(operands_keep_their_order_among_options),
        cmocka_unit_test(after_two_dashes_everything_is_an_operand),
        cmocka_unit_test(what_is_not_given_keeps_its_value),
        cmocka_unit_test(a_list_option_may_be_repeated_up_to_its_limit),
        cmocka_unit_test(each_wrong_argument_is_named),
        cmocka_unit_test(a_choice_is_made_among_words_and_all_are_named_otherwise),
        cmocka_unit_test(bounds_are_told_in_the_units_that_people_write),
        cmocka_unit_test(durations_have_a_unit),
        cmocka_unit_test(a_command_without_operands_names_the_first_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
