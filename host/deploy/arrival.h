#ifndef HF_DEPLOY_ARRIVAL_H
#define HF_DEPLOY_ARRIVAL_H

#include "broker/settings.h"
#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a board is connected to the broker, and since when, as the management API says. */

struct hf_arrival {
    int64_t since_s; /* by the broker's clock; 0: it is not connected */
    char address[64];
};

/* Errors of hf_management_open and hf_broker_status_read. Blocks. */
enum hf_err hf_arrival_look(const struct hf_broker_settings *settings, const char *board,
                            struct hf_arrival *out, struct hf_fault *fault);

struct hf_arrival_wait {
    const struct hf_broker_settings *settings;
    const char *board;
    struct hf_arrival before;
    int64_t limit_ms, drain_ms;
    bool (*stopped)(void); /* NULL: never */
};

/* Errors of the API are borne as long as there is time; the last one is the outcome when it is
 * over. */

/* What hf_arrival_look says as soon as it can, within `limit_ms`; `before` and `drain_ms` are not
 * heeded. Its errors, and HF_ERR_INTERRUPTED: `stopped` said so. */
enum hf_err hf_arrival_before(const struct hf_arrival_wait *wait, struct hf_arrival *out,
                              struct hf_fault *fault);

/*
 * Waits until the board is connected by another connection than `before`. A board whose old
 * connection goes on is given `drain_ms` to finish the task in hand; from when that is gone, it has
 * `limit_ms`. HF_ERR_TIMED_OUT: it did not come, `out` is as it was last. HF_ERR_BUSY: its old
 * connection did not end. HF_ERR_INTERRUPTED: `stopped` said so. Errors of hf_arrival_look. The
 * broker's figures lag by some seconds.
 */
enum hf_err hf_arrival_wait(const struct hf_arrival_wait *wait, struct hf_arrival *out,
                            struct hf_fault *fault);

#endif
