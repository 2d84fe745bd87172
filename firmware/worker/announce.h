#ifndef HF_WORKER_ANNOUNCE_H
#define HF_WORKER_ANNOUNCE_H

#include "link/session.h"
#include "wire/event.h"

#include <stdint.h>

/*
 * Small events about the board and its task, sent when the link has room for them and dropped when
 * it has none: nothing depends on them.
 */

/* Publishes `event` under `board`'s routing key, in the name of the broker's user `identity`. */
void hf_announce(struct hf_session *session, uint16_t channel, const char *board,
                 const char *identity, const struct hf_event *event);

/* Resident memory of this process in KB, from /proc/self/statm; 0: unknown. */
int64_t hf_announce_rss_kb(void);

#endif
