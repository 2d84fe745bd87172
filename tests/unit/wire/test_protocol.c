#include "../cmocka_all.h"
#include "wire/control.h"
#include "wire/event.h"
#include "wire/json.h"
#include "wire/number.h"
#include "wire/result.h"
#include "wire/task.h"
#include "wire/topology.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PROTOCOL.md against the code; run in the project's folder, as ctest does. */

#define PAGE_MAX 131072

static char *page;

static int read_page(void **state)
{
    (void)state;
    FILE *file = fopen("firmware/wire/PROTOCOL.md", "r");
    page = calloc(1, PAGE_MAX);
    size_t len = file && page ? fread(page, 1, PAGE_MAX - 1, file) : 0;
    if (file)
        (void)fclose(file);
    return len > 0 && len < PAGE_MAX - 1 ? 0 : -1;
}

static int free_page(void **state)
{
    (void)state;
    free(page);
    return 0;
}

static void assert_on_page(const char *text)
{
    if (!strstr(page, text))
        fail_msg("PROTOCOL.md does not say %s", text);
}

static void assert_number_on_page(int64_t number, const char *around)
{
    char text[80];
    (void)snprintf(text, sizeof text, around, number);
    assert_on_page(text);
}

static void every_status_is_in_the_specification(void **state)
{
    (void)state;
#define X(name, text) assert_on_page("| `" text "` |");
    HF_STATUS_LIST(X)
#undef X
}

static void every_exchange_queue_and_rung_is_in_the_specification(void **state)
{
    (void)state;
    static const char *const NAMES[] = {HF_EXCHANGE_TASKS,
                                        HF_EXCHANGE_RESULTS,
                                        HF_EXCHANGE_EVENTS,
                                        HF_EXCHANGE_CONTROL,
                                        HF_EXCHANGE_DEAD,
                                        HF_QUEUE_RESULTS,
                                        HF_QUEUE_EVENTS,
                                        HF_QUEUE_DEAD,
                                        HF_QUEUE_TASKS_PREFIX,
                                        HF_QUEUE_DEVICE_PREFIX,
                                        HF_QUEUE_CONTROL_PREFIX,
                                        HF_QUEUE_RETRY_PREFIX,
                                        HF_KEY_RESULT_PREFIX,
                                        HF_KEY_POOL_PREFIX,
                                        HF_KEY_ALL,
                                        HF_KEY_DEVICE_PREFIX,
                                        HF_VHOST,
                                        HF_EXCHANGE_RETRY_PREFIX};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char text[HF_ROUTE_MAX + 1];
        (void)snprintf(text, sizeof text, "`%s", NAMES[i]);
        assert_on_page(text);
    }
#define X(name, seconds) assert_on_page("." name "`");
    HF_RETRY_RUNGS(X)
#undef X
}

static void every_header_that_is_sent_is_in_the_specification(void **state)
{
    (void)state;
    struct hf_envelope sent[2];
    struct hf_task task = {.attempt = 2, .max_attempts = 2, .timeout_ms = 1, .not_after_ms = 1};
    struct hf_result result = {.attempt = 1,
                               .exit_code = 1,
                               .signal = 1,
                               .started_ms = 1,
                               .duration_ms = 1,
                               .peak_kb = 1,
                               .cpu_ms = 1,
                               .reason = "r",
                               .log_tail = "l"};
    hf_task_encode(&task, &sent[0]);
    hf_result_encode(&result, &sent[1]);
    assert_int_equal(sent[0].header_count, 4);
    assert_int_equal(sent[1].header_count, 10);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < sent[i].header_count; j++) {
            char text[40];
            (void)snprintf(text, sizeof text, "| header `%s` |", sent[i].headers[j].name.data);
            assert_on_page(text);
        }
    }
}

static void every_limit_is_in_the_specification(void **state)
{
    (void)state;
    assert_number_on_page(HF_ATTEMPTS_MAX, "1 to %" PRId64);
    assert_number_on_page(HF_ATTEMPTS_DEFAULT, "`hf-max-attempts` | number | %" PRId64 " |");
    assert_number_on_page(HF_TIMEOUT_MS_MAX, "0 to %" PRId64 " (7 days)");
    assert_number_on_page(HF_NOT_AFTER_MS_MIN, "0, or %" PRId64);
    assert_number_on_page(HF_UNIX_MS_MAX, "to %" PRId64 " (9999)");
    assert_number_on_page(HF_SENDER_MAX, "%" PRId64 " bytes, UTF-8");
    assert_number_on_page(HF_PLAIN_BODY_MAX, "at most %" PRId64 " bytes");
    assert_number_on_page(HF_REASON_MAX, "| %" PRId64 " bytes | cut at its end");
    assert_number_on_page(HF_LOG_TAIL_MAX, "| %" PRId64 " bytes | cut at its beginning");
    assert_number_on_page(HF_EVENT_BODY_MAX, "JSON of at most %" PRId64 " bytes");
    assert_number_on_page(HF_EVENT_NOTE_MAX, "at most %" PRId64 " bytes, for a person");
    assert_number_on_page(HF_VERSION_MAX, "of the worker, at most %" PRId64 " bytes");
    assert_number_on_page(HF_KERNEL_MAX, "its release, at most %" PRId64 " bytes");
    assert_number_on_page(HF_EVENT_LOG_MAX, "at most %" PRId64 " bytes; begins and ends");
    assert_number_on_page(HF_FAULT_TEXT_MAX, "at most %" PRId64 " bytes, for a person: why not");
    assert_number_on_page(HF_LABELS_MAX, "from the board's configuration; at most %" PRId64 " |");
    assert_number_on_page(HF_HANDLERS_MAX, "or as programs; at most %" PRId64 " |");
    assert_number_on_page(HF_GUARDS_MAX, "on this board, at most %" PRId64 ":");
    assert_number_on_page(HF_THROTTLED_MAX, "0 to %" PRId64 "; see below");
    assert_number_on_page(HF_CONTROL_BODY_MAX, "JSON of at most %" PRId64 " bytes, published to");
    assert_number_on_page(HF_NOT_AFTER_MS_MIN, "when it sent this; %" PRId64 " (2001)");
    assert_number_on_page(HF_ENVELOPE_HEADERS_MAX, "first %" PRId64 " headers");
    assert_number_on_page(HF_JSON_DEPTH_MAX, "at most %" PRId64 "\ndeep");
    assert_number_on_page(HF_ID_MAX, "| *id* | 1 to %" PRId64 " of");
    assert_number_on_page(HF_NAME_MAX - 1, "`[a-z0-9][a-z0-9-]{0,%" PRId64 "}`");
    assert_number_on_page(HF_ROUTE_MAX, "longer than %" PRId64 " bytes");
    assert_number_on_page(HF_PRESENCE_EVERY_MS / 1000, "at least every %" PRId64 " s");
    assert_on_page("`" HF_ID_UNREADABLE "`");
}

static void every_event_and_its_key_is_in_the_specification(void **state)
{
    (void)state;
#define X(name, text)                                                                              \
    assert_on_page("| `event` | text | required | `" text "` |");                                  \
    assert_on_page(", key `" text ".<board>`");
    HF_EVENT_LIST(X)
#undef X
}

static void every_command_is_in_the_specification(void **state)
{
    (void)state;
#define X(name, text) assert_on_page("| `" text "` |");
    HF_CONTROL_LIST(X)
#undef X
}

/* The JSON on the page that begins with `begin`, up to the end of its block. */
static struct hf_str example(const char *begin, char *room, size_t size)
{
    struct hf_str text = {room, 0};
    const char *at = strstr(page, begin);
    assert_non_null(at);
    const char *end = strstr(at, "```");
    assert_non_null(end);
    text.len = (size_t)(end - at);
    assert_true(text.len < size);
    memcpy(room, at, text.len);
    return text;
}

static void every_example_of_an_event_is_one_and_shows_all_its_fields(void **state)
{
    (void)state;
    static const char *const BEGINS[] = {
#define X(name, text) "{\"event\":\"" text "\"",
        HF_EVENT_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof BEGINS / sizeof *BEGINS; i++) {
        char room[HF_EVENT_BODY_MAX], body[HF_EVENT_BODY_MAX + 1];
        size_t len = 0;
        struct hf_event event;
        const struct hf_str text = example(BEGINS[i], room, sizeof room);
        assert_int_equal(hf_event_decode(text.data, text.len, &event, NULL), HF_ERR_OK);
        assert_int_equal(event.kind, i);
        assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
        size_t fields = 0, shown = 0;
        for (size_t at = 0; at < len; at++)
            fields += body[at] == ':';
        for (size_t at = 0; at < text.len; at++)
            shown += text.data[at] == ':';
        assert_int_equal(shown, fields);
    }
}

static void the_example_of_a_command_is_one(void **state)
{
    (void)state;
    char room[HF_CONTROL_BODY_MAX];
    struct hf_control control;
    const struct hf_str text = example("{\"command\"", room, sizeof room);
    assert_int_equal(hf_control_decode(text.data, text.len, &control, NULL), HF_ERR_OK);
    assert_int_equal(control.kind, HF_CONTROL_CANCEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_is_in_the_specification),
        cmocka_unit_test(every_exchange_queue_and_rung_is_in_the_specification),
        cmocka_unit_test(every_header_that_is_sent_is_in_the_specification),
        cmocka_unit_test(every_limit_is_in_the_specification),
        cmocka_unit_test(every_event_and_its_key_is_in_the_specification),
        cmocka_unit_test(every_command_is_in_the_specification),
        cmocka_unit_test(every_example_of_an_event_is_one_and_shows_all_its_fields),
        cmocka_unit_test(the_example_of_a_command_is_one),
    };
    return cmocka_run_group_tests(tests, read_page, free_page);
}
