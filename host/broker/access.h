#ifndef HF_BROKER_ACCESS_H
#define HF_BROKER_ACCESS_H

#include "wire/ident.h"

#include <stddef.h>

/*
 * What a user may do on the broker, as RabbitMQ's regular expressions. Pure text.
 *
 * Every expression ends in \z and not in $: with $ the key "result.board-01" followed by a newline
 * would pass. Topic permissions narrow a board further down, to keys under its own name, but
 * RabbitMQ 3.10 lets CC headers around them: so who a message is from is told by its user_id and
 * never by its key.
 */

#define HF_ACCESS_PATTERN_MAX 255 /* bytes, without the final 0 */
#define HF_ACCESS_NOTHING     "^$"

struct hf_access {
    char configure[HF_ACCESS_PATTERN_MAX + 1];
    char write[HF_ACCESS_PATTERN_MAX + 1];
    char read[HF_ACCESS_PATTERN_MAX + 1];
};

/* On the topic exchange `exchange`: which keys a board may publish. */
struct hf_access_topic {
    const char *exchange;
    const char *write;
};

/*
 * A board may publish results and events and consume three queues: its pool's, its own, its
 * control. It may declare nothing. `board` and `pool` are valid names.
 *
 * To read a queue is to be able to purge it: RabbitMQ has no permission between the two. So a
 * stolen board can empty its pool's queue, though it can put nothing into it, and the ledger, not
 * the queue, is the truth about what is still to be done.
 */
void hf_access_board(struct hf_access *out, const char *board, const char *pool);

/* Two rows, the same for every board: RabbitMQ puts the user's name in itself. */
#define HF_ACCESS_BOARD_TOPICS 2
extern const struct hf_access_topic hf_access_board_topics[HF_ACCESS_BOARD_TOPICS];

/*
 * The manager publishes tasks, retries and commands and takes in what boards say; the default
 * exchange (amq.default in permissions) is for "submit --queue", which serves any queue. It
 * declares through the management API, so over AMQP it may configure nothing either.
 */
void hf_access_manager(struct hf_access *out);

/* How many connections and channels a board may have: it needs one of each, and a broker keeps the
 * entry of a connection that broke for up to 30 s. */
#define HF_ACCESS_BOARD_CONNECTIONS 8
#define HF_ACCESS_BOARD_CHANNELS    16

#endif
