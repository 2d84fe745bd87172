#include "same.h"
#include "wire/number.h"
#include "wire/result.h"
#include "wire/task.h"

#include <string.h>

static struct hf_envelope least(void)
{
    struct hf_envelope envelope = {.message_id = hf_str("t-1"), .user_id = hf_str("board-01")};
    hf_envelope_add_text(&envelope, "hf-status", hf_str("done"));
    return envelope;
}

static void assert_refused(const struct hf_envelope *envelope, enum hf_err err, const char *field)
{
    struct hf_result result;
    struct hf_fault fault = {0};
    struct hf_result zero = {0};
    assert_int_equal(hf_result_decode(envelope, &result, &fault), err);
    assert_non_null(strstr(fault.text, field));
    assert_same_result(&result, &zero);
}

static void every_status_reads_back(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"done",      "retry",   "failed",
                                        "cancelled", "expired", "refused"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        enum hf_status status;
        assert_int_equal(hf_status_parse(hf_str(TEXTS[i]), &status), HF_ERR_OK);
        assert_string_equal(hf_status_text(status), TEXTS[i]);
    }
}

static void a_text_that_is_no_status_leaves_it_untouched(void **state)
{
    (void)state;
    enum hf_status status = HF_STATUS_EXPIRED;
    assert_int_equal(hf_status_parse(hf_str("Done"), &status), HF_ERR_INVALID);
    assert_int_equal(hf_status_parse(hf_str(""), &status), HF_ERR_INVALID);
    assert_int_equal(status, HF_STATUS_EXPIRED);
}

static void what_is_encoded_is_decoded_the_same(void **state)
{
    (void)state;
    struct hf_result result = {.id = "t-1",
                               .job = "job-1",
                               .board = "board-01",
                               .status = HF_STATUS_FAILED,
                               .attempt = 3,
                               .exit_code = 2,
                               .signal = 9,
                               .started_ms = INT64_C(1700000000123),
                               .duration_ms = 250,
                               .peak_kb = 1024,
                               .cpu_ms = 20,
                               .reason = "exit code 2",
                               .log_tail = "line\nline\n"};
    struct hf_envelope envelope;
    struct hf_result back;
    hf_result_encode(&result, &envelope);
    assert_true(envelope.persistent);
    assert_int_equal(hf_result_decode(&envelope, &back, NULL), HF_ERR_OK);
    assert_same_result(&result, &back);
}

static void a_result_needs_only_ids_and_status(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    struct hf_result result;
    assert_int_equal(hf_result_decode(&envelope, &result, NULL), HF_ERR_OK);
    assert_string_equal(result.id, "t-1");
    assert_string_equal(result.board, "board-01");
    assert_int_equal(result.status, HF_STATUS_DONE);
    assert_int_equal(result.exit_code, -1);
    assert_int_equal(result.attempt, 0);
}

static void fields_at_their_default_are_left_out(void **state)
{
    (void)state;
    struct hf_result result = {
        .id = "t-1", .board = "board-01", .status = HF_STATUS_REFUSED, .exit_code = -1};
    struct hf_envelope envelope;
    hf_result_encode(&result, &envelope);
    assert_int_equal(envelope.header_count, 1);
}

static void a_refusal_without_an_id_goes_out_as_unreadable(void **state)
{
    (void)state;
    struct hf_result result = {.board = "board-01", .status = HF_STATUS_REFUSED, .exit_code = -1};
    struct hf_envelope envelope;
    struct hf_result back;
    hf_result_encode(&result, &envelope);
    assert_int_equal(hf_result_decode(&envelope, &back, NULL), HF_ERR_OK);
    assert_string_equal(back.id, HF_ID_UNREADABLE);
}

static void a_result_without_a_sender_is_refused(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    envelope.user_id = hf_str("");
    assert_refused(&envelope, HF_ERR_MISSING, "user_id");
}

static void a_result_of_a_sender_that_is_no_board_is_refused(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    envelope.user_id = hf_str("Board 01");
    assert_refused(&envelope, HF_ERR_INVALID, "Board 01");
}

static void a_result_without_a_task_or_status_is_refused(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    envelope.message_id = hf_str("");
    assert_refused(&envelope, HF_ERR_MISSING, "message_id");
    envelope = least();
    envelope.header_count = 0;
    assert_refused(&envelope, HF_ERR_MISSING, "hf-status");
}

static void values_of_another_form_are_refused(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    envelope.message_id = hf_str("a/b");
    assert_refused(&envelope, HF_ERR_INVALID, "a/b");
    envelope = least();
    envelope.correlation_id = hf_str("a b");
    assert_refused(&envelope, HF_ERR_INVALID, "a b");
    envelope = least();
    envelope.headers[0].text = hf_str("finished");
    assert_refused(&envelope, HF_ERR_INVALID, "finished");
    envelope = least();
    envelope.headers[0].kind = HF_HEADER_INT;
    assert_refused(&envelope, HF_ERR_INVALID, "hf-status");
    envelope = least();
    envelope.headers[0].kind = HF_HEADER_OTHER;
    assert_refused(&envelope, HF_ERR_INVALID, "hf-status");
}

static void an_exit_code_of_none_may_be_said_or_left_out(void **state)
{
    (void)state;
    struct hf_envelope envelope = least();
    hf_envelope_add_number(&envelope, "hf-exit", -1);
    struct hf_result result;
    assert_int_equal(hf_result_decode(&envelope, &result, NULL), HF_ERR_OK);
    assert_int_equal(result.exit_code, -1);
}

static void numbers_outside_their_range_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t number;
    } BAD[] = {{"hf-attempt", -1},     {"hf-attempt", HF_ATTEMPTS_MAX + 1},
               {"hf-exit", -2},        {"hf-exit", 256},
               {"hf-signal", -1},      {"hf-signal", 128},
               {"hf-started-ms", -1},  {"hf-started-ms", HF_UNIX_MS_MAX + 1},
               {"hf-duration-ms", -1}, {"hf-peak-kb", HF_NUMBER_EXACT_MAX + 1},
               {"hf-cpu-ms", -1}};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct hf_envelope envelope = least();
        hf_envelope_add_number(&envelope, BAD[i].name, BAD[i].number);
        assert_refused(&envelope, HF_ERR_INVALID, BAD[i].name);
    }
}

static void a_long_reason_loses_its_end_and_a_long_log_its_beginning(void **state)
{
    (void)state;
    char text[HF_LOG_TAIL_MAX + 100];
    memset(text, 'm', sizeof text);
    text[0] = 'a';
    text[sizeof text - 1] = 'z';
    struct hf_str view = {text, sizeof text};
    struct hf_envelope envelope = least();
    hf_envelope_add_text(&envelope, "hf-reason", view);
    hf_envelope_add_text(&envelope, "hf-log-tail", view);
    struct hf_result result;
    assert_int_equal(hf_result_decode(&envelope, &result, NULL), HF_ERR_OK);
    assert_int_equal(strlen(result.reason), HF_REASON_MAX);
    assert_int_equal(result.reason[0], 'a');
    assert_int_equal(strlen(result.log_tail), HF_LOG_TAIL_MAX);
    assert_int_equal(result.log_tail[HF_LOG_TAIL_MAX - 1], 'z');
}

static void foreign_bytes_in_reason_and_log_are_made_fit_to_show(void **state)
{
    (void)state;
    struct hf_str log = {"a\0b\n\x1B[31m\xFF", 10};
    struct hf_envelope envelope = least();
    hf_envelope_add_text(&envelope, "hf-reason", hf_str("no\nway\x1B"));
    hf_envelope_add_text(&envelope, "hf-log-tail", log);
    struct hf_result result;
    assert_int_equal(hf_result_decode(&envelope, &result, NULL), HF_ERR_OK);
    assert_string_equal(result.reason, "no?way?");
    assert_string_equal(result.log_tail, "a?b\n?[31m?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_reads_back),
        cmocka_unit_test(a_text_that_is_no_status_leaves_it_untouched),
        cmocka_unit_test(what_is_encoded_is_decoded_the_same),
        cmocka_unit_test(a_result_needs_only_ids_and_status),
        cmocka_unit_test(fields_at_their_default_are_left_out),
        cmocka_unit_test(a_refusal_without_an_id_goes_out_as_unreadable),
        cmocka_unit_test(a_result_without_a_sender_is_refused),
        cmocka_unit_test(a_result_of_a_sender_that_is_no_board_is_refused),
        cmocka_unit_test(a_result_without_a_task_or_status_is_refused),
        cmocka_unit_test(values_of_another_form_are_refused),
        cmocka_unit_test(an_exit_code_of_none_may_be_said_or_left_out),
        cmocka_unit_test(numbers_outside_their_range_are_refused_by_name),
        cmocka_unit_test(a_long_reason_loses_its_end_and_a_long_log_its_beginning),
        cmocka_unit_test(foreign_bytes_in_reason_and_log_are_made_fit_to_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
