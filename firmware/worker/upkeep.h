#ifndef HF_WORKER_UPKEEP_H
#define HF_WORKER_UPKEEP_H

#include "handlers/table.h"
#include "wire/task.h"
#include "worker/config.h"
#include "worker/privilege.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Tasks about the worker itself: its program, its handlers, its identity. They come as any task
 * does, and their payload, result, retries and time limits are those of any task. What is
 * different:
 *
 *   - they are taken from the board's own queue alone, and only by a worker that wants signatures
 *     (`require_signature`): so the manager has signed each of them for this very board;
 *   - their handler is a C function of the worker's, in a child of its own that keeps the worker's
 *     user and rights, is not confined, and stays in the folder that the worker is in; where the
 *     worker has given root away, what is `for_root` runs as root, after it has proved itself;
 *   - the worker may have to do something itself when the child has ended well:
 *
 *       exit 0, `reload`      the result is reported as always, then the settings are read again
 *       HF_UPKEEP_BECOME      the worker becomes another program (worker/agent.h says which), and
 *                             the delivery stays unacked: the broker gives it to that program,
 *                             whose own run of this handler makes the result
 *
 * Their names begin with "hf-"; a program of such a name in the handlers folder is never run.
 */

#define HF_UPKEEP_BECOME 100 /* exit code */

struct hf_upkeep;

/*
 * As hf_handler_fn, but once in each process: it may leave behind what it likes in it. All of the
 * worker's signals are at their defaults. Descriptor 4 is the worker's.
 */
typedef int hf_upkeep_fn(const struct hf_handler_io *io, const struct hf_upkeep *upkeep);

struct hf_upkeep_row {
    const char *name;
    hf_upkeep_fn *run;
    const char *about; /* one line for a list of them */
    bool reload;       /* after exit 0 */
    bool for_root;     /* it changes what root runs, where the worker was started as root */
};

/* All of them, closed by a row with the name NULL. */
extern const struct hf_upkeep_row hf_upkeep_rows[];

/* NULL: no upkeep, an ordinary handler's name. */
const struct hf_upkeep_row *hf_upkeep_find(const char *name);

/* One run; all of it is borrowed. */
struct hf_upkeep {
    const struct hf_upkeep_row *row;
    const struct hf_config *config;
    const char *config_path; /* of the settings */
    const char *task;        /* its id */
    uint32_t attempt;
    /* What a child of the monitor has to prove first (worker/upkeep_proof.h); NULL: nothing. */
    const struct hf_task *order; /* as the worker says that it came */
    const struct hf_privilege *worker;
};

/* Runs it once no other slot's is at work: all of them change the same files. What it waits for is
 * flock() of the state folder, which goes with the process. The exit code. */
int hf_upkeep_run(const struct hf_handler_io *io, const struct hf_upkeep *upkeep);

#endif
