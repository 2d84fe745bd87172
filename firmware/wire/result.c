#include "wire/result.h"

#include "wire/number.h"
#include "wire/task.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <string.h>

static const char *const STATUS_TEXTS[] = {
#define X(name, text) [HF_STATUS_##name] = (text),
    HF_STATUS_LIST(X)
#undef X
};

#define STATUS_COUNT (sizeof STATUS_TEXTS / sizeof *STATUS_TEXTS)

const char *hf_status_text(enum hf_status status)
{
    return (size_t)status < STATUS_COUNT ? STATUS_TEXTS[status] : "?";
}

enum hf_err hf_status_parse(struct hf_str text, enum hf_status *out)
{
    for (size_t i = 0; i < STATUS_COUNT; i++) {
        if (!hf_str_equal(text, hf_str(STATUS_TEXTS[i])))
            continue;
        *out = (enum hf_status)i;
        return HF_ERR_OK;
    }
    return HF_ERR_INVALID;
}

static void put_number(struct hf_envelope *envelope, const char *name, int64_t number,
                       int64_t left_out)
{
    if (number != left_out)
        hf_envelope_add_number(envelope, name, number);
}

static void put_text(struct hf_envelope *envelope, const char *name, const char *text)
{
    if (text[0])
        hf_envelope_add_text(envelope, name, hf_str(text));
}

void hf_result_encode(const struct hf_result *result, struct hf_envelope *out)
{
    memset(out, 0, sizeof *out);
    out->message_id = hf_str(result->id[0] ? result->id : HF_ID_UNREADABLE);
    out->correlation_id = hf_str(result->job);
    out->user_id = hf_str(result->board);
    out->persistent = true;
    hf_envelope_add_text(out, "hf-status", hf_str(hf_status_text(result->status)));
    put_number(out, "hf-attempt", result->attempt, 0);
    put_number(out, "hf-exit", result->exit_code, -1);
    put_number(out, "hf-signal", result->signal, 0);
    put_number(out, "hf-started-ms", result->started_ms, 0);
    put_number(out, "hf-duration-ms", result->duration_ms, 0);
    put_number(out, "hf-peak-kb", result->peak_kb, 0);
    put_number(out, "hf-cpu-ms", result->cpu_ms, 0);
    put_text(out, "hf-reason", result->reason);
    put_text(out, "hf-log-tail", result->log_tail);
    put_text(out, HF_HEADER_SIGNATURE, result->signature);
}

static enum hf_err bad_text(struct hf_fault *fault, const char *field, struct hf_str value,
                            const char *wanted)
{
    if (value.len == 0)
        return hf_fault_set(fault, HF_ERR_MISSING, 0, "the result has no %s, wanted %s", field,
                            wanted);
    return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s of the result is \"%.*s\", wanted %s", field,
                        (int)(value.len > 80 ? 80 : value.len), value.data, wanted);
}

static enum hf_err read_identity(const struct hf_envelope *envelope, struct hf_result *result,
                                 struct hf_fault *fault)
{
    if (!hf_id_valid(envelope->message_id))
        return bad_text(fault, "message_id", envelope->message_id, "the task's id");
    if (!hf_name_valid(envelope->user_id))
        return bad_text(fault, "user_id", envelope->user_id, "the board's name");
    if (envelope->correlation_id.len > 0 && !hf_id_valid(envelope->correlation_id))
        return bad_text(fault, "correlation_id", envelope->correlation_id, "the job's id");
    hf_str_copy(result->id, sizeof result->id, envelope->message_id);
    hf_str_copy(result->board, sizeof result->board, envelope->user_id);
    hf_str_copy(result->job, sizeof result->job, envelope->correlation_id);
    return HF_ERR_OK;
}

/* A header that should be text, as text; empty when it is absent or of another kind. */
static struct hf_str text_of(const struct hf_envelope *envelope, const char *name)
{
    const struct hf_header *header = hf_envelope_find(envelope, name);
    return header && header->kind == HF_HEADER_TEXT ? header->text : hf_str(NULL);
}

static enum hf_err read_status(const struct hf_envelope *envelope, struct hf_result *result,
                               struct hf_fault *fault)
{
    const struct hf_header *header = hf_envelope_find(envelope, "hf-status");
    if (header && header->kind != HF_HEADER_TEXT)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "hf-status of the result is not text");
    struct hf_str text = text_of(envelope, "hf-status");
    if (hf_status_parse(text, &result->status) == HF_ERR_OK)
        return HF_ERR_OK;
    return bad_text(fault, "hf-status", text, "done, retry, failed, cancelled, expired or refused");
}

/* One numeric header: where it stands, its range, and what its absence means. */
struct number {
    const char *name;
    int64_t min, max, absent;
    int64_t value;
};

static enum hf_err read_number(const struct hf_envelope *envelope, struct number *number,
                               struct hf_fault *fault)
{
    number->value = number->absent;
    enum hf_err err =
        hf_envelope_number(envelope, number->name, number->min, number->max, &number->value);
    if (err == HF_ERR_OK || err == HF_ERR_NOT_FOUND)
        return HF_ERR_OK;
    return hf_fault_set(fault, err, 0,
                        "%s of the result is not a number from %" PRId64 " to %" PRId64,
                        number->name, number->min, number->max);
}

enum { ATTEMPT, EXIT, SIGNAL, STARTED, DURATION, PEAK, CPU, NUMBER_COUNT };

static enum hf_err read_numbers(const struct hf_envelope *envelope, struct hf_result *result,
                                struct hf_fault *fault)
{
    struct number numbers[NUMBER_COUNT] = {
        [ATTEMPT] = {"hf-attempt", 0, HF_ATTEMPTS_MAX, 0, 0},
        [EXIT] = {"hf-exit", -1, 255, -1, 0},
        [SIGNAL] = {"hf-signal", 0, 127, 0, 0},
        [STARTED] = {"hf-started-ms", 0, HF_UNIX_MS_MAX, 0, 0},
        [DURATION] = {"hf-duration-ms", 0, HF_NUMBER_EXACT_MAX, 0, 0},
        [PEAK] = {"hf-peak-kb", 0, HF_NUMBER_EXACT_MAX, 0, 0},
        [CPU] = {"hf-cpu-ms", 0, HF_NUMBER_EXACT_MAX, 0, 0},
    };
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        enum hf_err err = read_number(envelope, &numbers[i], fault);
        if (err != HF_ERR_OK)
            return err;
    }
    result->attempt = (uint32_t)numbers[ATTEMPT].value;
    result->exit_code = (int32_t)numbers[EXIT].value;
    result->signal = (int32_t)numbers[SIGNAL].value;
    result->started_ms = numbers[STARTED].value;
    result->duration_ms = numbers[DURATION].value;
    result->peak_kb = numbers[PEAK].value;
    result->cpu_ms = numbers[CPU].value;
    return HF_ERR_OK;
}

/* Foreign text made fit to be stored and shown; 0 bytes become '?'. */
static void take_text(char *to, struct hf_str from, bool keep_lines)
{
    for (size_t i = 0; i < from.len; i++)
        to[i] = from.data[i] ? from.data[i] : '?';
    to[from.len] = '\0';
    hf_utf8_clean(to, keep_lines);
}

enum hf_err hf_result_decode(const struct hf_envelope *envelope, struct hf_result *out,
                             struct hf_fault *fault)
{
    memset(out, 0, sizeof *out);
    enum hf_err err = read_identity(envelope, out, fault);
    if (err == HF_ERR_OK)
        err = read_status(envelope, out, fault);
    if (err == HF_ERR_OK)
        err = read_numbers(envelope, out, fault);
    if (err != HF_ERR_OK) {
        memset(out, 0, sizeof *out);
        return err;
    }
    take_text(out->reason, hf_utf8_head(text_of(envelope, "hf-reason"), HF_REASON_MAX), false);
    take_text(out->log_tail, hf_utf8_tail(text_of(envelope, "hf-log-tail"), HF_LOG_TAIL_MAX), true);
    hf_envelope_signature(envelope, out->signature);
    return HF_ERR_OK;
}
