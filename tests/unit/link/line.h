#ifndef HF_TEST_LINK_LINE_H
#define HF_TEST_LINK_LINE_H

/* A session and the scripted broker at its other end, driven by a poll() loop whose clock a test
 * may put forward. */

#include "broker.h"
#include "link/clock.h"
#include "link/session.h"
#include "link/tls_context.h"

#define LINE_MS 10000 /* longest wait for an event that must come */

struct line {
    struct hf_tls_context *tls;
    struct hf_session_config config;
    struct hf_session *session;
    struct peer peer;
    int64_t ahead_ms; /* of the real clock */
};

/* Settings that a test may change before line_open(). */
static inline void line_prepare(struct line *line)
{
    struct hf_fault fault;
    const struct hf_tls_files files = {.ca = certs_path("ca.pem")};
    memset(line, 0, sizeof *line);
    if (hf_tls_context_load(&files, &line->tls, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    line->config = (struct hf_session_config){.host = "127.0.0.1",
                                              .vhost = "holdfast",
                                              .client_name = "pi-1",
                                              .server_name = "localhost",
                                              .tls = line->tls,
                                              .channels = 2,
                                              .heartbeat_s = 30};
}

static inline int64_t line_now(const struct line *line)
{
    return hf_clock_mono_ms() + line->ahead_ms;
}

static inline void line_start(struct line *line, const struct peer_setup *setup)
{
    struct hf_fault fault;
    if (setup != NULL) {
        peer_start(&line->peer, setup);
        line->config.port = line->peer.port;
    }
    if (hf_session_new(&line->config, &line->session, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(hf_session_start(line->session, line_now(line)), HF_ERR_OK);
}

/* One sleep as the session asks for it, `most_ms` at the longest. */
static inline void line_sleep(const struct line *line, int64_t most_ms)
{
    struct pollfd ready;
    int64_t wait_ms = hf_session_deadline(line->session) - line_now(line);
    hf_session_pollfd(line->session, &ready);
    if (wait_ms < 0)
        wait_ms = 0;
    (void)poll(&ready, 1, (int)(wait_ms < most_ms ? wait_ms : most_ms));
}

/* The next event; false when none came in `ms`. */
static inline bool line_event(struct line *line, struct hf_session_event *event, int64_t ms)
{
    const int64_t until_ms = hf_clock_mono_ms() + ms;
    enum hf_err err;
    while ((err = hf_session_next(line->session, line_now(line), event)) != HF_ERR_OK) {
        const int64_t left_ms = until_ms - hf_clock_mono_ms();
        assert_int_equal(err, HF_ERR_WOULD_READ);
        if (left_ms <= 0)
            return false;
        line_sleep(line, left_ms);
    }
    return true;
}

static inline void line_expect(struct line *line, enum hf_session_event_kind kind,
                               struct hf_session_event *event)
{
    if (!line_event(line, event, LINE_MS))
        fail_msg("no event of kind %d came", kind);
    if (event->kind != kind)
        fail_msg("an event of kind %d instead of %d: %s", event->kind, kind, event->fault.text);
}

static inline void line_expect_down(struct line *line, enum hf_err err, const char *words)
{
    struct hf_session_event event;
    line_expect(line, HF_SESSION_DOWN, &event);
    if (event.fault.err != err)
        fail_msg("%s instead of %s: %s", hf_err_name(event.fault.err), hf_err_name(err),
                 event.fault.text);
    if (strstr(event.fault.text, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, event.fault.text);
    assert_true(hf_session_is_closed(line->session));
    assert_true(hf_session_deadline(line->session) == INT64_MAX);
}

/* The broker plays `play`, which begins with broker_up(). */
static inline void line_up(struct line *line, void (*play)(mbedtls_ssl_context *ssl, int fd))
{
    const struct peer_setup setup = {.play = play};
    struct hf_session_event event;
    line_prepare(line);
    line_start(line, &setup);
    line_expect(line, HF_SESSION_UP, &event);
}

static inline void line_free(struct line *line)
{
    hf_session_free(line->session);
    hf_tls_context_free(line->tls);
}

/* Says goodbye to a broker that ends in broker_end(), which must have found nothing wrong. */
static inline void line_close(struct line *line)
{
    hf_session_close(line->session, line_now(line));
    line_expect_down(line, HF_ERR_OK, "");
    line_free(line);
    assert_int_equal(peer_end(&line->peer), PEER_PLAYED);
}

/* The session must go down with `err` and `words`; the broker need not have come to its end. */
static inline void line_fails(struct line *line, enum hf_err err, const char *words)
{
    line_expect_down(line, err, words);
    line_free(line);
    (void)peer_end(&line->peer);
}

#endif
