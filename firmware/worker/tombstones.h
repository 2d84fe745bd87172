#ifndef HF_WORKER_TOMBSTONES_H
#define HF_WORKER_TOMBSTONES_H

#include "wire/fault.h"
#include "wire/ident.h"
#include "wire/task.h"
#include "worker/keep.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Tasks and jobs that were cancelled and may still be delivered: asked before a task is begun, so
 * that it ends as cancelled and never runs. At most HF_TOMBSTONES_MAX, each for
 * HF_TOMBSTONES_AGE_MS; when there is one too many, the one that was set first goes.
 *
 * With a folder they outlive the worker, in the file `tombstones` (worker/keep.h); its facts are,
 * oldest first, for each: 8 bytes, of which the lower 48 bits are Unix ms when it was set and the
 * upper 16 the last attempt that is meant; 1 byte 't' for a task, 'j' for a job; a 2-byte length
 * and the id. Without one they last as long as the process.
 *
 * Time is an argument, Unix ms by the best of what the board knows (worker/timefloor.h). When it
 * goes backwards, nothing is forgotten before its time.
 *
 * Owns nothing; `folder` is borrowed. Setting one waits for flash.
 */

#define HF_TOMBSTONES_MAX    64
#define HF_TOMBSTONES_AGE_MS (INT64_C(7) * 24 * 3600 * 1000) /* what a command waits at most */

enum hf_tombstone_kind { HF_TOMBSTONE_TASK, HF_TOMBSTONE_JOB };

struct hf_tombstone {
    enum hf_tombstone_kind kind;
    uint16_t attempt; /* this one and those before it; 0: all */
    int64_t set_ms;
    char id[HF_ID_MAX + 1];
};

struct hf_tombstones {
    struct hf_keep keep;
    bool unsaved; /* the file does not say what is here: the next write may mend it */
    size_t count;
    struct hf_tombstone stones[HF_TOMBSTONES_MAX]; /* in the order they were set */
};

/*
 * What was kept in `folder`; NULL: there is none. Whatever it returns, the set can be used:
 * HF_ERR_MALFORMED: the file was torn and moved aside (`fault` says so; worth a line in the log),
 * HF_ERR_IO, HF_ERR_DENIED: it could not be read; the set is empty then.
 */
enum hf_err hf_tombstones_open(struct hf_tombstones *stones, const char *folder,
                               struct hf_fault *fault);

/* Whether it is about that attempt at that task, however old it is. Pure. */
bool hf_tombstone_means(const struct hf_tombstone *stone, const struct hf_task *task);

/*
 * From set_ms on it is cancelled. One that is there already and means as many attempts stays as it
 * is and costs no write. HF_ERR_INVALID: no valid id or time. HF_ERR_NO_SPACE, HF_ERR_DENIED,
 * HF_ERR_NOT_FOUND, HF_ERR_IO: it is set, but a restart would forget it; the next one that is set,
 * or the same again, tries to write all of them.
 */
enum hf_err hf_tombstones_set(struct hf_tombstones *stones, const struct hf_tombstone *stone,
                              struct hf_fault *fault);

/* True when this attempt, by its task or its job, was cancelled less than HF_TOMBSTONES_AGE_MS ago.
 */
bool hf_tombstones_cover(const struct hf_tombstones *stones, const struct hf_task *task,
                         int64_t now_ms);

#endif
