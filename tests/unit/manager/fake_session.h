#ifndef HF_TEST_MANAGER_FAKE_SESSION_H
#define HF_TEST_MANAGER_FAKE_SESSION_H

#include "link/session.h"
#include "wire/ident.h"

#include <stdlib.h>
#include <string.h>

/*
 * A session without a broker, in place of link's: it notes what is published and acked, and takes
 * no more than it is told to. Include it in one test program, which then links none of link's own.
 */

#define FAKE_MESSAGES 4096

struct fake_message {
    char exchange[80];
    char key[160];
    char id[HF_ID_MAX + 1];
    char user[32];
    char body[96]; /* its beginning */
    int64_t attempt;
    uint64_t body_size, body_got;
    uint64_t sequence;
    bool mandatory, persistent;
};

struct hf_session {
    struct fake_message messages[FAKE_MESSAGES];
    size_t count;
    uint64_t next_sequence;
    size_t room;  /* bytes that it still takes; SIZE_MAX: any number */
    size_t piece; /* bytes of a body that it takes at once */
    bool blocked, closed;
    uint64_t acked[10]; /* the last tag by channel */
    int acks;
    bool acks_are_full; /* hf_session_ack answers WOULD_WRITE */
    char consumed[10][40];
};

static inline void fake_start(struct hf_session *s)
{
    *s = (struct hf_session){.next_sequence = 1, .room = SIZE_MAX, .piece = SIZE_MAX};
}

static inline struct fake_message *fake_last(struct hf_session *s)
{
    return &s->messages[s->count - 1];
}

static inline void fake_copy(char *to, size_t size, struct hf_str from)
{
    size_t len = from.len < size - 1 ? from.len : size - 1;
    if (len > 0)
        memcpy(to, from.data, len);
    to[len] = '\0';
}

enum hf_err hf_session_publish(struct hf_session *s, uint16_t channel,
                               const struct hf_publish *message, uint64_t *sequence)
{
    if (s->closed || s->count == FAKE_MESSAGES || (channel != 1 && channel != 4))
        return HF_ERR_ILLEGAL;
    if (s->count > 0 && fake_last(s)->body_got < fake_last(s)->body_size)
        return HF_ERR_ILLEGAL; /* the body before is not whole */
    if (s->room == 0)
        return HF_ERR_WOULD_WRITE;
    struct fake_message *m = &s->messages[s->count++];
    *m = (struct fake_message){.body_size = message->body_size,
                               .mandatory = message->mandatory,
                               .persistent = message->envelope->persistent,
                               .attempt = 1};
    fake_copy(m->exchange, sizeof m->exchange, hf_str(message->exchange));
    fake_copy(m->key, sizeof m->key, hf_str(message->routing_key));
    fake_copy(m->id, sizeof m->id, message->envelope->message_id);
    fake_copy(m->user, sizeof m->user, message->envelope->user_id);
    (void)hf_envelope_number(message->envelope, "hf-attempt", 1, 1000, &m->attempt);
    *sequence = m->sequence = s->next_sequence++;
    return HF_ERR_OK;
}

enum hf_err hf_session_publish_body(struct hf_session *s, uint16_t channel, const void *data,
                                    size_t len, size_t *taken)
{
    (void)channel;
    struct fake_message *m = fake_last(s);
    size_t some = len < s->piece ? len : s->piece;
    if (s->room != SIZE_MAX && some > s->room)
        some = s->room;
    for (size_t i = 0; i < some && m->body_got + i < sizeof m->body - 1; i++)
        m->body[m->body_got + i] = ((const char *)data)[i];
    m->body_got += some;
    if (s->room != SIZE_MAX)
        s->room -= some;
    *taken = some;
    return some > 0 || len == 0 ? HF_ERR_OK : HF_ERR_WOULD_WRITE;
}

size_t hf_session_room(const struct hf_session *s)
{
    return s->room;
}

bool hf_session_is_blocked(const struct hf_session *s)
{
    return s->blocked;
}

enum hf_err hf_session_consume(struct hf_session *s, uint16_t channel, const char *queue,
                               uint16_t prefetch)
{
    (void)prefetch;
    fake_copy(s->consumed[channel], sizeof s->consumed[channel], hf_str(queue));
    return HF_ERR_OK;
}

enum hf_err hf_session_ack(struct hf_session *s, uint16_t channel, uint64_t tag, bool multiple)
{
    if (s->acks_are_full)
        return HF_ERR_WOULD_WRITE;
    if (!multiple)
        return HF_ERR_ILLEGAL;
    s->acked[channel] = tag;
    s->acks++;
    return HF_ERR_OK;
}

#endif
