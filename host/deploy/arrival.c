#include "deploy/arrival.h"

#include "broker/status.h"
#include "link/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct timespec PAUSE = {.tv_nsec = 500000000};

enum hf_err hf_arrival_look(const struct hf_broker_settings *settings, const char *board,
                            struct hf_arrival *out, struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    struct hf_broker_status status = {0};
    enum hf_err err = hf_management_open(settings, &management, fault);
    if (!err)
        err = hf_broker_status_read(management, &status, fault);
    hf_management_close(management);
    if (err)
        return err;
    *out = (struct hf_arrival){.since_s = 0};
    for (size_t i = 0; i < status.board_count; i++) {
        const struct hf_status_board *row = &status.boards[i];
        if (strcmp(row->name, board) != 0 || row->connected_at_s < out->since_s)
            continue;
        out->since_s = row->connected_at_s;
        (void)snprintf(out->address, sizeof out->address, "%s", row->address);
    }
    hf_broker_status_free(&status);
    return HF_ERR_OK;
}

static bool is_stopped(const struct hf_arrival_wait *wait, struct hf_fault *fault)
{
    if (!wait->stopped || !wait->stopped())
        return false;
    (void)hf_fault_set(fault, HF_ERR_INTERRUPTED, 0, "%s was being waited for", wait->board);
    return true;
}

/* Until the API answers. */
static enum hf_err look_until(const struct hf_arrival_wait *wait, int64_t end_ms,
                              struct hf_arrival *out, struct hf_fault *fault)
{
    for (;;) {
        struct hf_fault own = {0};
        const enum hf_err err = hf_arrival_look(wait->settings, wait->board, out, &own);
        if (is_stopped(wait, fault))
            return HF_ERR_INTERRUPTED;
        if (!err)
            return HF_ERR_OK;
        if (hf_clock_mono_ms() >= end_ms)
            return hf_fault_set(fault, err, own.raw,
                                "whether %s reports could not be learnt until the end: %s",
                                wait->board, own.text);
        (void)nanosleep(&PAUSE, NULL);
    }
}

enum hf_err hf_arrival_before(const struct hf_arrival_wait *wait, struct hf_arrival *out,
                              struct hf_fault *fault)
{
    return look_until(wait, hf_clock_mono_ms() + wait->limit_ms, out, fault);
}

enum hf_err hf_arrival_wait(const struct hf_arrival_wait *wait, struct hf_arrival *out,
                            struct hf_fault *fault)
{
    bool draining = wait->before.since_s > 0;
    int64_t end_ms = hf_clock_mono_ms() + (draining ? wait->drain_ms : wait->limit_ms);
    while (hf_clock_mono_ms() < end_ms) {
        const enum hf_err err = look_until(wait, end_ms, out, fault);
        if (err)
            return err;
        if (out->since_s > 0 && out->since_s != wait->before.since_s)
            return HF_ERR_OK;
        if (draining && out->since_s == 0) {
            draining = false;
            end_ms = hf_clock_mono_ms() + wait->limit_ms;
        }
        (void)nanosleep(&PAUSE, NULL);
    }
    if (draining)
        return hf_fault_set(fault, HF_ERR_BUSY, 0, "%s works on a task and was not ended",
                            wait->board);
    return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "%s did not report within %d s", wait->board,
                        (int)(wait->limit_ms / 1000));
}
