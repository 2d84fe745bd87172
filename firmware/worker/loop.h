#ifndef HF_WORKER_LOOP_H
#define HF_WORKER_LOOP_H

#include "link/tls_context.h"
#include "wire/fault.h"
#include "worker/config.h"

/*
 * The worker's one loop: one thread, one ppoll(). Keeps the connection (again and again, with full
 * jitter), serves the slot and its child, says that the board is there, and obeys SIGTERM: the
 * first finishes the task in hand and leaves, the second leaves at once.
 *
 * Returns HF_OK after a SIGTERM; any other error means that it could not start (the fault names
 * the value and the mend). A broker that cannot be reached is not an error: it is tried for ever.
 */
enum hf_err hf_loop_run(const struct hf_config *config, struct hf_tls_context *tls,
                        struct hf_fault *fault);

#endif
