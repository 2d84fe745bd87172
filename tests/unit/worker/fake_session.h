#ifndef TESTS_UNIT_WORKER_FAKE_SESSION_H
#define TESTS_UNIT_WORKER_FAKE_SESSION_H

#include "link/session.h"
#include "wire/ident.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A session without a broker, in place of link's: it keeps what is published, whole, and takes no
 * more than it is told to. Include it in one test program, which then links none of link's own.
 */

#define FAKE_MESSAGES 64

struct fake_message {
    char exchange[80], key[160], id[HF_ID_MAX + 1], user[64], status[32], content_type[64];
    bool mandatory;
    uint16_t channel;
    uint64_t body_size, body_got;
    char body[9000]; /* its beginning */
};

struct hf_session {
    struct fake_message messages[FAKE_MESSAGES];
    size_t count;
    bool down, blocked;
    bool full;           /* publishes nothing and takes no body */
    size_t room;         /* what it says of itself */
    size_t piece;        /* bytes of a body that it takes at once */
    enum hf_err refusal; /* what a publish answers; OK: it is taken */
    char said[4096];     /* "consume 4 queue; ack 4 7; ", in their order, publishes too */
};

static struct hf_session fake;

static inline void fake_start(void)
{
    memset(&fake, 0, sizeof fake);
    fake.room = 3 * (size_t)HF_SESSION_FRAME_MAX;
    fake.piece = SIZE_MAX;
}

static inline struct fake_message *fake_last(void)
{
    return &fake.messages[fake.count - 1];
}

static inline void fake_copy(char *to, size_t size, struct hf_str from)
{
    (void)snprintf(to, size, "%.*s", (int)from.len, from.len > 0 ? from.data : "");
}

__attribute__((format(printf, 2, 3))) static inline void fake_say(struct hf_session *session,
                                                                  const char *format, ...)
{
    const size_t used = strlen(session->said);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(session->said + used, sizeof session->said - used, format, args);
    va_end(args);
}

enum hf_err hf_session_consume(struct hf_session *session, uint16_t channel, const char *queue,
                               uint16_t prefetch)
{
    fake_say(session, "consume %u %s %u; ", channel, queue, prefetch);
    return HF_ERR_OK;
}

enum hf_err hf_session_cancel(struct hf_session *session, uint16_t channel, const char *queue)
{
    fake_say(session, "cancel %u %s; ", channel, queue);
    return HF_ERR_OK;
}

enum hf_err hf_session_ack(struct hf_session *session, uint16_t channel, uint64_t tag,
                           bool multiple)
{
    fake_say(session, "ack%s %u %d; ", multiple ? " all" : "", channel, (int)tag);
    return HF_ERR_OK;
}

enum hf_err hf_session_reject(struct hf_session *session, uint16_t channel, uint64_t tag,
                              bool requeue)
{
    fake_say(session, "reject%s %u %d; ", requeue ? "" : " for good", channel, (int)tag);
    return HF_ERR_OK;
}

bool hf_session_is_up(const struct hf_session *session)
{
    return !session->down;
}

bool hf_session_is_blocked(const struct hf_session *session)
{
    return session->blocked;
}

size_t hf_session_room(const struct hf_session *session)
{
    return session->full ? 0 : session->room;
}

void hf_session_facts(const struct hf_session *session, struct hf_session_facts *out)
{
    (void)session;
    *out = (struct hf_session_facts){.tls_version = "TLSv1.3", .tls_handshake_ms = 42};
}

enum hf_err hf_session_publish(struct hf_session *session, uint16_t channel,
                               const struct hf_publish *message, uint64_t *sequence)
{
    if (session->refusal != HF_ERR_OK)
        return session->refusal;
    if (session->count > 0 && fake_last()->body_got < fake_last()->body_size)
        return HF_ERR_ILLEGAL; /* the body before is not whole */
    if (session->full)
        return HF_ERR_WOULD_WRITE;
    if (session->count == FAKE_MESSAGES)
        return HF_ERR_TOO_LARGE;
    struct fake_message *m = &session->messages[session->count++];
    const struct hf_header *status = hf_envelope_find(message->envelope, "hf-status");
    *m = (struct fake_message){
        .body_size = message->body_size, .mandatory = message->mandatory, .channel = channel};
    fake_copy(m->exchange, sizeof m->exchange, hf_str(message->exchange));
    fake_copy(m->key, sizeof m->key, hf_str(message->routing_key));
    fake_copy(m->id, sizeof m->id, message->envelope->message_id);
    fake_copy(m->user, sizeof m->user, message->envelope->user_id);
    fake_copy(m->content_type, sizeof m->content_type, message->envelope->content_type);
    fake_copy(m->status, sizeof m->status, status != NULL ? status->text : hf_str(""));
    *sequence = session->count;
    fake_say(session, "publish %u %s; ", channel, m->id);
    return HF_ERR_OK;
}

enum hf_err hf_session_publish_body(struct hf_session *session, uint16_t channel, const void *data,
                                    size_t len, size_t *taken)
{
    struct fake_message *m = fake_last();
    size_t some = len < session->piece ? len : session->piece;
    *taken = 0;
    if (channel != m->channel || len > m->body_size - m->body_got)
        return HF_ERR_ILLEGAL;
    if (session->full)
        return HF_ERR_WOULD_WRITE;
    for (size_t i = 0; i < some && m->body_got + i < sizeof m->body; i++)
        m->body[m->body_got + i] = ((const char *)data)[i];
    m->body_got += some;
    *taken = some;
    return HF_ERR_OK;
}

/* The broker's answers. */

static inline struct hf_session_event fake_answer(enum hf_session_event_kind kind,
                                                  uint64_t sequence, bool multiple)
{
    return (struct hf_session_event){
        .kind = kind, .channel = 1, .sequence = sequence, .multiple = multiple};
}

#endif
