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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_two_the_tighter_holds_and_none_is_the_loosest),
        cmocka_unit_test(every_member_has_one_row_and_the_header_says_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
