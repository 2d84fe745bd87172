#ifndef TESTS_UNIT_WORKER_RESULTS_H
#define TESTS_UNIT_WORKER_RESULTS_H

/* Results and bodies that a test can make again from their number, to see whether they are whole.
 */

#include "../cmocka_all.h"
#include "wire/result.h"
#include "worker/spool.h"

#include <stdio.h>
#include <string.h>

/* Attempt 1 to 3 of "task-<number>". */
__attribute__((unused)) static struct hf_result result_of(unsigned number)
{
    struct hf_result result = {.board = "pi-1",
                               .status = number % 3 ? HF_STATUS_DONE : HF_STATUS_RETRY,
                               .attempt = 1 + number % 3,
                               .exit_code = number % 3 ? 0 : 75,
                               .started_ms = 1700000000000 + number,
                               .duration_ms = number,
                               .peak_kb = 1000 + number,
                               .cpu_ms = 2 * (int64_t)number};
    (void)snprintf(result.id, sizeof result.id, "task-%u", number);
    if (number % 2)
        (void)snprintf(result.job, sizeof result.job, "job-%u", number);
    if (number % 3 == 0)
        (void)snprintf(result.reason, sizeof result.reason, "exit 75 of %u", number);
    memset(result.log_tail, 'a' + (int)(number % 26), number * 97 % HF_LOG_TAIL_MAX);
    return result;
}

__attribute__((unused)) static bool result_same(const struct hf_result *a,
                                                const struct hf_result *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->job, b->job) == 0 &&
           strcmp(a->board, b->board) == 0 && a->status == b->status && a->attempt == b->attempt &&
           a->exit_code == b->exit_code && a->signal == b->signal &&
           a->started_ms == b->started_ms && a->duration_ms == b->duration_ms &&
           a->peak_kb == b->peak_kb && a->cpu_ms == b->cpu_ms &&
           strcmp(a->reason, b->reason) == 0 && strcmp(a->log_tail, b->log_tail) == 0 &&
           strcmp(a->signature, b->signature) == 0;
}

__attribute__((unused)) static char body_byte(unsigned number, uint64_t at)
{
    return (char)(number * 41 + at * 7 + at / 251);
}

/* Empty, small, of a page and a byte, of several pieces, by turns. */
__attribute__((unused)) static size_t body_bytes_of(unsigned number)
{
    static const size_t SIZES[] = {300, 0, 4097, 1, 20000};
    return SIZES[number % (sizeof SIZES / sizeof *SIZES)];
}

__attribute__((unused)) static void body_fill(struct hf_spool *spool, const char *where,
                                              unsigned number, uint64_t size)
{
    char piece[4096];
    assert_int_equal(hf_spool_open(spool, where, (int64_t)size, NULL), HF_ERR_OK);
    for (uint64_t at = 0; at < size;) {
        const size_t len = size - at < sizeof piece ? (size_t)(size - at) : sizeof piece;
        for (size_t i = 0; i < len; i++)
            piece[i] = body_byte(number, at + i);
        assert_int_equal(hf_spool_append(spool, piece, len, NULL), HF_ERR_OK);
        at += len;
    }
}

__attribute__((unused)) static bool body_same(const struct hf_spool *spool, unsigned number,
                                              uint64_t size)
{
    char piece[4096];
    if (size == 0)
        return spool->size_bytes == 0;
    if ((uint64_t)spool->size_bytes != size)
        return false;
    for (uint64_t at = 0; at < size;) {
        size_t got = 0;
        if (hf_spool_read(spool, (int64_t)at, piece, sizeof piece, &got, NULL) != HF_ERR_OK ||
            got == 0)
            return false;
        for (size_t i = 0; i < got; i++) {
            if (piece[i] != body_byte(number, at + i))
                return false;
        }
        at += got;
    }
    return true;
}

#endif
