#include "../cmocka_all.h"
#include "wire/limits.h"

#include <stdio.h>
#include <string.h>

static void of_two_the_tighter_holds_and_none_is_the_loosest(void **state)
{
    (void)state;
    const struct hf_limits board = {.memory_mb = 64, .cpu_s = 10, .files = 0, .processes = 5};
    const struct hf_limits task = {.memory_mb = 128, .cpu_s = 3, .files = 20, .processes = 0};
    const struct hf_limits both = hf_limits_tighter(&board, &task);
    const struct hf_limits turned = hf_limits_tighter(&task, &board);
    assert_int_equal(both.memory_mb, 64);
    assert_int_equal(both.cpu_s, 3);
    assert_int_equal(both.files, 20);
    assert_int_equal(both.processes, 5);
    assert_int_equal(both.file_size_mb, 0);
    assert_memory_equal(&both, &turned, sizeof both);
}

static void what_is_below_0_bounds_nothing_and_loosens_nothing(void **state)
{
    (void)state;
    const struct hf_limits board = {.memory_mb = 64};
    const struct hf_limits task = {.memory_mb = -1, .cpu_s = INT64_MIN};
    const struct hf_limits both = hf_limits_tighter(&board, &task);
    assert_memory_equal(&both, &board, sizeof both);
}

static void every_member_has_one_row_and_the_header_says_its_name(void **state)
{
    (void)state;
    struct hf_limits limits = {0};
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const struct hf_limit *limit = &hf_limit_list[i];
        char name[64];
        assert_int_equal(hf_limit_get(limit, &limits), 0);
        hf_limit_set(limit, &limits, (int64_t)i + 1);
        (void)snprintf(name, sizeof name, "hf-limit-%s", limit->name);
        for (char *at = name; *at != '\0'; at++)
            *at = *at == '_' ? '-' : *at;
        assert_string_equal(limit->header, name);
    }
    assert_int_equal(sizeof limits, HF_LIMIT_COUNT * sizeof(int64_t));
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++)
        assert_int_equal(hf_limit_get(&hf_limit_list[i], &limits), i + 1);
}

static void text_and_limits_become_each_other(void **state)
{
    (void)state;
    const struct hf_limits limits = {1048576, 604800, 1048576, 1048576, 1048576};
    struct hf_limits back = {0};
    char text[HF_LIMITS_TEXT_MAX + 1];
    hf_limits_text(&limits, text);
    assert_string_equal(text, "memory_mb=1048576 cpu_s=604800 files=1048576 processes=1048576 "
                              "file_size_mb=1048576");
    assert_int_equal(hf_limits_read(hf_str(text), &back, NULL), HF_ERR_OK);
    assert_memory_equal(&back, &limits, sizeof back);
    hf_limits_text(&(struct hf_limits){.files = 9}, text);
    assert_string_equal(text, "files=9");
    hf_limits_text(&(struct hf_limits){0}, text);
    assert_string_equal(text, "");
    assert_int_equal(hf_limits_read(hf_str(""), &back, NULL), HF_ERR_OK);
}

static void a_limit_that_there_is_not_or_a_wrong_number_is_named(void **state)
{
    (void)state;
    static const char *const BAD[] = {"memory=64",  "memory_mb",   "memory_mb=",   "memory_mb=0",
                                      "memory_mb=", "cpu_s=-1",    "cpu_s=604801", "files=1.5",
                                      "=5",         "files=9 cpu", "  ",           "files=9 x"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct hf_limits limits = {0};
        struct hf_fault fault = {0};
        assert_int_equal(hf_limits_read(hf_str(BAD[i]), &limits, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, "limit"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_the_tighter_holds_and_none_is_the_loosest),
        cmocka_unit_test(text_and_limits_become_each_other),
        cmocka_unit_test(a_limit_that_there_is_not_or_a_wrong_number_is_named),
        cmocka_unit_test(what_is_below_0_bounds_nothing_and_loosens_nothing),
        cmocka_unit_test(every_member_has_one_row_and_the_header_says_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
