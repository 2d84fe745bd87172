#include "same.h"
#include "wire/task_fields.h"

#include <string.h>

static struct hf_envelope with_number(const char *name, int64_t number)
{
    struct hf_envelope envelope = {0};
    hf_envelope_add_number(&envelope, name, number);
    return envelope;
}

static enum hf_err facts(const struct hf_envelope *envelope, struct hf_task *task,
                         struct hf_fault *fault)
{
    memset(task, 0, sizeof *task);
    return hf_task_read_facts(envelope, task, fault);
}

static void assert_number_refused(const char *name, int64_t number)
{
    struct hf_envelope envelope = with_number(name, number);
    struct hf_task task;
    struct hf_fault fault = {0};
    assert_int_equal(facts(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, name));
}

static void numbers_that_are_absent_have_their_defaults(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    struct hf_task task;
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_int_equal(task.attempt, 1);
    assert_int_equal(task.max_attempts, HF_ATTEMPTS_DEFAULT);
    assert_true(task.timeout_ms == 0);
    assert_true(task.not_after_ms == 0);
}

static void numbers_outside_their_range_are_refused_by_name(void **state)
{
    (void)state;
    assert_number_refused("hf-attempt", 0);
    assert_number_refused("hf-attempt", HF_ATTEMPTS_MAX + 1);
    assert_number_refused("hf-max-attempts", 0);
    assert_number_refused("hf-max-attempts", HF_ATTEMPTS_MAX + 1);
    assert_number_refused("hf-timeout-ms", -1);
    assert_number_refused("hf-timeout-ms", HF_TIMEOUT_MS_MAX + 1);
    assert_number_refused("hf-not-after", -1);
    assert_number_refused("hf-not-after", INT64_MAX);
}

static void numbers_at_the_ends_of_their_range_are_taken(void **state)
{
    (void)state;
    struct hf_task task;
    struct hf_envelope envelope = with_number("hf-attempt", HF_ATTEMPTS_MAX);
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_int_equal(task.attempt, HF_ATTEMPTS_MAX);
    envelope = with_number("hf-timeout-ms", HF_TIMEOUT_MS_MAX);
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_true(task.timeout_ms == HF_TIMEOUT_MS_MAX);
    envelope = with_number("hf-not-after", HF_NOT_AFTER_MS_MIN);
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_true(task.not_after_ms == HF_NOT_AFTER_MS_MIN);
}

static void an_expiry_in_seconds_is_refused_rather_than_long_past(void **state)
{
    (void)state;
    struct hf_envelope envelope = with_number("hf-not-after", 1700000000);
    struct hf_task task;
    struct hf_fault fault = {0};
    assert_int_equal(facts(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "milliseconds"));
}

static void a_number_may_be_sent_as_text(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    struct hf_task task;
    hf_envelope_add_text(&envelope, "hf-timeout-ms", hf_str("1500"));
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_true(task.timeout_ms == 1500);
}

static void a_number_sent_as_a_float_is_refused_rather_than_ignored(void **state)
{
    (void)state;
    struct hf_envelope envelope = with_number("hf-timeout-ms", 1500);
    struct hf_task task;
    struct hf_fault fault = {0};
    envelope.headers[0].kind = HF_HEADER_OTHER;
    assert_int_equal(facts(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "hf-timeout-ms"));
}

static void text_that_is_no_number_is_refused_and_quoted(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    struct hf_task task;
    struct hf_fault fault = {0};
    hf_envelope_add_text(&envelope, "hf-timeout-ms", hf_str("1.5s"));
    assert_int_equal(facts(&envelope, &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "hf-timeout-ms is \"1.5s\""));
}

static void any_user_of_the_broker_may_be_the_sender(void **state)
{
    (void)state;
    char longest[HF_SENDER_MAX + 2];
    memset(longest, 'u', sizeof longest);
    longest[HF_SENDER_MAX] = '\0';
    struct hf_envelope envelope = {.user_id = hf_str("Orders Service@prod")};
    struct hf_task task;
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_string_equal(task.sender, "Orders Service@prod");
    envelope.user_id = hf_str(longest);
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_OK);
    assert_string_equal(task.sender, longest);
}

static void a_sender_that_would_be_read_as_another_is_refused(void **state)
{
    (void)state;
    struct hf_str cut = {"manager\0x", 9};
    struct hf_envelope envelope = {.user_id = cut};
    struct hf_task task;
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_INVALID);
    assert_string_equal(task.sender, "");
    envelope.user_id = hf_str("manager\xFF");
    assert_int_equal(facts(&envelope, &task, NULL), HF_ERR_INVALID);
}

static void a_job_is_optional_but_must_be_an_id(void **state)
{
    (void)state;
    struct hf_envelope envelope = {0};
    struct hf_task task = {0};
    assert_int_equal(hf_task_read_job(&envelope, &task, NULL), HF_ERR_OK);
    assert_string_equal(task.job, "");
    envelope.correlation_id = hf_str("job-7");
    assert_int_equal(hf_task_read_job(&envelope, &task, NULL), HF_ERR_OK);
    assert_string_equal(task.job, "job-7");
    envelope.correlation_id = hf_str("../7");
    assert_int_equal(hf_task_read_job(&envelope, &task, NULL), HF_ERR_INVALID);
    assert_string_equal(task.job, "job-7");
}

static void a_handler_is_optional_but_never_a_path(void **state)
{
    (void)state;
    struct hf_task task = {0};
    struct hf_fault fault = {0};
    assert_int_equal(hf_task_read_handler(hf_str(""), &task, NULL), HF_ERR_OK);
    assert_int_equal(hf_task_read_handler(hf_str("sha256"), &task, NULL), HF_ERR_OK);
    assert_string_equal(task.handler, "sha256");
    assert_int_equal(hf_task_read_handler(hf_str("../bin/sh"), &task, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "../bin/sh"));
}

static void only_the_ids_are_left_for_a_refusal(void **state)
{
    (void)state;
    struct hf_task task = {.id = "t",
                           .job = "j",
                           .handler = "h",
                           .sender = "s",
                           .attempt = 3,
                           .max_attempts = 4,
                           .timeout_ms = 5,
                           .not_after_ms = 6,
                           .plain = true};
    hf_task_leave_ids(&task);
    struct hf_task wanted = {.id = "t", .job = "j"};
    assert_same_task(&task, &wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_absent_have_their_defaults),
        cmocka_unit_test(numbers_outside_their_range_are_refused_by_name),
        cmocka_unit_test(numbers_at_the_ends_of_their_range_are_taken),
        cmocka_unit_test(an_expiry_in_seconds_is_refused_rather_than_long_past),
        cmocka_unit_test(a_number_may_be_sent_as_text),
        cmocka_unit_test(a_number_sent_as_a_float_is_refused_rather_than_ignored),
        cmocka_unit_test(text_that_is_no_number_is_refused_and_quoted),
        cmocka_unit_test(any_user_of_the_broker_may_be_the_sender),
        cmocka_unit_test(a_sender_that_would_be_read_as_another_is_refused),
        cmocka_unit_test(a_job_is_optional_but_must_be_an_id),
        cmocka_unit_test(a_handler_is_optional_but_never_a_path),
        cmocka_unit_test(only_the_ids_are_left_for_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
