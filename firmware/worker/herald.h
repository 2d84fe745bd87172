#ifndef HF_WORKER_HERALD_H
#define HF_WORKER_HERALD_H

#include "link/session.h"
#include "wire/event.h"

#include <stdint.h>

/*
 * What the board tells of itself and its tasks: small events, sent when the link has room for them
 * and dropped when it has none. Nothing depends on them.
 */

/* All is borrowed. */
struct hf_herald {
    struct hf_session *session;
    uint16_t channel;
    const char *board;    /* for the routing key */
    const char *identity; /* user_id of what is published */
};

/* Publishes `event` as it is. */
void hf_herald_send(const struct hf_herald *herald, const struct hf_event *event);

/* The answer to the command `id`; `text` may be empty. */
void hf_herald_answer(const struct hf_herald *herald, const char *id, bool ok, const char *text);

/* Fills what every presence event of this process has: version, board, rss_kb, readings of the
 * machine, link. `folder`: whose disk is looked at. */
void hf_herald_fill_presence(const struct hf_herald *herald, const char *folder,
                             struct hf_presence *out);

#endif
