#ifndef HF_BROKER_DECLARE_H
#define HF_BROKER_DECLARE_H

#include "broker/management.h"
#include "wire/fault.h"

/*
 * Declares, through the management API, what comes and goes with boards and pools. Doing it again
 * is never an error. Names are valid (wire/ident.h). Every call fails as hf_management_call does,
 * and then part of it may have been done: call it again.
 */

/* All that topology.h defines, for a broker that did not load it at boot. */
enum hf_err hf_declare_topology(struct hf_management *management, struct hf_fault *fault);

/* A pool's task queue and its binding. */
enum hf_err hf_declare_pool(struct hf_management *management, const char *pool,
                            struct hf_fault *fault);

/*
 * A board's own queues, for tasks and for control, and their bindings. Bindings of the control
 * queue to other pools than this are taken away: the board may have been in one before.
 */
enum hf_err hf_declare_board(struct hf_management *management, const char *board, const char *pool,
                             struct hf_fault *fault);

#endif
