#include "same.h"
#include "wire/event.h"
#include "wire/number.h"
#include "wire/task.h"

#include <stdlib.h>
#include <string.h>

static enum hf_err decode(const char *body, struct hf_event *event, struct hf_fault *fault)
{
    return hf_event_decode(body, strlen(body), event, fault);
}

static void assert_refused(const char *body, enum hf_err err, const char *why)
{
    struct hf_event event;
    struct hf_event zero;
    struct hf_fault fault = {0};
    memset(&zero, 0, sizeof zero);
    assert_int_equal(decode(body, &event, &fault), err);
    assert_memory_equal(&event, &zero, sizeof zero);
    if (!strstr(fault.text, why))
        fail_msg("%s: got \"%s\", wanted \"%s\"", body, fault.text, why);
}

static struct hf_event presence(void)
{
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_PRESENCE;
    struct hf_presence facts = {.version = "0.1.0",
                                .board = "raspberry-pi-zero",
                                .state = "busy",
                                .task = "t-1",
                                .uptime_s = INT64_C(1000000000000000),
                                .rss_kb = 380,
                                .done = HF_NUMBER_EXACT_MAX,
                                .failed = 2,
                                .reconnects = 1};
    event.presence = facts;
    return event;
}

static struct hf_event progress(void)
{
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_PROGRESS;
    struct hf_progress facts = {.task = "t-1", .attempt = 2, .percent = 40, .note = "4 of 10"};
    event.progress = facts;
    return event;
}

static void assert_round_trip(const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_event back;
    assert_int_equal(hf_event_encode(event, body, sizeof body, &len), HF_ERR_OK);
    assert_int_equal(len, strlen(body));
    assert_int_equal(hf_event_decode(body, len, &back, NULL), HF_ERR_OK);
    assert_int_equal(back.kind, event->kind);
    if (event->kind == HF_EVENT_PRESENCE)
        assert_same_presence(&event->presence, &back.presence);
    else
        assert_same_progress(&event->progress, &back.progress);
}

static void a_presence_reads_back_with_large_round_numbers(void **state)
{
    (void)state;
    struct hf_event event = presence();
    assert_round_trip(&event);
}

static void a_progress_reads_back(void **state)
{
    (void)state;
    struct hf_event event = progress();
    assert_round_trip(&event);
}

static void the_largest_event_fits_the_limit(void **state)
{
    (void)state;
    struct hf_event event = progress();
    memset(event.progress.task, 'x', HF_ID_MAX);
    memset(event.progress.note, '"', HF_EVENT_NOTE_MAX);
    assert_round_trip(&event);
    event = presence();
    memset(event.presence.version, '\\', HF_VERSION_MAX);
    memset(event.presence.board, 'x', HF_NAME_MAX);
    memset(event.presence.task, 'x', HF_ID_MAX);
    assert_round_trip(&event);
}

static void the_json_is_what_the_specification_shows(void **state)
{
    (void)state;
    struct hf_event event = progress();
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_string_equal(body, "{\"event\":\"progress\",\"task\":\"t-1\",\"attempt\":2,"
                              "\"percent\":40,\"note\":\"4 of 10\"}");
}

static void room_that_is_too_small_is_an_error_and_not_overrun(void **state)
{
    (void)state;
    struct hf_event event = progress();
    for (size_t size = 0; size < 40; size++) {
        char *body = malloc(size ? size : 1);
        assert_non_null(body);
        size_t len = 99;
        assert_int_equal(hf_event_encode(&event, body, size, &len), HF_ERR_TOO_LARGE);
        assert_int_equal(len, 99);
        free(body);
    }
}

static void a_note_of_foreign_bytes_still_gives_json(void **state)
{
    (void)state;
    struct hf_event event = progress();
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    memcpy(event.progress.note,
           "\xFF\x1B"
           "x",
           4);
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_int_equal(hf_event_decode(body, len, &event, NULL), HF_ERR_OK);
    assert_string_equal(event.progress.note, "??x");
}

static void a_number_out_of_range_is_not_sent(void **state)
{
    (void)state;
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_event event = progress();
    event.progress.percent = 101;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_INVALID);
    event = presence();
    event.presence.rss_kb = -1;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_INVALID);
}

static void a_presence_needs_only_its_state(void **state)
{
    (void)state;
    struct hf_event event;
    assert_int_equal(decode("{\"event\":\"presence\",\"state\":\"idle\"}", &event, NULL),
                     HF_ERR_OK);
    assert_string_equal(event.presence.state, "idle");
    assert_string_equal(event.presence.task, "");
    assert_true(event.presence.rss_kb == 0);
}

static void the_state_and_fields_of_a_newer_board_are_taken(void **state)
{
    (void)state;
    struct hf_event event;
    assert_int_equal(
        decode("{\"event\":\"presence\",\"state\":\"updating\",\"new\":{\"x\":[1]}}", &event, NULL),
        HF_ERR_OK);
    assert_string_equal(event.presence.state, "updating");
}

static void an_event_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_refused("", HF_ERR_MALFORMED, "empty");
    assert_refused("[]", HF_ERR_MALFORMED, "object");
    assert_refused("{}", HF_ERR_MISSING, "event");
    assert_refused("{\"event\":\"party\"}", HF_ERR_INVALID, "party");
    assert_refused("{\"event\":1}", HF_ERR_INVALID, "1");
    assert_refused("{\"event\":\"presence\",\"event\":\"progress\"}", HF_ERR_MALFORMED, "twice");
}

static void fields_out_of_form_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{\"event\":\"presence\"}", HF_ERR_MISSING, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"\"}", HF_ERR_INVALID, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"a b\"}", HF_ERR_INVALID, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":-1}", HF_ERR_INVALID,
                   "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":1.5}", HF_ERR_INVALID,
                   "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":9007199254740992}",
                   HF_ERR_INVALID, "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"board\":\"../x\"}", HF_ERR_INVALID,
                   "board");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1}", HF_ERR_MISSING,
                   "percent");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":0,\"percent\":1}",
                   HF_ERR_INVALID, "attempt");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1,\"percent\":101}",
                   HF_ERR_INVALID, "percent");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1,\"percent\":1,\"note\":1}",
                   HF_ERR_INVALID, "note");
}

static void an_event_over_the_limit_is_refused_unread(void **state)
{
    (void)state;
    char body[HF_EVENT_BODY_MAX + 2];
    memset(body, ' ', sizeof body);
    body[HF_EVENT_BODY_MAX + 1] = '\0';
    assert_refused(body, HF_ERR_TOO_LARGE, "2049");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_presence_reads_back_with_large_round_numbers),
        cmocka_unit_test(a_progress_reads_back),
        cmocka_unit_test(the_largest_event_fits_the_limit),
        cmocka_unit_test(the_json_is_what_the_specification_shows),
        cmocka_unit_test(room_that_is_too_small_is_an_error_and_not_overrun),
        cmocka_unit_test(a_note_of_foreign_bytes_still_gives_json),
        cmocka_unit_test(a_number_out_of_range_is_not_sent),
        cmocka_unit_test(a_presence_needs_only_its_state),
        cmocka_unit_test(the_state_and_fields_of_a_newer_board_are_taken),
        cmocka_unit_test(an_event_that_is_none_is_refused),
        cmocka_unit_test(fields_out_of_form_are_refused_by_name),
        cmocka_unit_test(an_event_over_the_limit_is_refused_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
