#ifndef HF_WORKER_UPKEEP_PROOF_H
#define HF_WORKER_UPKEEP_PROOF_H

#include "worker/upkeep.h"

/*
 * What a child of the monitor (worker/monitor.h) does before upkeep: it has the task and its
 * payload from a worker that may have been taken over.
 *
 *   upkeep for root     the payload is copied to where the worker cannot change it, the manager's
 *                       signature is checked on that copy, for this board, and descriptor 0 is the
 *                       copy then
 *   other upkeep        the process becomes the worker's user
 *
 * 0, or the exit code to end with, after saying why on `log`: EX_NOPERM, EX_TEMPFAIL (no room),
 * EX_UNAVAILABLE (no key to check it by).
 */
int hf_upkeep_prove(const struct hf_handler_io *io, const struct hf_upkeep *upkeep);

#endif
