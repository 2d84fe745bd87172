#ifndef HF_WORKER_UPDATE_H
#define HF_WORKER_UPDATE_H

#include "worker/agent.h"
#include "worker/upkeep.h"

/*
 * hf-update: the payload is a worker's program that is to take the place of this one.
 *
 *   runs already       done, and the result is one line of JSON: {"sha256","version","board"}.
 *                      So ends every update: the new program is asked by the same task
 *   fit                it is copied to the agent folder, goes on trial (worker/agent_mark.h), and
 *                      the exit code is HF_UPKEEP_BECOME
 *   not fit            EX_DATAERR: no static Linux program for this processor, or of no sane size;
 *                      EX_UNAVAILABLE: its self test fails with this board's settings
 *   has failed before  under this attempt at this task: EX_SOFTWARE, "rolled back: " and why
 *   a replay           older than the last update, or that one when another program has been put
 *                      in its place since (worker/agent_mark.h: base): EX_NOPERM
 *   no room, no mark   EX_TEMPFAIL
 *
 * The power can be cut anywhere: the mark is written last, and names only what is whole.
 */
#define HF_UPDATE_BYTES_MIN (16 * 1024)
#define HF_UPDATE_BYTES_MAX (8 * 1024 * 1024)

hf_upkeep_fn hf_upkeep_update;

/* The same with an agent folder and a disk of the caller's. */
int hf_update_with(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                   struct hf_agent *agent);

/* NULL: the first `len` bytes of a program are those of a static one like `self`, of which 20 are
 * needed; else what is wrong. Pure. */
const char *hf_update_doubt(const void *head, size_t len, const void *self);

#endif
