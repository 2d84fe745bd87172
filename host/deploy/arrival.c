#include "deploy/arrival.h"

#include "broker/status.h"
#include "link/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PAUSE_MS 500

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

enum hf_err hf_arrival_wait(const struct hf_arrival_wait *wait, struct hf_arrival *out,
                            struct hf_fault *fault)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    bool draining = wait->before.since_s > 0;
    int64_t end_ms = hf_clock_mono_ms() + (draining ? wait->drain_ms : wait->limit_ms);
    while (hf_clock_mono_ms() < end_ms) {
        if (wait->stopped && wait->stopped())
            return hf_fault_set(fault, HF_ERR_INTERRUPTED, 0, "%s was being waited for",
                                wait->board);
        enum hf_err err = hf_arrival_look(wait->settings, wait->board, out, fault);
        if (err)
            return err;
        if (out->since_s > 0 && out->since_s != wait->before.since_s)
            return HF_ERR_OK;
        if (draining && out->since_s == 0) {
            draining = false;
            end_ms = hf_clock_mono_ms() + wait->limit_ms;
        }
        (void)nanosleep(&pause, NULL);
    }
    if (draining)
        return hf_fault_set(fault, HF_ERR_BUSY, 0, "%s works on a task and was not ended",
                            wait->board);
    return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "%s did not report within %d s", wait->board,
                        (int)(wait->limit_ms / 1000));
}
