#ifndef HF_WORKER_AGENT_MARK_H
#define HF_WORKER_AGENT_MARK_H

#include "wire/fault.h"
#include "wire/ident.h"
#include "wire/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which program a board's worker is to be: what is known of its updates, as facts of a
 * worker/keep.h file, and what follows from them. Pure.
 *
 *   base      the program that the board was set up with, which its supervisor starts. No update
 *             touches it. When it is replaced by another (deploy), all that follows is void
 *   current   runs instead of it; it has stood its trial
 *   trial     has been started `tries` times and has not yet stood it
 *   failed    has not stood it, and why
 *
 *              update              its result is confirmed
 *   current ───────────▶ on trial ────────────────────────▶ current
 *      ▲                    │  time is over, started HF_AGENT_TRIES_MAX times, cannot be run
 *      └────── failed ◀─────┘
 *
 * A try is counted on flash before it begins, so a power cut in it counts as one. Hashes are
 * SHA-256 of the whole program; all zero: none.
 */

#define HF_AGENT_TRIES_MAX  2
#define HF_AGENT_REASON_MAX 120 /* bytes, without the final 0 */
#define HF_AGENT_PATH_MAX   255

struct hf_agent_hash {
    uint8_t bytes[HF_SHA256_BYTES];
};

struct hf_agent_mark {
    struct hf_agent_hash base, current, trial, failed;
    uint32_t tries;
    /* The last update's task: an older one is a replay. */
    uint32_t attempt;
    char task[HF_ID_MAX + 1];
    char base_path[HF_AGENT_PATH_MAX + 1];
    char reason[HF_AGENT_REASON_MAX + 1]; /* of `failed` */
};

/* Bytes of the longest; numbers are little-endian, texts as worker/bytes.h writes them. */
#define HF_AGENT_MARK_BYTES                                                                        \
    (4 * HF_SHA256_BYTES + 2 * 4 + 3 * 2 + HF_ID_MAX + HF_AGENT_PATH_MAX + HF_AGENT_REASON_MAX)

size_t hf_agent_mark_encode(const struct hf_agent_mark *mark, uint8_t bytes[HF_AGENT_MARK_BYTES]);

/* False: they are not one; `out` is zero then. */
bool hf_agent_mark_decode(const uint8_t *bytes, size_t len, struct hf_agent_mark *out);

bool hf_agent_is(const struct hf_agent_hash *a, const struct hf_agent_hash *b);
bool hf_agent_is_set(const struct hf_agent_hash *hash);

enum hf_agent_choice {
    HF_AGENT_STAY,     /* this program goes on */
    HF_AGENT_ON_TRIAL, /* so it does, and has to stand its trial */
    HF_AGENT_RUN_TRIAL,
    HF_AGENT_RUN_CURRENT,
};

/*
 * What the program that has just started is to do. `is_base`: it is not one of the updates. The
 * mark must be stored before the choice is followed when `*changed`.
 */
enum hf_agent_choice hf_agent_decide(struct hf_agent_mark *mark, const struct hf_agent_hash *self,
                                     bool is_base, bool *changed);

/* An update begins: its program goes on trial. */
void hf_agent_try(struct hf_agent_mark *mark, const struct hf_agent_hash *hash, const char *task,
                  uint32_t attempt);

/* The trial is over. */
void hf_agent_keep(struct hf_agent_mark *mark);
void hf_agent_fail(struct hf_agent_mark *mark, const char *reason);

/* Whether the task of an update comes after the last one, or is that. Ids of the manager are
 * ordered by time (UUIDv7); of one task, by attempt. */
bool hf_agent_is_fresh(const char *last, uint32_t last_attempt, const char *task, uint32_t attempt);

#endif
