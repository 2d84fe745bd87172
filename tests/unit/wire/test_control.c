#include "../cmocka_all.h"
#include "wire/control.h"
#include "wire/number.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1769860800000)
#define NOW    "1769860800000"

static void assert_round_trip(const struct hf_control *control)
{
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    struct hf_control back;
    assert_int_equal(hf_control_encode(control, body, sizeof body, &len), HF_ERR_OK);
    assert_int_equal(len, strlen(body));
    assert_int_equal(hf_control_decode(body, len, &back, NULL), HF_ERR_OK);
    assert_int_equal(back.kind, control->kind);
    assert_string_equal(back.id, control->id);
    assert_true(back.time_ms == control->time_ms);
    assert_string_equal(back.task, control->task);
    assert_string_equal(back.job, control->job);
    assert_int_equal(back.on, control->on);
}

static void every_command_reads_back(void **state)
{
    (void)state;
#define X(name, text)                                                                              \
    if (HF_CONTROL_##name != HF_CONTROL_CANCEL && HF_CONTROL_##name != HF_CONTROL_LOGS) {          \
        struct hf_control control = {.kind = HF_CONTROL_##name, .id = "c-1", .time_ms = NOW_MS};   \
        assert_round_trip(&control);                                                               \
        assert_string_equal(hf_control_text(HF_CONTROL_##name), text);                             \
    }
    HF_CONTROL_LIST(X)
#undef X
    struct hf_control cancel = {
        .kind = HF_CONTROL_CANCEL, .id = "c-2", .time_ms = NOW_MS, .task = "t-1", .attempt = 1000};
    assert_round_trip(&cancel);
    struct hf_control job = {.kind = HF_CONTROL_CANCEL, .id = "c-3", .time_ms = NOW_MS, .job = "j"};
    assert_round_trip(&job);
    struct hf_control logs = {
        .kind = HF_CONTROL_LOGS, .id = "c-4", .time_ms = NOW_MS, .task = "t-1", .on = true};
    assert_round_trip(&logs);
    logs.on = false;
    assert_round_trip(&logs);
    assert_null(hf_control_text((enum hf_control_kind)99));
}

static void the_json_is_what_the_specification_shows(void **state)
{
    (void)state;
    struct hf_control cancel = {
        .kind = HF_CONTROL_CANCEL, .id = "c-1", .time_ms = NOW_MS, .task = "42", .attempt = 2};
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    assert_int_equal(hf_control_encode(&cancel, body, sizeof body, &len), HF_ERR_OK);
    assert_string_equal(body, "{\"command\":\"cancel\",\"id\":\"c-1\",\"time\":" NOW
                              ",\"task\":\"42\",\"attempt\":2}");
}

static void what_a_reader_would_refuse_is_not_sent(void **state)
{
    (void)state;
    char body[HF_CONTROL_BODY_MAX + 1];
    size_t len = 0;
    const struct hf_control bad[] = {
        {.kind = HF_CONTROL_PING, .time_ms = NOW_MS},
        {.kind = HF_CONTROL_PING, .id = "-c", .time_ms = NOW_MS},
        {.kind = HF_CONTROL_PING, .id = "c"},
        {.kind = HF_CONTROL_PING, .id = "c", .time_ms = NOW_MS / 1000},
        {.kind = HF_CONTROL_CANCEL, .id = "c", .time_ms = NOW_MS},
        {.kind = HF_CONTROL_CANCEL, .id = "c", .time_ms = NOW_MS, .task = "t", .job = "j"},
        {.kind = HF_CONTROL_CANCEL, .id = "c", .time_ms = NOW_MS, .task = "a b"},
        {.kind = HF_CONTROL_LOGS, .id = "c", .time_ms = NOW_MS, .on = true},
        {.kind = (enum hf_control_kind)99, .id = "c", .time_ms = NOW_MS},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hf_control_encode(&bad[i], body, sizeof body, &len), HF_ERR_INVALID);
}

static void room_that_is_too_small_is_an_error_and_not_overrun(void **state)
{
    (void)state;
    struct hf_control ping = {.kind = HF_CONTROL_PING, .id = "c-1", .time_ms = NOW_MS};
    for (size_t size = 0; size < 40; size++) {
        char *body = malloc(size ? size : 1);
        assert_non_null(body);
        size_t len = 99;
        assert_int_equal(hf_control_encode(&ping, body, size, &len), HF_ERR_TOO_LARGE);
        assert_int_equal(len, 99);
        free(body);
    }
}

static void assert_refused(const char *body, enum hf_err err, const char *id, const char *why)
{
    struct hf_control control;
    struct hf_fault fault = {0};
    assert_int_equal(hf_control_decode(body, strlen(body), &control, &fault), err);
    assert_string_equal(control.id, id);
    assert_string_equal(control.task, "");
    assert_string_equal(control.job, "");
    assert_false(control.on);
    if (!strstr(fault.text, why))
        fail_msg("%s: got \"%s\", wanted \"%s\"", body, fault.text, why);
}

static void an_unknown_command_keeps_its_id_for_the_answer_and_its_time(void **state)
{
    (void)state;
    struct hf_control control;
    struct hf_fault fault = {0};
    static const char BODY[] = "{\"command\":\"dance\",\"id\":\"c-9\",\"time\":" NOW "}";
    assert_int_equal(hf_control_decode(BODY, strlen(BODY), &control, &fault), HF_ERR_NOT_FOUND);
    assert_string_equal(control.id, "c-9");
    assert_true(control.time_ms == NOW_MS);
    assert_string_equal(fault.text, "no such command here: \"dance\"; this board knows cancel ping "
                                    "drain resume reload time logs");
}

static void fields_out_of_form_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{\"id\":\"c\",\"time\":" NOW "}", HF_ERR_MISSING, "c", "command");
    assert_refused("{\"command\":7,\"id\":\"c\",\"time\":" NOW "}", HF_ERR_INVALID, "c", "command");
    assert_refused("{\"command\":\"ping\",\"time\":" NOW "}", HF_ERR_MISSING, "", "\"id\"");
    assert_refused("{\"command\":\"ping\",\"id\":\"a b\",\"time\":" NOW "}", HF_ERR_INVALID, "",
                   "a b");
    assert_refused("{\"command\":\"ping\",\"id\":\"c\"}", HF_ERR_MISSING, "c", "\"time\"");
    assert_refused("{\"command\":\"ping\",\"id\":\"c\",\"time\":1769860800}", HF_ERR_INVALID, "c",
                   "1769860800: wanted a whole number from 1000000000000");
    assert_refused("{\"command\":\"logs\",\"id\":\"c\",\"time\":" NOW ",\"task\":\"t\"}",
                   HF_ERR_MISSING, "c", "\"on\"");
    assert_refused("{\"command\":\"logs\",\"id\":\"c\",\"time\":" NOW ",\"on\":true}",
                   HF_ERR_MISSING, "c", "\"task\"");
    assert_refused("{\"command\":\"logs\",\"id\":\"c\",\"time\":" NOW ",\"task\":\"t\",\"on\":1}",
                   HF_ERR_INVALID, "c", "true or false");
    assert_refused("{\"command\":\"ping\",\"id\":\"c\",\"id\":\"d\",\"time\":" NOW "}",
                   HF_ERR_MALFORMED, "", "twice");
    assert_refused("[]", HF_ERR_MALFORMED, "", "object");
    assert_refused("", HF_ERR_MALFORMED, "", "empty");
}

static void a_cancel_names_a_task_or_a_job_and_not_both(void **state)
{
    (void)state;
    assert_refused("{\"command\":\"cancel\",\"id\":\"c\",\"time\":" NOW "}", HF_ERR_MISSING, "c",
                   "neither");
    assert_refused("{\"command\":\"cancel\",\"id\":\"c\",\"time\":" NOW
                   ",\"task\":\"t\",\"job\":\"j\"}",
                   HF_ERR_INVALID, "c", "both");
}

static void fields_of_a_newer_manager_are_ignored(void **state)
{
    (void)state;
    struct hf_control control;
    static const char BODY[] =
        "{\"command\":\"ping\",\"id\":\"c\",\"time\":" NOW ",\"task\":[1,2],\"deep\":{\"x\":[]}}";
    assert_int_equal(hf_control_decode(BODY, strlen(BODY), &control, NULL), HF_ERR_OK);
    assert_string_equal(control.task, "");
}

static void a_command_over_the_limit_is_refused_unread(void **state)
{
    (void)state;
    char body[HF_CONTROL_BODY_MAX + 2];
    memset(body, ' ', sizeof body);
    body[HF_CONTROL_BODY_MAX + 1] = '\0';
    assert_refused(body, HF_ERR_TOO_LARGE, "", "1025");
}

static void the_largest_command_fits_the_limit(void **state)
{
    (void)state;
    struct hf_control logs = {.kind = HF_CONTROL_LOGS, .time_ms = HF_UNIX_MS_MAX, .on = true};
    memset(logs.id, 'x', HF_ID_MAX);
    memset(logs.task, 'x', HF_ID_MAX);
    assert_round_trip(&logs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_reads_back),
        cmocka_unit_test(the_json_is_what_the_specification_shows),
        cmocka_unit_test(what_a_reader_would_refuse_is_not_sent),
        cmocka_unit_test(room_that_is_too_small_is_an_error_and_not_overrun),
        cmocka_unit_test(an_unknown_command_keeps_its_id_for_the_answer_and_its_time),
        cmocka_unit_test(fields_out_of_form_are_refused_by_name),
        cmocka_unit_test(a_cancel_names_a_task_or_a_job_and_not_both),
        cmocka_unit_test(fields_of_a_newer_manager_are_ignored),
        cmocka_unit_test(a_command_over_the_limit_is_refused_unread),
        cmocka_unit_test(the_largest_command_fits_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
