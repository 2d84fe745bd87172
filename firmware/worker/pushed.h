#ifndef HF_WORKER_PUSHED_H
#define HF_WORKER_PUSHED_H

#include "worker/agent_mark.h"
#include "worker/keep.h"
#include "worker/state.h"
#include "worker/upkeep.h"

#include <stdbool.h>

/*
 * Handlers that the manager has pushed: one set at a time, as a whole, in a folder of its own in
 * `handlers` of the state folder, whose name is the first 32 hex digits of its archive's hash. A
 * mark (worker/keep.h) says which set is in force. It is looked up before the `handlers` folder of
 * the settings; what it does not have is looked for there.
 *
 * The mark, little-endian: hash in force, the one before it, attempt and id of the last push.
 */

#define HF_PUSHED_FILES_MAX 64

struct hf_pushed {
    char folder[HF_STATE_PATH_MAX + 16]; /* of all sets */
    struct hf_keep keep;
    struct hf_agent_hash current, before; /* all zero: none */
    uint32_t attempt;
    char task[HF_ID_MAX + 1];
    char path[HF_STATE_PATH_MAX + 64]; /* of the set in force; empty: none */
};

/* What is in force in that state folder, which is copied. HF_ERR_MALFORMED and others of
 * hf_keep_read: none is. */
enum hf_err hf_pushed_open(struct hf_pushed *pushed, const char *state_folder,
                           const struct hf_disk *disk, struct hf_fault *fault);

/*
 * hf-handlers: the payload is a ustar archive (worker/ustar.h) of at most HF_PUSHED_FILES_MAX
 * files. They are unpacked beside the set in force and take its place at once; the one before stays
 * on the disk, older ones are removed. The result is {"sha256","handlers":[names]}; an empty
 * archive takes all pushed handlers away. EX_DATAERR: no such archive; nothing has changed then.
 * EX_NOPERM: a replay. EX_TEMPFAIL: no room.
 */
hf_upkeep_fn hf_upkeep_handlers;

#endif
