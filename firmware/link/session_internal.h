#ifndef HF_LINK_SESSION_INTERNAL_H
#define HF_LINK_SESSION_INTERNAL_H

#include "link/dial.h"
#include "link/session.h"

#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>

/*
 * What the parts of a session share; nobody else's.
 *
 *   session_config.c   what a session is told to be
 *   session.c          life: phases, deadlines, heartbeats, reading, what the public sees
 *   session_login.c    connection.start to open-ok, then the channels
 *   session_frames.c   a frame of the broker -> an event
 *   session_publish.c  what we say: publish, consume, ack, reject
 */

#define HF_SESSION_IN_BYTES        8192 /* decrypted bytes taken at a time */
#define HF_SESSION_METHOD_ROOM     1024 /* a method frame of ours never needs more */
#define HF_SESSION_CLOSE_MS        2000
#define HF_SESSION_FRAME_TAKEN_MAX 131072       /* of what comes in: RabbitMQ's own default */
#define HF_SESSION_TURN_BYTES      (256 * 1024) /* read before the caller's other duties have a turn */

enum hf_session_phase {
    HF_PHASE_CLOSED,
    HF_PHASE_DIALING, /* RESOLVING and CONNECTING: the dial knows which */
    HF_PHASE_SECURING,
    HF_PHASE_LOGIN,
    HF_PHASE_UP,
    HF_PHASE_CLOSING, /* our connection.close is out */
};

/* What comes next on a channel (AMQP 0-9-1, 4.2.6: method, then header, then body frames). */
enum hf_content { HF_CONTENT_NONE, HF_CONTENT_DELIVERY, HF_CONTENT_RETURN };

struct hf_channel {
    bool open;          /* channel.open-ok and confirm.select-ok are in */
    bool confirms;      /* confirm.select-ok is in */
    uint32_t consumers; /* basic.consume-ok that are in */
    uint64_t next_sequence;
    uint64_t body_to_send; /* of the message that is being published */
    /* The message that is coming in. */
    enum hf_content content;
    bool have_header;
    uint64_t body_left;
    uint64_t tag;
    bool redelivered;
    uint16_t code;
    char queue[256]; /* the consumer tag of basic.deliver, which is the queue's name */
    char text[128];  /* of basic.return; its frame is gone when the header comes */
};

struct hf_session {
    /* Configuration, copied. */
    char host[HF_DIAL_HOST_MAX + 1];
    char vhost[128];
    char user[128];
    char password[256];
    char client_name[64];
    bool external;
    uint16_t port, channel_count, heartbeat_s;
    uint32_t resolve_ms, connect_ms, tls_ms, login_ms;
    size_t send_buffer_bytes;
    struct hf_tls_context *tls;
    char server_name[HF_DIAL_HOST_MAX + 1];

    /* The connection of now. */
    enum hf_session_phase phase;
    struct hf_dial dial;
    amqp_connection_state_t amqp;
    amqp_socket_t *socket; /* owned by `amqp` */
    short wanted;          /* poll events that the TLS layer waits for */
    int64_t deadline_ms;   /* of the phase */
    int64_t securing_ms;   /* when the handshake began */
    bool blocked;
    amqp_method_number_t login_next; /* the broker's next method of the login */
    struct hf_session_facts facts;
    uint16_t channels_open;
    struct hf_channel channels[HF_SESSION_CHANNELS_MAX + 1]; /* by number; 0 unused */

    /* Heartbeats (AMQP 0-9-1, 4.2.7), in ms of the agreed interval; 0: none agreed yet. */
    uint32_t frame_max; /* of what we send */
    int64_t beat_ms, last_sent_ms, last_received_ms;

    /* Input: decrypted bytes [in_start, in_end) not yet given to the codec. */
    uint8_t in[HF_SESSION_IN_BYTES];
    size_t in_start, in_end;
    size_t turn_left; /* bytes that may still be read in this turn */
    bool more;        /* it ended before all was read */
    bool polled;      /* the caller tells what poll() says */
    bool drained;     /* and there is nothing to read before it does so again */
    bool frame_held;  /* the last event's views live in `held_channel`'s pool */
    amqp_channel_t held_channel;
    bool delivered_due; /* a body ended: DELIVERED is the next event */
    uint16_t delivered_channel;
};

/* session_login.c */

/* A method on channel 0 before the session is up. HF_OK: handled; `*up` says when all is open. */
enum hf_err hf_session_login_method(struct hf_session *session, const amqp_method_t *method,
                                    struct hf_fault *fault);

/* A channel.open-ok or confirm.select-ok. True when it was the last that was missing. */
bool hf_session_channel_ready(struct hf_session *session, uint16_t channel,
                              amqp_method_number_t method);

/*
 * From now on larger frames are taken than we asked for, up to HF_SESSION_FRAME_TAKEN_MAX. RabbitMQ
 * (3.10 to 4.3) does not split the headers of a message, which another client may have published in
 * larger frames. Refused, they would come again and again; taken, they are judged as the task's.
 * When all channels have had a frame: the library gives each pages of the size in force then.
 */
enum hf_err hf_session_take_larger(struct hf_session *session, struct hf_fault *fault);

/* session_frames.c */

/* HF_OK: `*event` is filled. HF_ERR_WOULD_READ: the frame was for us alone. Else the fault. */
enum hf_err hf_session_take_frame(struct hf_session *session, const amqp_frame_t *frame,
                                  struct hf_session_event *event, struct hf_fault *fault);

/* session_publish.c */

/* Sends a method frame. HF_ERR_WOULD_WRITE: no room, nothing was sent. */
enum hf_err hf_session_send(struct hf_session *session, uint16_t channel, amqp_method_number_t id,
                            void *method, struct hf_fault *fault);

#endif
