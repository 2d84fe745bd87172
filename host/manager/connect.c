#include "manager/connect.h"

#include "link/clock.h"
#include "link/tls_context.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define HEARTBEAT_S       10
#define SEND_BUFFER_BYTES ((size_t)256 * 1024) /* hundreds of small tasks leave in one go */
#define GOODBYE_MS        2000

static enum hf_err make_session(struct hf_connect *connect, const char *name, bool events,
                                struct hf_fault *fault)
{
    const struct hf_broker_settings *settings = &connect->settings;
    struct hf_session_config config = {.host = connect->brokers.list[0].host,
                                       .port = connect->brokers.list[0].port,
                                       .vhost = settings->vhost,
                                       .client_name = name,
                                       .tls = connect->tls,
                                       .channels = events ? HF_CONNECT_EVENTS : HF_CONNECT_CONTROL,
                                       .heartbeat_s = HEARTBEAT_S,
                                       .send_buffer_bytes = SEND_BUFFER_BYTES};
    return hf_session_new(&config, &connect->session, fault);
}

static void name_address(struct hf_connect *connect, const struct hf_broker *broker)
{
    snprintf(connect->address, sizeof connect->address, "amqps://%s:%u/%s", broker->host,
             broker->port, connect->settings.vhost);
}

enum hf_err hf_connect_open(struct hf_connect *connect, const struct hf_home *home,
                            const char *name, bool events, struct hf_fault *fault)
{
    struct hf_broker_settings *settings = &connect->settings;
    *connect = (struct hf_connect){0};
    enum hf_err err = hf_broker_settings_load(home, settings, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_brokers_parse(&connect->brokers, "host", settings->host, settings->port, fault);
    if (err != HF_ERR_OK)
        return err;
    name_address(connect, &connect->brokers.list[0]);
    struct hf_tls_files files = {.ca = settings->ca, .cert = settings->cert, .key = settings->key};
    err = hf_tls_context_load(&files, &connect->tls, fault);
    if (err == HF_ERR_OK)
        err = make_session(connect, name, events, fault);
    if (err != HF_ERR_OK)
        hf_tls_context_free(connect->tls);
    return err;
}

enum hf_err hf_connect_start(struct hf_connect *connect, int64_t now_ms)
{
    const struct hf_broker *broker = hf_brokers_turn(&connect->brokers);
    name_address(connect, broker);
    connect->tried++;
    enum hf_err err = hf_session_aim(connect->session, broker->host, broker->port, NULL);
    return err ? err : hf_session_start(connect->session, now_ms);
}

void hf_connect_is_up(struct hf_connect *connect)
{
    connect->tried = 0;
}

bool hf_connect_has_more(const struct hf_connect *connect)
{
    return connect->tried % connect->brokers.count != 0;
}

static void say_goodbye(struct hf_session *session)
{
    struct hf_session_event event;
    int64_t end_ms = hf_clock_mono_ms() + GOODBYE_MS;
    int64_t now_ms = hf_clock_mono_ms();
    hf_session_close(session, now_ms);
    while (!hf_session_is_closed(session) && now_ms < end_ms) {
        struct pollfd ready;
        while (hf_session_next(session, now_ms, &event) == HF_ERR_OK) {
            /* Whatever still comes was not acked, so it comes again. */
        }
        if (hf_session_is_closed(session))
            break;
        hf_session_pollfd(session, &ready);
        (void)poll(&ready, 1, (int)(end_ms - now_ms));
        now_ms = hf_clock_mono_ms();
    }
}

void hf_connect_close(struct hf_connect *connect)
{
    if (!connect->session)
        return;
    if (hf_session_is_up(connect->session))
        say_goodbye(connect->session);
    hf_session_free(connect->session);
    hf_tls_context_free(connect->tls);
    *connect = (struct hf_connect){0};
}

static const char *advice_for(const struct hf_connect *connect, enum hf_err err)
{
    bool is_private = connect->settings.is_private;
    switch ((int)err) {
    case HF_ERR_REFUSED:
    case HF_ERR_UNREACHABLE:
    case HF_ERR_TIMED_OUT:
        return is_private ? "Start it: holdfast up"
                          : "Its address is in broker.json; more: holdfast doctor";
    case HF_ERR_AMQP_CHANNEL: return "To declare what is missing: holdfast doctor --fix";
    default: return "";
    }
}

void hf_connect_advise(const struct hf_connect *connect, struct hf_fault *fault)
{
    const char *advice = advice_for(connect, fault->err);
    size_t used = strlen(fault->text);
    const char *between = used && fault->text[used - 1] == '?' ? " " : ". ";
    if (advice[0] && used + strlen(between) + strlen(advice) <= HF_FAULT_TEXT_MAX)
        snprintf(fault->text + used, sizeof fault->text - used, "%s%s", between, advice);
}
