#include "../cmocka_all.h"
#include "wire/seal.h"

#include <stdio.h>
#include <string.h>

static const uint8_t body[HF_SHA256_BYTES] = {0x00, 0x01, 0xfe, 0xff};
#define BODY_TEXT "body 0001feff00000000000000000000000000000000000000000000000000000000\n"

static struct hf_task task_of(const char *id)
{
    struct hf_task task = {.handler = "echo", .attempt = 2, .max_attempts = 5};
    (void)snprintf(task.id, sizeof task.id, "%s", id);
    return task;
}

static void the_text_of_a_task_is_what_the_specification_says(void **state)
{
    struct hf_task task = task_of("t-1");
    struct hf_seal seal;
    (void)state;
    strcpy(task.job, "j-1");
    task.timeout_ms = 1500;
    task.soft_timeout_ms = 1000;
    task.not_after_ms = INT64_C(1900000000000);
    task.limits.memory_mb = 64;
    hf_seal_task(&seal, &task, "pool lab", body);
    assert_string_equal(seal.text, "holdfast task 1\n"
                                   "id t-1\njob j-1\nhandler echo\ntarget pool lab\n"
                                   "attempt 2\nmax-attempts 5\ntimeout-ms 1500\n"
                                   "soft-timeout-ms 1000\nnot-after 1900000000000\n"
                                   "hf-limit-memory-mb 64\n" BODY_TEXT);
    assert_int_equal(seal.len, strlen(seal.text));
}

static void the_text_of_a_command_says_whom_it_is_for(void **state)
{
    struct hf_seal seal;
    (void)state;
    hf_seal_control(&seal, "device.kitchen", body);
    assert_string_equal(seal.text, "holdfast control 1\nfor device.kitchen\n" BODY_TEXT);
}

static void the_text_of_a_result_has_all_that_it_says(void **state)
{
    static const uint8_t words[HF_SHA256_BYTES] = {0xab, 0xcd};
    struct hf_result result = {.id = "t-1",
                               .board = "pi",
                               .status = HF_STATUS_FAILED,
                               .attempt = 2,
                               .exit_code = -1,
                               .signal = 9,
                               .started_ms = INT64_C(1700000000123),
                               .duration_ms = 5,
                               .peak_kb = 640,
                               .cpu_ms = 4};
    struct hf_seal seal;
    (void)state;
    hf_seal_result(&seal, &result, words, body);
    assert_string_equal(seal.text,
                        "holdfast result 1\nid t-1\njob \nboard pi\nstatus failed\nattempt 2\n"
                        "exit -1\nsignal 9\nstarted-ms 1700000000123\nduration-ms 5\n"
                        "peak-kb 640\ncpu-ms 4\n"
                        "words abcd000000000000000000000000000000000000000000000000000000000000"
                        "\n" BODY_TEXT);
    result.id[0] = '\0';
    hf_seal_result(&seal, &result, words, body);
    assert_non_null(strstr(seal.text, "\nid unreadable\n"));
}

static void a_task_and_a_plain_task_begin_differently(void **state)
{
    struct hf_task task = task_of("x");
    struct hf_seal one, other;
    (void)state;
    hf_seal_task(&one, &task, "pool x", body);
    task.plain = true;
    hf_seal_task(&other, &task, "pool x", body);
    assert_int_equal(strncmp(one.text, "holdfast task 1\n", 16), 0);
    assert_int_equal(strncmp(other.text, "holdfast plain-task 1\n", 22), 0);
}

static void the_longest_of_everything_fits(void **state)
{
    struct hf_task task = {.attempt = HF_ATTEMPTS_MAX,
                           .max_attempts = HF_ATTEMPTS_MAX,
                           .timeout_ms = INT64_MIN,
                           .soft_timeout_ms = INT64_MIN,
                           .not_after_ms = INT64_MIN};
    char target[HF_SEAL_TARGET_MAX + 1];
    struct hf_seal seal;
    (void)state;
    memset(task.id, 'i', HF_ID_MAX);
    memset(task.job, 'j', HF_ID_MAX);
    memset(task.handler, 'h', HF_NAME_MAX);
    memset(target, 't', HF_SEAL_TARGET_MAX);
    target[HF_SEAL_TARGET_MAX] = '\0';
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++)
        hf_limit_set(&hf_limit_list[i], &task.limits, INT64_MIN);
    hf_seal_task(&seal, &task, target, body);
    assert_true(seal.len < HF_SEAL_TEXT_MAX);
    assert_string_equal(seal.text + seal.len - strlen(BODY_TEXT), BODY_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_task_is_what_the_specification_says),
        cmocka_unit_test(the_text_of_a_command_says_whom_it_is_for),
        cmocka_unit_test(the_text_of_a_result_has_all_that_it_says),
        cmocka_unit_test(a_task_and_a_plain_task_begin_differently),
        cmocka_unit_test(the_longest_of_everything_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
