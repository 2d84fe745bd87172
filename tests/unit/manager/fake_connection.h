#ifndef HF_TEST_MANAGER_FAKE_CONNECTION_H
#define HF_TEST_MANAGER_FAKE_CONNECTION_H

#include "fake_session.h"
#include "link/tls_context.h"

/* The rest of a session that has no broker: it comes up and goes down as the test says. One at a
 * time; the certificates are not looked at. */

#define FAKE_EVENTS 64

static struct hf_session fake_one;

static struct {
    struct hf_session_event events[FAKE_EVENTS];
    int count, taken;
    bool up, open;
    int starts, closes;
    char aimed[64]; /* "host:port" of the last start */
} fake_line;

static inline void fake_line_reset(void)
{
    memset(&fake_line, 0, sizeof fake_line);
    fake_start(&fake_one);
}

/* What the session says next. */
static inline struct hf_session_event *fake_say(enum hf_session_event_kind kind, uint16_t channel)
{
    struct hf_session_event *event = &fake_line.events[fake_line.count++];
    *event = (struct hf_session_event){.kind = kind, .channel = channel};
    return event;
}

enum hf_err hf_session_new(const struct hf_session_config *config, struct hf_session **out,
                           struct hf_fault *fault)
{
    (void)config;
    (void)fault;
    *out = &fake_one;
    return HF_ERR_OK;
}

void hf_session_free(struct hf_session *session)
{
    (void)session;
}

enum hf_err hf_session_aim(struct hf_session *session, const char *host, uint16_t port,
                           const char *server_name)
{
    (void)session;
    (void)server_name;
    snprintf(fake_line.aimed, sizeof fake_line.aimed, "%s:%u", host, port);
    return HF_ERR_OK;
}

enum hf_err hf_session_start(struct hf_session *session, int64_t now_ms)
{
    (void)session;
    (void)now_ms;
    fake_line.open = true;
    fake_line.starts++;
    fake_start(&fake_one);
    return HF_ERR_OK;
}

void hf_session_close(struct hf_session *session, int64_t now_ms)
{
    (void)session;
    (void)now_ms;
    fake_line.closes++;
    fake_line.up = false;
    fake_say(HF_SESSION_DOWN, 0);
}

bool hf_session_is_up(const struct hf_session *session)
{
    (void)session;
    return fake_line.up;
}

bool hf_session_is_closed(const struct hf_session *session)
{
    (void)session;
    return !fake_line.open;
}

void hf_session_pollfd(const struct hf_session *session, struct pollfd *out)
{
    (void)session;
    *out = (struct pollfd){.fd = -1};
}

int64_t hf_session_deadline(const struct hf_session *session)
{
    (void)session;
    return INT64_MAX;
}

enum hf_err hf_session_next(struct hf_session *session, int64_t now_ms,
                            struct hf_session_event *event)
{
    (void)session;
    (void)now_ms;
    if (!fake_line.open || fake_line.taken == fake_line.count)
        return HF_ERR_WOULD_READ;
    *event = fake_line.events[fake_line.taken++];
    if (event->kind == HF_SESSION_UP)
        fake_line.up = true;
    if (event->kind == HF_SESSION_DOWN)
        fake_line.up = fake_line.open = false;
    return HF_ERR_OK;
}

enum hf_err hf_tls_context_load(const struct hf_tls_files *files, struct hf_tls_context **out,
                                struct hf_fault *fault)
{
    (void)files;
    (void)fault;
    *out = NULL;
    return HF_ERR_OK;
}

void hf_tls_context_free(struct hf_tls_context *context)
{
    (void)context;
}

#endif
