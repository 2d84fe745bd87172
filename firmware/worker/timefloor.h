#ifndef HF_WORKER_TIMEFLOOR_H
#define HF_WORKER_TIMEFLOOR_H

#include "wire/fault.h"
#include "worker/keep.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What time it is at least, on a board that may have no clock: it wakes up in 1970, or where a file
 * says it was when it was last switched off.
 *
 *     floor = the latest of   the system's clock
 *                             when this program was built
 *                             when this board's certificate was issued
 *                             the last time learnt, and how long ago that was
 *
 * Times are learnt from the manager's commands (wire/control.h: at least that much time has
 * passed), and from the system's clock itself while a connection is good. The last one learnt is
 * kept in the file `time` (worker/keep.h; its fact is 8 bytes Unix ms), written at most once an
 * hour.
 *
 * A clock before the build is evidently unset, and the floor is then only the earliest that it can
 * be. So judge certificates by it like this (link/tls_platform.h does):
 *
 *     the certificate ...      clock can be it    clock is unset
 *     ends before the floor    expired: refused   expired: refused, it is later than that for sure
 *     begins after the floor   not yet valid:     taken: the true time may well be within it
 *                              refused
 *
 * A clock that is set by what is learnt (set_clock) is a floor too, as a command may have waited
 * for days, and is never trusted.
 *
 * A time that cannot be is not learnt, for believing it would lock the board out for good: one
 * beyond the end of a certificate of the very connection it came over (that connection would have
 * been refused), and one more than HF_TIMEFLOOR_AHEAD_MS ahead of a clock that is set.
 *
 * Deleting the file makes the board forget what it learnt.
 *
 * All times are Unix ms, 0: unknown. `mono_ms` is the monotonic clock.
 */

#define HF_TIMEFLOOR_SAVE_MS  (INT64_C(3600) * 1000)
#define HF_TIMEFLOOR_AHEAD_MS (INT64_C(24) * 3600 * 1000)

/* The decision alone. Pure. */

struct hf_timefloor_facts {
    int64_t system_ms;
    int64_t build_ms;
    int64_t issued_ms;
    int64_t learnt_ms;
    bool follows; /* the system's clock is set by what is learnt (set_clock) */
};

struct hf_timefloor_judged {
    int64_t floor_ms;
    bool trusted; /* the system's clock can be right; false: it is evidently unset */
};

struct hf_timefloor_judged hf_timefloor_judge(const struct hf_timefloor_facts *facts);

/* NULL: `time_ms` may be learnt. Else why not, in words; static. `until_ms`: the earliest end of
 * the certificates of the connection it came over; 0: unknown. */
const char *hf_timefloor_doubt(const struct hf_timefloor_facts *facts, int64_t time_ms,
                               int64_t until_ms);

/* The same with a memory. */

struct hf_timefloor {
    struct hf_keep keep;
    int64_t build_ms;
    int64_t issued_ms;
    int64_t learnt_ms; /* as of learnt_mono_ms */
    int64_t learnt_mono_ms;
    int64_t saved_ms;   /* what is in the file */
    int64_t save_at_ms; /* monotonic; not before */
    bool follows;       /* as in hf_timefloor_facts; the caller's to set once it is open */
};

/*
 * Reads what was learnt before; `folder` is borrowed, NULL: there is none and nothing is kept.
 * Whatever it returns, the floor can be used: HF_ERR_MALFORMED: the file was torn and moved aside,
 * or holds no time; HF_ERR_IO, HF_ERR_DENIED: it could not be read.
 */
enum hf_err hf_timefloor_open(struct hf_timefloor *floor, const char *folder, int64_t build_ms,
                              int64_t issued_ms, int64_t mono_ms, struct hf_fault *fault);

/* What time it is at least. */
struct hf_timefloor_judged hf_timefloor_now(const struct hf_timefloor *floor, int64_t system_ms,
                                            int64_t mono_ms);

/* A time that a command brought, or (`time_ms` = `system_ms`) the board's own while a connection
 * is good. */
struct hf_timefloor_lesson {
    int64_t time_ms;
    int64_t until_ms; /* as in hf_timefloor_doubt */
    int64_t system_ms;
    int64_t mono_ms;
};

/*
 * Learns it if it is later than what was learnt before, and writes that down when it is due: it is
 * HF_TIMEFLOOR_SAVE_MS later than what the file says, and the last try was as long ago.
 * HF_ERR_INVALID: it cannot be; `fault` says why, nothing is learnt. HF_ERR_NO_SPACE,
 * HF_ERR_DENIED, HF_ERR_NOT_FOUND, HF_ERR_IO: it was learnt but could not be written.
 */
enum hf_err hf_timefloor_learn(struct hf_timefloor *floor, const struct hf_timefloor_lesson *lesson,
                               struct hf_fault *fault);

#endif
