#include "../cmocka_all.h"
#include "cli/json.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static int64_t number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return (int64_t)item->valuedouble;
}

static struct hf_ending ending_of(const char *output, size_t len)
{
    struct hf_ending ending = {.entry = {.job = 12,
                                         .seq = 3,
                                         .state = HF_STATE_FAILED,
                                         .target = {HF_TARGET_BOARD, "pi-7"},
                                         .task = {.id = "task-1",
                                                  .job = "job-a",
                                                  .handler = "echo",
                                                  .attempt = 2,
                                                  .max_attempts = 5}},
                               .result = {.board = "pi-7", .exit_code = 3}};
    ending.body = (struct hf_body){.size = len, .bytes = output};
    return ending;
}

static void a_job_has_a_count_for_every_state(void **state)
{
    (void)state;
    struct hf_job job = {.number = 12, .id = "job-a", .target = {HF_TARGET_QUEUE, "q"}};
    struct hf_counts counts = {.of = {[HF_STATE_DONE] = 7, [HF_STATE_PENDING] = 1}};
    cJSON *object = hf_json_job(&job, &counts);
    assert_string_equal(text_of(object, "job"), "job-a");
    assert_int_equal(number_of(object, "job_number"), 12);
    assert_string_equal(text_of(object, "queue"), "q");
    assert_int_equal(number_of(object, "tasks"), 8);
    for (int i = 0; i < HF_STATE_COUNT; i++)
        assert_int_equal(number_of(object, hf_state_text((enum hf_state)i)), counts.of[i]);
    cJSON_Delete(object);
}

static void a_result_has_the_task_and_what_the_board_said(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("out\n", 4);
    cJSON *object = hf_json_result(&ending, "/bodies");
    assert_string_equal(text_of(object, "task"), "task-1");
    assert_string_equal(text_of(object, "job"), "job-a");
    assert_string_equal(text_of(object, "state"), "failed");
    assert_string_equal(text_of(object, "board"), "pi-7");
    assert_int_equal(number_of(object, "attempt"), 2);
    assert_int_equal(number_of(object, "exit"), 3);
    assert_int_equal(number_of(object, "output_bytes"), 4);
    assert_string_equal(text_of(object, "output"), "out\n");
    cJSON_Delete(object);
}

static void output_that_is_no_text_is_base64(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("\xff\x00\x01", 3);
    cJSON *object = hf_json_result(&ending, "/bodies");
    assert_null(text_of(object, "output"));
    assert_string_equal(text_of(object, "output_base64"), "/wAB");
    cJSON_Delete(object);
    ending = ending_of("a\0b", 3); /* UTF-8, but no C string */
    object = hf_json_result(&ending, "/bodies");
    assert_string_equal(text_of(object, "output_base64"), "YQBi");
    cJSON_Delete(object);
}

static void no_output_is_an_empty_text(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of(NULL, 0);
    cJSON *object = hf_json_result(&ending, "/bodies");
    assert_string_equal(text_of(object, "output"), "");
    assert_int_equal(number_of(object, "output_bytes"), 0);
    cJSON_Delete(object);
}

static void a_large_output_is_named_as_a_file(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of(NULL, 0);
    ending.body = (struct hf_body){.size = 70000, .hash = "abcd"};
    cJSON *object = hf_json_result(&ending, "/bodies");
    assert_string_equal(text_of(object, "output_file"), "/bodies/abcd");
    assert_int_equal(number_of(object, "output_bytes"), 70000);
    assert_null(text_of(object, "output"));
    cJSON_Delete(object);
}

static void a_name_that_is_no_utf8_does_not_break_the_json(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("x", 1);
    snprintf(ending.entry.name, sizeof ending.entry.name, "a\xff");
    cJSON *object = hf_json_result(&ending, "/bodies");
    char *line = cJSON_PrintUnformatted(object);
    assert_null(strchr(line, '\xff'));
    cJSON_free(line);
    cJSON_Delete(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_has_a_count_for_every_state),
        cmocka_unit_test(a_result_has_the_task_and_what_the_board_said),
        cmocka_unit_test(output_that_is_no_text_is_base64),
        cmocka_unit_test(no_output_is_an_empty_text),
        cmocka_unit_test(a_large_output_is_named_as_a_file),
        cmocka_unit_test(a_name_that_is_no_utf8_does_not_break_the_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
