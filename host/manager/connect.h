#ifndef HF_MANAGER_CONNECT_H
#define HF_MANAGER_CONNECT_H

#include "broker/settings.h"
#include "link/brokers.h"
#include "link/session.h"

/* The manager's session, as broker.json and its certificate have it. */

/* Channels of the session. */
enum hf_connect_channel {
    HF_CONNECT_PUBLISH = 1,
    HF_CONNECT_RESULTS,
    HF_CONNECT_DEAD,
    HF_CONNECT_CONTROL,
    HF_CONNECT_EVENTS, /* the last one: left out when nobody listens to events */
};

struct hf_connect {
    struct hf_broker_settings settings;
    struct hf_tls_context *tls;
    struct hf_session *session;
    struct hf_brokers brokers;                     /* the addresses, tried in turn */
    uint32_t tried;                                /* of them, since it was up */
    char address[HF_HOST_MAX + HF_VHOST_MAX + 32]; /* "amqps://host:port/vhost", for people */
};

/*
 * Reads the settings and makes a session, which is not started. `name` is what the broker lists
 * the connection as. Errors of hf_broker_settings_load(), hf_tls_context_load(), hf_session_new();
 * nothing is to be closed then.
 */
enum hf_err hf_connect_open(struct hf_connect *connect, const struct hf_home *home,
                            const char *name, bool events, struct hf_fault *fault);

/* Begins to connect, to the next address of the list. As hf_session_start(). */
enum hf_err hf_connect_start(struct hf_connect *connect, int64_t now_ms);

/* It is up: when it goes down, all addresses have their turn again. */
void hf_connect_is_up(struct hf_connect *connect);

/* Whether a round through the addresses has begun and is not over: the next try need not wait. */
bool hf_connect_has_more(const struct hf_connect *connect);

/* Says goodbye, so that what is buffered (acks) arrives; takes 2 s at most. */
void hf_connect_close(struct hf_connect *connect);

/* Adds to a fault of the way to the broker what a person can do about it. */
void hf_connect_advise(const struct hf_connect *connect, struct hf_fault *fault);

#endif
