#ifndef HF_LINK_SESSION_H
#define HF_LINK_SESSION_H

#include "wire/envelope.h"
#include "wire/fault.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One AMQP 0-9-1 connection over mutual TLS, driven by the caller's poll() loop.
 *
 * Nothing here blocks, not even the name look-up: every call does what can be done at once. The
 * caller polls hf_session_pollfd() until hf_session_deadline(), then takes events with
 * hf_session_next() until it answers HF_ERR_WOULD_READ. What is sent (publish, ack, ...) is
 * gathered in a buffer and leaves at that point, in as few TLS records as it fits in.
 *
 * The session speaks for rabbitmq-c's codec only: none of the library's wait loops is entered.
 * Heartbeats go out and are watched by hf_session_next(), so it must be called at least as often
 * as hf_session_deadline() asks, whatever else the process does.
 *
 *            start            address           connected         handshake        open-ok
 *   CLOSED ───────▶ RESOLVING ──────▶ CONNECTING ───────▶ SECURING ───────▶ LOGIN ───────▶ UP
 *      ▲                │                 │                  │                │            │
 *      └────────────────┴───── DOWN event: a fault, a deadline, the broker ───┴────────────┘
 *
 * A session never reconnects by itself: after HF_SESSION_DOWN the caller decides when to call
 * hf_session_start() again (link/backoff.h). Every delivery tag and publish sequence of before is
 * void then.
 *
 * Not thread safe: one thread a session. Texts and bytes in events are views that are valid until
 * the next call of hf_session_next, hf_session_close or hf_session_free.
 */

struct hf_session;
struct hf_tls_context; /* link/tls_context.h */

#define HF_SESSION_CHANNELS_MAX 9
#define HF_SESSION_FRAME_MAX                                                                       \
    8192 /* AMQP frame_max: the least that RabbitMQ 4.1 and later take, for the worker's memory */

struct hf_session_config {
    const char *host; /* name or address */
    uint16_t port;    /* 5671 is amqps */
    const char *vhost;
    const char *user;           /* SASL PLAIN when `password` is set; NULL: SASL EXTERNAL */
    const char *password;       /* NULL: SASL EXTERNAL, the certificate is the identity */
    const char *client_name;    /* shown by the broker as connection name */
    const char *server_name;    /* to find in the broker's certificate; NULL: `host` */
    struct hf_tls_context *tls; /* borrowed; must outlive the session */
    uint16_t channels;          /* opened at start, numbered from 1; each in confirm mode */
    uint16_t heartbeat_s;       /* 1 to 3600; the broker may ask for less */
    uint32_t resolve_ms;        /* deadlines of each step; 0: 10 s */
    uint32_t connect_ms;
    uint32_t tls_ms;
    uint32_t login_ms;
    size_t send_buffer_bytes; /* 0: 3 frames; a pipelining publisher wants more */
};

enum hf_session_event_kind {
    HF_SESSION_UP,        /* logged in, all channels open */
    HF_SESSION_DELIVERY,  /* envelope, tag, redelivered, body_size; bodies follow */
    HF_SESSION_BODY,      /* a piece of the body: bytes */
    HF_SESSION_DELIVERED, /* the body is complete */
    HF_SESSION_CONFIRMED, /* basic.ack of a publish: sequence, multiple */
    HF_SESSION_NACKED,    /* basic.nack of a publish: the broker did not take it; try again later */
    HF_SESSION_RETURNED,  /* basic.return: unroutable; envelope.message_id, code, text; its confirm
                             still follows and means "handled", not "stored" */
    HF_SESSION_CONSUMER_CANCELLED, /* queue: basic.cancel from the broker, it is gone or moved */
    HF_SESSION_CHANNEL_CLOSED,     /* code, text; the channel stays closed until the next start */
    HF_SESSION_BLOCKED, /* connection.blocked: the broker takes no publishes now; text says why */
    HF_SESSION_UNBLOCKED,
    HF_SESSION_DOWN, /* the connection is gone; fault says why. The session is CLOSED again */
};

struct hf_session_event {
    enum hf_session_event_kind kind;
    uint16_t channel; /* 0: the whole connection */
    uint64_t tag;     /* delivery tag */
    bool redelivered;
    struct hf_str queue; /* that the delivery came from, as named to hf_session_consume */
    uint64_t body_size;  /* bytes; as announced, bound it before you believe it */
    struct hf_envelope envelope;
    struct hf_str bytes;
    uint64_t sequence; /* of hf_session_publish, per channel */
    bool multiple;     /* all up to and including `sequence` */
    uint16_t code;     /* AMQP reply code: 312, 404, 406, ... */
    struct hf_str text;
    struct hf_fault fault;
};

/* What a connection that is up looks like; zero where it does not apply. */
struct hf_session_facts {
    char address[64];     /* of the broker */
    char tls_version[16]; /* "TLSv1.3" */
    char cipher[64];
    uint32_t tls_handshake_ms;
    int64_t certificates_until_s; /* when the first certificate of it ends, theirs or ours */
    uint16_t heartbeat_s;         /* as agreed */
    char broker[96];              /* product and version, as it says itself */
};

/*
 * Copies what it needs of `config`, except `tls`. HF_ERR_INVALID (fault names the field),
 * HF_ERR_NO_MEMORY. `*out` is untouched on an error; hf_session_free() it.
 */
enum hf_err hf_session_new(const struct hf_session_config *config, struct hf_session **out,
                           struct hf_fault *fault);
void hf_session_free(struct hf_session *session); /* NULL is fine; closes without a goodbye */

/* Where the next start goes, and the name to find in that broker's certificate (NULL: `host`).
 * HF_ERR_ILLEGAL unless CLOSED; HF_ERR_TOO_LARGE; HF_ERR_INVALID: an empty one, or port 0. Nothing
 * changes on an error. */
enum hf_err hf_session_aim(struct hf_session *session, const char *host, uint16_t port,
                           const char *server_name);

/* Begins to connect. HF_ERR_ILLEGAL unless CLOSED. Failures arrive as HF_SESSION_DOWN. */
enum hf_err hf_session_start(struct hf_session *session, int64_t now_ms);

/* Says connection.close and sends what is buffered; HF_SESSION_DOWN with HF_ERR_OK follows when
 * the broker has answered, or after 2 s. */
void hf_session_close(struct hf_session *session, int64_t now_ms);

bool hf_session_is_up(const struct hf_session *session);
bool hf_session_is_closed(const struct hf_session *session);
bool hf_session_is_blocked(const struct hf_session *session);
void hf_session_facts(const struct hf_session *session, struct hf_session_facts *out);

/* How far a connection has come, in the order in which it gets there. */
enum hf_session_stage {
    HF_STAGE_RESOLVE, /* the name is being looked up */
    HF_STAGE_CONNECT,
    HF_STAGE_TLS,
    HF_STAGE_LOGIN,
    HF_STAGE_CHANNELS,
    HF_STAGE_UP,
    HF_STAGE_CLOSED, /* not begun, ending, or over */
};

enum hf_session_stage hf_session_stage(const struct hf_session *session);

/* What to poll for now. `fd` is -1 when there is nothing to poll (CLOSED). */
void hf_session_pollfd(const struct hf_session *session, struct pollfd *out);

/*
 * What poll() said of that descriptor; after each of them, or never. Told so, hf_session_next reads
 * only where there is something to read, and once it has found the end, not before the next poll().
 */
void hf_session_polled(struct hf_session *session, const struct pollfd *polled);

/* Monotonic ms when hf_session_next() must be called at the latest; INT64_MAX when CLOSED. */
int64_t hf_session_deadline(const struct hf_session *session);

/*
 * The next thing that happened. HF_OK with `*event` filled, or HF_ERR_WOULD_READ when nothing
 * more is to be had now (all buffered output was offered to the network before that answer). A
 * broker that sends without a pause gets the same answer now and then, with a deadline that has
 * passed, so that the caller's other duties, and the heartbeat, have their turn.
 */
enum hf_err hf_session_next(struct hf_session *session, int64_t now_ms,
                            struct hf_session_event *event);

/* Starts to consume `queue` on `channel`, at most `prefetch` of its deliveries unacked; a channel
 * may consume several queues. A queue that does not exist (404) or is not ours (403) arrives as
 * HF_SESSION_CHANNEL_CLOSED. HF_ERR_ILLEGAL: not up or channel closed. HF_ERR_WOULD_WRITE: the send
 * buffer is full. */
enum hf_err hf_session_consume(struct hf_session *session, uint16_t channel, const char *queue,
                               uint16_t prefetch);

/* How many of a channel's hf_session_consume the broker has granted since the start. */
uint32_t hf_session_consumers(const struct hf_session *session, uint16_t channel);

/* basic.cancel of our consumer of `queue`: deliveries that are under way may still arrive. */
enum hf_err hf_session_cancel(struct hf_session *session, uint16_t channel, const char *queue);

/* basic.ack. HF_ERR_ILLEGAL, HF_ERR_WOULD_WRITE as above. */
enum hf_err hf_session_ack(struct hf_session *session, uint16_t channel, uint64_t tag,
                           bool multiple);

/* basic.reject: requeue, or (false) dead-letter. RabbitMQ 4.3 does not count a requeueing nack
 * towards the delivery limit but does count this, as all versions do. */
enum hf_err hf_session_reject(struct hf_session *session, uint16_t channel, uint64_t tag,
                              bool requeue);

struct hf_publish {
    const char *exchange;
    const char *routing_key;
    const struct hf_envelope *envelope;
    uint64_t body_size; /* bytes that hf_session_publish_body will bring */
    bool mandatory;     /* return it when no queue takes it */
};

/*
 * Begins a message: method and properties. `*sequence` counts per channel from 1; the broker
 * answers it with CONFIRMED or NACKED. Exactly body_size bytes must follow before anything else
 * is published on this channel. HF_ERR_ILLEGAL, HF_ERR_WOULD_WRITE (nothing was sent: flush, ask
 * again), HF_ERR_TOO_LARGE (properties over a frame, or a text over the 255 bytes of an AMQP short
 * string; nothing was sent).
 */
enum hf_err hf_session_publish(struct hf_session *session, uint16_t channel,
                               const struct hf_publish *message, uint64_t *sequence);

/* A piece of the body; `*taken` may be less than `len` (0 with HF_ERR_WOULD_WRITE): go on with the
 * rest when the descriptor is writable. */
enum hf_err hf_session_publish_body(struct hf_session *session, uint16_t channel, const void *data,
                                    size_t len, size_t *taken);

/* Bytes that the send buffer can still take; a message of properties up to 4 KB and a body that
 * fits in (room - 8 KB) is taken whole. */
size_t hf_session_room(const struct hf_session *session);

#endif
