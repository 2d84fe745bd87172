#ifndef HF_TESTS_WIRE_SAME_H
#define HF_TESTS_WIRE_SAME_H

#include "../cmocka_all.h"
#include "wire/event.h"
#include "wire/result.h"
#include "wire/task.h"

/* Field by field: the padding of a struct is nobody's promise. */

static inline void assert_same_task(const struct hf_task *a, const struct hf_task *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->job, b->job);
    assert_string_equal(a->handler, b->handler);
    assert_string_equal(a->sender, b->sender);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->max_attempts, b->max_attempts);
    assert_true(a->timeout_ms == b->timeout_ms);
    assert_true(a->not_after_ms == b->not_after_ms);
    assert_int_equal(a->priority, b->priority);
    assert_int_equal(a->plain, b->plain);
}

static inline void assert_same_result(const struct hf_result *a, const struct hf_result *b)
{
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->job, b->job);
    assert_string_equal(a->board, b->board);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->exit_code, b->exit_code);
    assert_int_equal(a->signal, b->signal);
    assert_true(a->started_ms == b->started_ms);
    assert_true(a->duration_ms == b->duration_ms);
    assert_true(a->peak_kb == b->peak_kb);
    assert_true(a->cpu_ms == b->cpu_ms);
    assert_string_equal(a->reason, b->reason);
    assert_string_equal(a->log_tail, b->log_tail);
}

static inline void assert_same_gauge(struct hf_gauge a, struct hf_gauge b)
{
    assert_int_equal(a.known, b.known);
    assert_true(a.value == b.value);
}

static inline void assert_same_presence(const struct hf_presence *a, const struct hf_presence *b)
{
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->board, b->board);
    assert_string_equal(a->state, b->state);
    assert_string_equal(a->task, b->task);
    assert_true(a->uptime_s == b->uptime_s);
    assert_true(a->rss_kb == b->rss_kb);
    assert_true(a->done == b->done);
    assert_true(a->failed == b->failed);
    assert_true(a->reconnects == b->reconnects);
    assert_true(a->slots == b->slots);
    assert_true(a->busy == b->busy);
    assert_true(a->stored == b->stored);
    assert_same_gauge(a->machine_uptime_s, b->machine_uptime_s);
    assert_same_gauge(a->load_milli, b->load_milli);
    assert_same_gauge(a->memory_kb, b->memory_kb);
    assert_same_gauge(a->memory_free_kb, b->memory_free_kb);
    assert_same_gauge(a->disk_free_kb, b->disk_free_kb);
    assert_same_gauge(a->temperature_mc, b->temperature_mc);
    assert_same_gauge(a->throttled, b->throttled);
    assert_string_equal(a->tls, b->tls);
    assert_true(a->handshake_ms == b->handshake_ms);
    assert_int_equal(a->time_wanted, b->time_wanted);
}

static inline void assert_same_progress(const struct hf_progress *a, const struct hf_progress *b)
{
    assert_string_equal(a->task, b->task);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->percent, b->percent);
    assert_string_equal(a->note, b->note);
}

static inline void assert_same_facts(const struct hf_facts *a, const struct hf_facts *b)
{
    assert_string_equal(a->version, b->version);
    assert_string_equal(a->board, b->board);
    assert_string_equal(a->arch, b->arch);
    assert_string_equal(a->kernel, b->kernel);
    assert_same_gauge(a->cores, b->cores);
    assert_same_gauge(a->memory_kb, b->memory_kb);
    assert_true(a->handlers_more == b->handlers_more);
    assert_string_equal(a->labels, b->labels);
    assert_string_equal(a->handlers, b->handlers);
    assert_string_equal(a->limits, b->limits);
}

static inline void assert_same_log(const struct hf_log_piece *a, const struct hf_log_piece *b)
{
    assert_string_equal(a->task, b->task);
    assert_int_equal(a->attempt, b->attempt);
    assert_true(a->skipped_bytes == b->skipped_bytes);
    assert_string_equal(a->text, b->text);
}

static inline void assert_same_answer(const struct hf_answer *a, const struct hf_answer *b)
{
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->ok, b->ok);
    assert_string_equal(a->text, b->text);
}

#endif
