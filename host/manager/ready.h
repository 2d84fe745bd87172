#ifndef HF_MANAGER_READY_H
#define HF_MANAGER_READY_H

#include "ledger/jobs.h"

#define HF_READY_TEXT_MAX 240

/*
 * Whether somebody is there for tasks that are handed out: a board that is online, serves that pool
 * (or is that board) and has that handler, as the ledger last heard. `text` says what is missing,
 * for a warning; empty when nothing is, and for a queue of somebody else's. `handler` empty: the
 * board's default. Errors of the ledger.
 */
enum hf_err hf_ready_look(struct hf_ledger *ledger, const struct hf_target *target,
                          const char *handler, int64_t now_ms, char text[HF_READY_TEXT_MAX + 1],
                          struct hf_fault *fault);

#endif
