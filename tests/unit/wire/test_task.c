#include "same.h"
#include "wire/task.h"
#include "wire/topology.h"

#include <string.h>

static const char ID[] = "0190a5c2-7b3e-7c11-8f00-0123456789ab";

static void a_message_with_an_id_is_an_enveloped_task(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.message_id = hf_str("1")};
    assert_true(hf_task_has_envelope(&envelope));
    envelope.message_id = hf_str("");
    assert_false(hf_task_has_envelope(&envelope));
}

static void what_is_encoded_is_decoded_the_same(void **state)
{
    (void)state;
    struct hf_task task = {.handler = "sha256",
                           .job = "job-1",
                           .sender = HF_MANAGER_USER,
                           .attempt = 2,
                           .max_attempts = 9,
                           .timeout_ms = 1500,
                           .soft_timeout_ms = 1000,
                           .limits = {.memory_mb = 64, .cpu_s = 10, .files = 20, .processes = 3},
                           .not_after_ms = INT64_C(1900000000000),
                           .priority = 7};
    memcpy(task.id, ID, sizeof ID);
    struct hf_envelope envelope;
    struct hf_task back;
    hf_task_encode(&task, &envelope);
    assert_true(envelope.persistent);
    assert_int_equal(hf_task_decode(&envelope, &back, NULL), HF_ERR_OK);
    assert_same_task(&task, &back);
}

static void numbers_at_their_default_are_left_out_and_come_back(void **state)
{
    (void)state;
    struct hf_task task = {.id = "1", .attempt = 1, .max_attempts = HF_ATTEMPTS_DEFAULT};
    struct hf_envelope envelope;
    struct hf_task back;
    hf_task_encode(&task, &envelope);
    assert_int_equal(envelope.header_count, 0);
    assert_int_equal(hf_task_decode(&envelope, &back, NULL), HF_ERR_OK);
    assert_same_task(&task, &back);
}

static void a_plain_task_carries_no_id_and_no_handler_in_its_envelope(void **state)
{
    (void)state;
    struct hf_task task = {.id = "1",
                           .handler = "echo",
                           .job = "j",
                           .attempt = 2,
                           .max_attempts = HF_ATTEMPTS_DEFAULT,
                           .plain = true};
    struct hf_envelope envelope;
    hf_task_encode(&task, &envelope);
    assert_false(hf_task_has_envelope(&envelope));
    assert_int_equal(envelope.type.len, 0);
    assert_true(hf_str_equal(envelope.content_type, hf_str("application/json")));
    assert_true(hf_str_equal(envelope.correlation_id, hf_str("j")));
    assert_int_equal(hf_envelope_find(&envelope, "hf-attempt")->number, 2);
}

static void a_task_without_an_id_is_missing_it_and_keeps_its_job(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.correlation_id = hf_str("job-1"), .type = hf_str("echo")};
    struct hf_task task;
    struct hf_fault fault = {0};
    assert_int_equal(hf_task_decode(&envelope, &task, &fault), HF_ERR_MISSING);
    assert_non_null(strstr(fault.text, "message_id"));
    struct hf_task wanted = {.job = "job-1"};
    assert_same_task(&task, &wanted);
}

static void an_id_that_is_none_is_refused_and_quoted(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.message_id = hf_str("../../etc/passwd")};
    struct hf_task task;
    struct hf_fault fault = {0};
    assert_int_equal(hf_task_decode(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "message_id is \"../../etc/passwd\""));
    assert_string_equal(task.id, "");
}

static void a_bad_job_is_refused_under_the_tasks_id(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.message_id = hf_str("t-1"), .correlation_id = hf_str("a b")};
    struct hf_task task;
    struct hf_fault fault = {0};
    assert_int_equal(hf_task_decode(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "correlation_id is \"a b\""));
    assert_string_equal(task.id, "t-1");
    assert_string_equal(task.job, "");
}

static void a_refused_task_keeps_its_ids_and_nothing_else(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.message_id = hf_str("t-1"),
                                   .correlation_id = hf_str("job-1"),
                                   .type = hf_str("echo"),
                                   .priority = 3};
    hf_envelope_add_number(&envelope, "hf-attempt", 0);
    struct hf_task task;
    assert_int_equal(hf_task_decode(&envelope, &task, NULL), HF_ERR_INVALID);
    struct hf_task wanted = {.id = "t-1", .job = "job-1"};
    assert_same_task(&task, &wanted);
}

static void headers_of_others_are_ignored(void **state)
{
    (void)state;
    struct hf_envelope envelope = {.message_id = hf_str("t-1")};
    hf_envelope_add_text(&envelope, "x-death", hf_str("anything"));
    hf_envelope_add_text(&envelope, "hf-of-the-future", hf_str("anything"));
    struct hf_task task;
    assert_int_equal(hf_task_decode(&envelope, &task, NULL), HF_ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_with_an_id_is_an_enveloped_task),
        cmocka_unit_test(what_is_encoded_is_decoded_the_same),
        cmocka_unit_test(numbers_at_their_default_are_left_out_and_come_back),
        cmocka_unit_test(a_plain_task_carries_no_id_and_no_handler_in_its_envelope),
        cmocka_unit_test(a_task_without_an_id_is_missing_it_and_keeps_its_job),
        cmocka_unit_test(an_id_that_is_none_is_refused_and_quoted),
        cmocka_unit_test(a_bad_job_is_refused_under_the_tasks_id),
        cmocka_unit_test(a_refused_task_keeps_its_ids_and_nothing_else),
        cmocka_unit_test(headers_of_others_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
