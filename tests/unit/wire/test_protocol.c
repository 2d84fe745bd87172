#include "../cmocka_all.h"
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
                                        HF_KEY_PRESENCE_PREFIX,
                                        HF_KEY_PROGRESS_PREFIX,
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
    assert_number_on_page(HF_ENVELOPE_HEADERS_MAX, "first %" PRId64 " headers");
    assert_number_on_page(HF_JSON_DEPTH_MAX, "at most %" PRId64 "\ndeep");
    assert_number_on_page(HF_ID_MAX, "| *id* | 1 to %" PRId64 " of");
    assert_number_on_page(HF_NAME_MAX - 1, "`[a-z0-9][a-z0-9-]{0,%" PRId64 "}`");
    assert_number_on_page(HF_ROUTE_MAX, "longer than %" PRId64 " bytes");
    assert_number_on_page(HF_PRESENCE_EVERY_MS / 1000, "at least every %" PRId64 " s");
    assert_on_page("`" HF_ID_UNREADABLE "`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_is_in_the_specification),
        cmocka_unit_test(every_exchange_queue_and_rung_is_in_the_specification),
        cmocka_unit_test(every_header_that_is_sent_is_in_the_specification),
        cmocka_unit_test(every_limit_is_in_the_specification),
    };
    return cmocka_run_group_tests(tests, read_page, free_page);
}
