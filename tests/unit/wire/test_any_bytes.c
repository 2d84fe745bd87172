#include "../cmocka_all.h"
#include "wire/control.h"
#include "wire/event.h"
#include "wire/ident.h"
#include "wire/json.h"
#include "wire/result.h"
#include "wire/task.h"
#include "wire/utf8.h"

#include <stdlib.h>
#include <string.h>

/*
 * Whatever bytes come, every decoder gives a value that keeps its promises, or an error with a
 * text. Input lies in heap blocks of exactly its size, so that the sanitizers see one byte too
 * many.
 */

#define ROUNDS    20000
#define INPUT_MAX 300

static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static uint32_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32);
}

static uint32_t below(uint32_t limit)
{
    return next_random() % limit;
}

static const char *const SAMPLES[] = {
    "{\"task_id\": 1, \"data\": \"Hello World!\"}",
    "{\"task_id\":\"t-1\",\"type\":\"sha256\",\"data\":{\"a\":[1,2.5e3,null,true,\"\\u20ac\"]}}",
    "{\"event\":\"presence\",\"state\":\"idle\",\"version\":\"0.1.0\",\"board\":\"pi\",\"task\":"
    "\"t\","
    "\"uptime_s\":1,\"rss_kb\":2,\"done\":3,\"failed\":4,\"reconnects\":5}",
    "{\"event\":\"progress\",\"task\":\"t-1\",\"attempt\":1,\"percent\":50,\"note\":"
    "\"\\ud83d\\udc07\"}",
    "{\"event\":\"facts\",\"arch\":\"armv6l\",\"cores\":1,\"labels\":[\"a\",\"b=c\"],"
    "\"handlers\":[\"echo\"],\"limits\":[\"rlimit\"]}",
    "{\"event\":\"log\",\"task\":\"t-1\",\"attempt\":1,\"skipped_bytes\":7,\"text\":\"a\\nb\"}",
    "{\"event\":\"answer\",\"id\":\"c-1\",\"ok\":true,\"text\":\"running\"}",
    "{\"command\":\"cancel\",\"id\":\"c-1\",\"time\":1769860800000,\"task\":\"t-1\"}",
    "{\"command\":\"logs\",\"id\":\"c-1\",\"time\":1769860800000,\"task\":\"t-1\",\"on\":true}",
    "{\"command\":\"drain\",\"id\":\"c-1\",\"time\":1769860800000}",
};
static const char *const TEXTS[] = {"t-1",
                                    "board-01",
                                    "sha256",
                                    "done",
                                    "retry",
                                    "manager",
                                    "5",
                                    "-1",
                                    "9223372036854775808",
                                    "../x",
                                    "\xC3\xA4",
                                    "\xFF\xFE",
                                    "0190a5c2-7b3e-7c11-8f00-0123456789ab"};
static const char *const NAMES[] = {
    "hf-attempt", "hf-max-attempts", "hf-timeout-ms", "hf-not-after",   "hf-status",
    "hf-exit",    "hf-signal",       "hf-started-ms", "hf-duration-ms", "hf-peak-kb",
    "hf-cpu-ms",  "hf-reason",       "hf-log-tail",   "x-death"};
static const char *const STATUSES[] = {"done", "retry", "refused", "Done", ""};
static const int64_t NUMBERS[] = {INT64_MIN, -1, 0, 1, 5, 255, 1000, INT64_C(1700000000000),
                                  INT64_MAX};

#define PICK(array) (array)[below(sizeof(array) / sizeof *(array))]

/* A block that the caller frees. */
static struct hf_str random_bytes(size_t max)
{
    size_t len = below((uint32_t)max + 1);
    char *data = malloc(len ? len : 1);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)next_random();
    struct hf_str view = {data, len};
    return view;
}

/* A sample that is cut off, or has some bytes changed, or both. The caller frees it. */
static struct hf_str damaged_sample(void)
{
    const char *sample = PICK(SAMPLES);
    size_t len = strlen(sample);
    if (below(2))
        len = below((uint32_t)len + 1);
    char *data = malloc(len ? len : 1);
    assert_non_null(data);
    memcpy(data, sample, len);
    for (uint32_t changes = below(4); changes > 0 && len > 0; changes--)
        data[below((uint32_t)len)] = below(2) ? (char)next_random() : "{}[]\":,\\u0"[below(10)];
    struct hf_str view = {data, len};
    return view;
}

static struct hf_str random_body(void)
{
    return below(4) ? damaged_sample() : random_bytes(INPUT_MAX);
}

/* Room for the texts of one envelope; each a block of its own. */
struct texts {
    char *blocks[5 + 2 * HF_ENVELOPE_HEADERS_MAX];
    size_t count;
};

static struct hf_str random_text(struct texts *texts)
{
    struct hf_str text;
    if (below(3)) {
        text = hf_str(PICK(TEXTS));
        char *copy = malloc(text.len);
        assert_non_null(copy);
        memcpy(copy, text.data, text.len);
        text.data = copy;
    } else {
        text = random_bytes(below(20) ? 80 : 3000);
    }
    texts->blocks[texts->count++] = (char *)text.data;
    return text;
}

static void fill_envelope(struct hf_envelope *envelope, struct texts *texts)
{
    memset(envelope, 0, sizeof *envelope);
    struct hf_str *fields[] = {&envelope->message_id, &envelope->correlation_id, &envelope->type,
                               &envelope->user_id, &envelope->content_type};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (below(4))
            *fields[i] = random_text(texts);
    }
    envelope->priority = (uint8_t)next_random();
    if (below(2))
        hf_envelope_add_text(envelope, "hf-status", hf_str(PICK(STATUSES)));
    uint32_t most = below(2) ? 3 : HF_ENVELOPE_HEADERS_MAX;
    for (uint32_t count = below(most + 1); count > 0; count--) {
        if (below(2))
            hf_envelope_add_number(envelope, PICK(NAMES), PICK(NUMBERS));
        else
            hf_envelope_add_text(envelope, PICK(NAMES), random_text(texts));
    }
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->blocks[i]);
    texts->count = 0;
}

static void check_fault(enum hf_err err, const struct hf_fault *fault)
{
    assert_true(err < HF_ERR_OK);
    assert_int_equal(fault->err, err);
    assert_true(strlen(fault->text) > 0);
    assert_true(hf_utf8_valid(hf_str(fault->text)));
}

static void check_task(enum hf_err err, const struct hf_task *task, const struct hf_fault *fault)
{
    assert_true(task->id[0] == '\0' || hf_id_valid(hf_str(task->id)));
    assert_true(task->job[0] == '\0' || hf_id_valid(hf_str(task->job)));
    if (err != HF_ERR_OK) {
        check_fault(err, fault);
        return;
    }
    assert_true(task->id[0] != '\0');
    assert_true(task->handler[0] == '\0' || hf_handler_name_valid(hf_str(task->handler)));
    assert_in_range(task->attempt, 1, HF_ATTEMPTS_MAX);
    assert_in_range(task->max_attempts, 1, HF_ATTEMPTS_MAX);
    assert_true(task->timeout_ms >= 0 && task->timeout_ms <= HF_TIMEOUT_MS_MAX);
    assert_true(task->not_after_ms == 0 || task->not_after_ms >= HF_NOT_AFTER_MS_MIN);
}

static void any_envelope_gives_a_valid_task_or_an_error(void **state)
{
    (void)state;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct texts texts = {0};
        struct hf_envelope envelope;
        struct hf_task task;
        struct hf_fault fault = {0};
        fill_envelope(&envelope, &texts);
        enum hf_err err = hf_task_decode(&envelope, &task, &fault);
        check_task(err, &task, &fault);
        done += err == HF_ERR_OK;
        free_texts(&texts);
    }
    assert_in_range(done, 50, ROUNDS - 50);
}

static void any_envelope_gives_a_valid_result_or_an_error(void **state)
{
    (void)state;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct texts texts = {0};
        struct hf_envelope envelope;
        struct hf_result result;
        struct hf_fault fault = {0};
        fill_envelope(&envelope, &texts);
        enum hf_err err = hf_result_decode(&envelope, &result, &fault);
        free_texts(&texts);
        if (err != HF_ERR_OK) {
            check_fault(err, &fault);
            continue;
        }
        done++;
        assert_true(hf_id_valid(hf_str(result.id)));
        assert_true(hf_name_valid(hf_str(result.board)));
        assert_true(hf_utf8_valid(hf_str(result.reason)));
        assert_true(hf_utf8_valid(hf_str(result.log_tail)));
    }
    assert_in_range(done, 20, ROUNDS - 50);
}

static void any_body_gives_a_valid_plain_task_or_an_error(void **state)
{
    (void)state;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct hf_envelope envelope = {0};
        struct hf_task task;
        struct hf_fault fault = {0};
        char *payload = NULL;
        size_t len = 0;
        struct hf_str body = random_body();
        enum hf_err err =
            hf_task_decode_plain(&envelope, body.data, body.len, &task, &payload, &len, &fault);
        check_task(err, &task, &fault);
        assert_true((err == HF_ERR_OK) == (payload != NULL));
        assert_true(!payload || strlen(payload) == len);
        done += err == HF_ERR_OK;
        free(payload);
        free((char *)body.data);
    }
    assert_in_range(done, 50, ROUNDS - 50);
}

static void any_body_gives_a_valid_event_or_an_error(void **state)
{
    (void)state;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct hf_event event;
        struct hf_fault fault = {0};
        struct hf_str body = random_body();
        enum hf_err err = hf_event_decode(body.data, body.len, &event, &fault);
        free((char *)body.data);
        if (err != HF_ERR_OK) {
            check_fault(err, &fault);
            continue;
        }
        char text[HF_EVENT_BODY_MAX + 1];
        size_t len = 0;
        assert_int_equal(hf_event_encode(&event, text, sizeof text, &len), HF_ERR_OK);
        done++;
    }
    assert_in_range(done, 50, ROUNDS - 50);
}

static void every_cut_of_every_sample_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++) {
        for (size_t len = 0; len < strlen(SAMPLES[i]); len++) {
            char *body = malloc(len ? len : 1);
            assert_non_null(body);
            memcpy(body, SAMPLES[i], len);
            struct hf_json_field field = {.name = "task_id"};
            struct hf_str view = {body, len};
            assert_int_equal(hf_json_read(view, &field, 1, NULL), HF_ERR_MALFORMED);
            free(body);
        }
    }
}

static void any_body_gives_a_valid_command_or_an_error(void **state)
{
    (void)state;
    int done = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct hf_control control;
        struct hf_fault fault = {0};
        struct hf_str body = random_body();
        enum hf_err err = hf_control_decode(body.data, body.len, &control, &fault);
        free((char *)body.data);
        assert_true(control.id[0] == '\0' || hf_id_valid(hf_str(control.id)));
        assert_true(control.time_ms == 0 || control.time_ms >= HF_NOT_AFTER_MS_MIN);
        if (err != HF_ERR_OK) {
            check_fault(err, &fault);
            assert_true(control.task[0] == '\0' && control.job[0] == '\0' && !control.on);
            continue;
        }
        char text[HF_CONTROL_BODY_MAX + 1];
        size_t len = 0;
        assert_int_equal(hf_control_encode(&control, text, sizeof text, &len), HF_ERR_OK);
        done++;
    }
    assert_in_range(done, 50, ROUNDS - 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_envelope_gives_a_valid_task_or_an_error),
        cmocka_unit_test(any_envelope_gives_a_valid_result_or_an_error),
        cmocka_unit_test(any_body_gives_a_valid_plain_task_or_an_error),
        cmocka_unit_test(any_body_gives_a_valid_event_or_an_error),
        cmocka_unit_test(every_cut_of_every_sample_is_refused),
        cmocka_unit_test(any_body_gives_a_valid_command_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
