#include "same.h"
#include "wire/task.h"

#include <stdlib.h>
#include <string.h>

struct plain {
    struct hf_envelope envelope;
    struct hf_task task;
    char *payload;
    size_t payload_len;
    struct hf_fault fault;
};

/* From a copy of exactly the body's size, so that a read past its end is seen. */
static enum hf_err decode(struct plain *plain, const char *body)
{
    size_t len = strlen(body);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    for (size_t i = 0; i < len; i++)
        copy[i] = body[i];
    plain->payload = NULL;
    enum hf_err err = hf_task_decode_plain(&plain->envelope, copy, len, &plain->task,
                                           &plain->payload, &plain->payload_len, &plain->fault);
    free(copy);
    return err;
}

static void assert_refused(const char *body, enum hf_err err, const char *why)
{
    struct plain plain = {0};
    assert_int_equal(decode(&plain, body), err);
    assert_null(plain.payload);
    if (!strstr(plain.fault.text, why))
        fail_msg("%s: got \"%s\", wanted \"%s\"", body, plain.fault.text, why);
}

static void assert_payload(const char *body, const char *payload)
{
    struct plain plain = {0};
    assert_int_equal(decode(&plain, body), HF_ERR_OK);
    assert_int_equal(plain.payload_len, strlen(payload));
    assert_string_equal(plain.payload, payload);
    free(plain.payload);
}

static void the_body_of_the_tutorials_is_a_task(void **state)
{
    (void)state;
    struct plain plain = {0};
    assert_int_equal(decode(&plain, "{\"task_id\": 1, \"data\": \"Hello World!\"}"), HF_ERR_OK);
    assert_string_equal(plain.task.id, "1");
    assert_string_equal(plain.task.handler, "");
    assert_string_equal(plain.payload, "Hello World!");
    assert_int_equal(plain.payload_len, 12);
    assert_int_equal(plain.task.attempt, 1);
    assert_int_equal(plain.task.max_attempts, HF_ATTEMPTS_DEFAULT);
    assert_true(plain.task.plain);
    free(plain.payload);
}

static void a_whole_number_keeps_every_digit(void **state)
{
    (void)state;
    struct plain plain = {0};
    assert_int_equal(decode(&plain, "{\"task_id\":12345678901234567890123}"), HF_ERR_OK);
    assert_string_equal(plain.task.id, "12345678901234567890123");
    free(plain.payload);
}

static void an_id_must_be_there_and_be_an_id(void **state)
{
    (void)state;
    assert_refused("{}", HF_ERR_MISSING, "task_id");
    assert_refused("{\"task_id\":null}", HF_ERR_MISSING, "task_id");
    assert_refused("{\"task_id\":\"\"}", HF_ERR_INVALID, "task_id");
    assert_refused("{\"task_id\":1.5}", HF_ERR_INVALID, "1.5");
    assert_refused("{\"task_id\":1e3}", HF_ERR_INVALID, "1e3");
    assert_refused("{\"task_id\":-1}", HF_ERR_INVALID, "-1");
    assert_refused("{\"task_id\":[1]}", HF_ERR_INVALID, "[1]");
    assert_refused("{\"task_id\":true}", HF_ERR_INVALID, "true");
    assert_refused("{\"task_id\":\"../x\"}", HF_ERR_INVALID, "../x");
    assert_refused("{\"task_id\":\"a\\u0000\"}", HF_ERR_INVALID, "task_id");
    assert_refused("{\"task_id\":1,\"task_id\":2}", HF_ERR_MALFORMED, "there twice");
}

static void data_that_is_a_string_is_its_bytes(void **state)
{
    (void)state;
    assert_payload("{\"task_id\":1,\"data\":\"\"}", "");
    assert_payload("{\"task_id\":1,\"data\":\"a\\n\\u00e4\"}", "a\n\xC3\xA4");
    assert_payload("{\"task_id\":1,\"data\":\"{\\\"x\\\":1}\"}", "{\"x\":1}");
}

static void other_data_is_its_text_as_it_is_written(void **state)
{
    (void)state;
    assert_payload("{\"task_id\":1,\"data\":{ \"n\" : 1.10, \"u\":\"\\u0000\" }}",
                   "{ \"n\" : 1.10, \"u\":\"\\u0000\" }");
    assert_payload("{\"task_id\":1,\"data\":[1, 2]}", "[1, 2]");
    assert_payload("{\"task_id\":1,\"data\":12345678901234567890}", "12345678901234567890");
    assert_payload("{\"task_id\":1,\"data\":null}", "null");
}

static void data_that_is_absent_is_empty(void **state)
{
    (void)state;
    assert_payload("{\"task_id\":1}", "");
}

static void data_with_a_zero_byte_is_refused_rather_than_cut(void **state)
{
    (void)state;
    assert_refused("{\"task_id\":1,\"data\":\"ab\\u0000cd\"}", HF_ERR_INVALID, "base64");
}

static void the_handler_comes_from_the_body_and_may_be_null(void **state)
{
    (void)state;
    struct plain plain = {.envelope = {.type = hf_str("order.created")}};
    assert_int_equal(decode(&plain, "{\"task_id\":1,\"type\":\"sha256\"}"), HF_ERR_OK);
    assert_string_equal(plain.task.handler, "sha256");
    free(plain.payload);
    assert_int_equal(decode(&plain, "{\"task_id\":1,\"type\":null}"), HF_ERR_OK);
    assert_string_equal(plain.task.handler, "");
    free(plain.payload);
    assert_refused("{\"task_id\":1,\"type\":\"a/b\"}", HF_ERR_INVALID, "a/b");
    assert_refused("{\"task_id\":1,\"type\":7}", HF_ERR_INVALID, "7");
}

static void the_envelope_gives_sender_job_priority_and_headers(void **state)
{
    (void)state;
    struct plain plain = {.envelope = {.user_id = hf_str("orders"),
                                       .correlation_id = hf_str("job-1"),
                                       .priority = 200}};
    hf_envelope_add_number(&plain.envelope, "hf-attempt", 3);
    assert_int_equal(decode(&plain, "{\"task_id\":1}"), HF_ERR_OK);
    assert_string_equal(plain.task.sender, "orders");
    assert_string_equal(plain.task.job, "job-1");
    assert_int_equal(plain.task.priority, 200);
    assert_int_equal(plain.task.attempt, 3);
    free(plain.payload);
}

static void a_refusal_keeps_the_ids_that_could_be_read(void **state)
{
    (void)state;
    struct plain plain = {.envelope = {.correlation_id = hf_str("job-1")}};
    assert_int_equal(decode(&plain, "{\"task_id\":1,\"type\":7}"), HF_ERR_INVALID);
    struct hf_task wanted = {.id = "1", .job = "job-1"};
    assert_same_task(&plain.task, &wanted);
    assert_int_equal(decode(&plain, "no json"), HF_ERR_MALFORMED);
    struct hf_task job_only = {.job = "job-1"};
    assert_same_task(&plain.task, &job_only);
}

static void a_body_over_the_limit_is_refused_unread(void **state)
{
    (void)state;
    size_t len = HF_PLAIN_BODY_MAX + 1;
    char *body = malloc(len + 1);
    assert_non_null(body);
    memset(body, ' ', len);
    body[len] = '\0';
    assert_refused(body, HF_ERR_TOO_LARGE, "262145 bytes");
    free(body);
}

static void a_body_at_the_limit_is_done(void **state)
{
    (void)state;
    static const char HEAD[] = "{\"task_id\":1,\"data\":\"";
    char *body = malloc(HF_PLAIN_BODY_MAX + 1);
    assert_non_null(body);
    memset(body, 'x', HF_PLAIN_BODY_MAX);
    memcpy(body, HEAD, sizeof HEAD - 1);
    memcpy(body + HF_PLAIN_BODY_MAX - 2, "\"}", 3);
    struct plain plain = {0};
    assert_int_equal(decode(&plain, body), HF_ERR_OK);
    assert_int_equal(plain.payload_len, HF_PLAIN_BODY_MAX - (sizeof HEAD - 1) - 2);
    free(plain.payload);
    free(body);
}

static void what_is_encoded_plain_is_decoded_the_same(void **state)
{
    (void)state;
    static const char PAYLOAD[] = "tab\t \"quote\" \\ \xE2\x82\xAC \x01 \x7F\nline";
    struct hf_task task = {.id = "42",
                           .handler = "echo",
                           .attempt = 1,
                           .max_attempts = HF_ATTEMPTS_DEFAULT,
                           .plain = true};
    struct plain plain = {0};
    char *body = NULL;
    assert_int_equal(hf_task_encode_plain(&task, hf_str(PAYLOAD), &body, NULL), HF_ERR_OK);
    hf_task_encode(&task, &plain.envelope);
    assert_int_equal(decode(&plain, body), HF_ERR_OK);
    assert_same_task(&plain.task, &task);
    assert_string_equal(plain.payload, PAYLOAD);
    free(plain.payload);
    free(body);
}

static void an_encoded_plain_task_has_the_fields_of_the_tutorials(void **state)
{
    (void)state;
    struct hf_task task = {.id = "42", .plain = true};
    char *body = NULL;
    assert_int_equal(hf_task_encode_plain(&task, hf_str("hi"), &body, NULL), HF_ERR_OK);
    assert_string_equal(body, "{\"task_id\":\"42\",\"data\":\"hi\"}");
    free(body);
}

static void a_payload_that_is_no_text_is_not_encoded_plain(void **state)
{
    (void)state;
    struct hf_task task = {.id = "42", .plain = true};
    struct hf_fault fault = {0};
    struct hf_str zero = {"a\0b", 3};
    char *body = NULL;
    assert_int_equal(hf_task_encode_plain(&task, hf_str("\xFF"), &body, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "--plain"));
    assert_int_equal(hf_task_encode_plain(&task, zero, &body, &fault), HF_ERR_INVALID);
    assert_null(body);
}

static void a_payload_that_no_worker_would_take_is_not_encoded_plain(void **state)
{
    (void)state;
    struct hf_task task = {.id = "42", .plain = true};
    char *payload = malloc(HF_PLAIN_BODY_MAX);
    assert_non_null(payload);
    memset(payload, '"', HF_PLAIN_BODY_MAX);
    struct hf_str view = {payload, HF_PLAIN_BODY_MAX / 2};
    char *body = NULL;
    assert_int_equal(hf_task_encode_plain(&task, view, &body, NULL), HF_ERR_TOO_LARGE);
    assert_null(body);
    free(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_body_of_the_tutorials_is_a_task),
        cmocka_unit_test(a_whole_number_keeps_every_digit),
        cmocka_unit_test(an_id_must_be_there_and_be_an_id),
        cmocka_unit_test(data_that_is_a_string_is_its_bytes),
        cmocka_unit_test(other_data_is_its_text_as_it_is_written),
        cmocka_unit_test(data_that_is_absent_is_empty),
        cmocka_unit_test(data_with_a_zero_byte_is_refused_rather_than_cut),
        cmocka_unit_test(the_handler_comes_from_the_body_and_may_be_null),
        cmocka_unit_test(the_envelope_gives_sender_job_priority_and_headers),
        cmocka_unit_test(a_refusal_keeps_the_ids_that_could_be_read),
        cmocka_unit_test(a_body_over_the_limit_is_refused_unread),
        cmocka_unit_test(a_body_at_the_limit_is_done),
        cmocka_unit_test(what_is_encoded_plain_is_decoded_the_same),
        cmocka_unit_test(an_encoded_plain_task_has_the_fields_of_the_tutorials),
        cmocka_unit_test(a_payload_that_is_no_text_is_not_encoded_plain),
        cmocka_unit_test(a_payload_that_no_worker_would_take_is_not_encoded_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
