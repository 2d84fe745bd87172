#include "worker/check.h"

#include "link/brokers.h"
#include "link/clock.h"
#include "link/session.h"
#include "link/tls_platform.h"
#include "wire/topology.h"
#include "worker/mend.h"
#include "worker/timefloor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUEUES_MAX       3
#define CHANNELS         QUEUES_MAX /* one each: a refusal closes its channel */
#define QUEUES_ANSWER_MS 10000
#define SOON_S           (INT64_C(30) * 24 * 3600)

struct queue {
    char name[HF_CONFIG_TEXT_MAX + 1];
    bool answered;
};

struct check {
    const struct hf_config *config;
    struct hf_session *session;
    FILE *out;
    bool gives;
    bool failed;
    /* Of the broker that is tried now. */
    enum hf_session_stage stage;
    int64_t since_ms; /* when that began, and when the queues were asked */
    int64_t now_ms;
    bool asked;
    bool over;
    struct queue queues[QUEUES_MAX]; /* by channel, from 1 */
    size_t queue_count;
};

static const char *const stage_names[] = {"resolve", "connect", "tls", "login", "channels"};

static void say(struct check *check, const char *step, const struct hf_fault *fault,
                const char *text)
{
    const bool ok = fault == NULL;
    (void)fprintf(check->out, "  %-9s %-6s %5" PRId64 " ms %s%s\n", step, ok ? "ok" : "FAILED",
                  check->now_ms - check->since_ms, text, ok ? "" : fault->text);
    if (!ok && hf_mend(fault)[0] != '\0')
        (void)fprintf(check->out, "            %s\n", hf_mend(fault));
    check->failed = check->failed || !ok;
    (void)fflush(check->out);
}

/* A step on this machine, which takes no time. */
static void say_here(struct check *check, const char *step, bool ok, const char *text,
                     const char *mend)
{
    (void)fprintf(check->out, "%-11s %-6s          %s%s\n", step, ok ? "ok" : "FAILED", text, mend);
    check->failed = check->failed || !ok;
}

/* What is on this machine. */

static void check_state(struct check *check)
{
    char text[HF_CONFIG_PATH_MAX + 80];
    const char *folder = check->config->state;
    const bool ok =
        check->gives || access(folder, W_OK | X_OK) == 0 || errno == ENOENT; /* made then */
    (void)snprintf(text, sizeof text, "%s%s%s", folder, ok ? "" : ": ", ok ? "" : strerror(errno));
    say_here(check, "state", ok, text,
             ok ? "" : "; run this as the worker's user, or give it the folder");
}

static void check_handlers(struct check *check)
{
    const char *allowed = check->config->allow_handlers;
    say_here(check, "handlers", true, allowed[0] != '\0' ? allowed : "all but exec", "");
}

static void check_certificate(struct check *check, const struct hf_tls_context *tls,
                              struct hf_timefloor_judged now)
{
    int64_t from_s = 0;
    int64_t until_s = 0;
    char text[64];
    struct tm utc = {0};
    if (hf_tls_context_dates(tls, &from_s, &until_s) != HF_ERR_OK)
        return; /* the login is by password */
    const int64_t now_s = now.floor_ms / 1000;
    const bool early = now.trusted && now_s < from_s;
    const time_t shown = (time_t)(early ? from_s : until_s);
    (void)gmtime_r(&shown, &utc);
    (void)snprintf(text, sizeof text, "%s %04d-%02d-%02d",
                   early ? "not valid before" : "valid until", utc.tm_year + 1900, utc.tm_mon + 1,
                   utc.tm_mday);
    if (early)
        say_here(check, "certificate", false, text, ": set this board's clock");
    else if (now_s > until_s)
        say_here(check, "certificate", false, text, ": enroll this board again");
    else
        say_here(check, "certificate", true, text,
                 until_s - now_s < SOON_S ? ": enroll this board again before that" : "");
}

static struct hf_timefloor_judged judge_time(const struct hf_check_setup *setup)
{
    struct hf_timefloor floor;
    struct hf_fault fault;
    int64_t issued_s = 0;
    const int64_t now_ms = hf_clock_mono_ms();
    (void)hf_tls_context_dates(setup->tls, &issued_s, NULL);
    (void)hf_timefloor_open(&floor, setup->config->state, HOLDFAST_BUILD_EPOCH * INT64_C(1000),
                            issued_s * 1000, now_ms, &fault);
    floor.follows = setup->config->set_clock;
    return hf_timefloor_now(&floor, hf_clock_unix_ms(), now_ms);
}

/* The queues. None is cancelled: RabbitMQ 3.10 ends the connection with an internal error when a
 * consumer of a quorum queue is cancelled while a message is on its way to it. */

static void name_queues(struct check *check)
{
    const struct hf_config *config = check->config;
    check->queue_count = 1;
    if (config->queue[0] != '\0') {
        memcpy(check->queues[0].name, config->queue, sizeof config->queue);
        return;
    }
    hf_route(check->queues[0].name, HF_QUEUE_TASKS_PREFIX, config->pool);
    hf_route(check->queues[1].name, HF_QUEUE_DEVICE_PREFIX, config->board);
    hf_route(check->queues[2].name, HF_QUEUE_CONTROL_PREFIX, config->board);
    check->queue_count = QUEUES_MAX;
}

static void ask_queues(struct check *check)
{
    check->asked = true;
    check->since_ms = check->now_ms;
    for (size_t i = 0; i < check->queue_count; i++) {
        check->queues[i].answered = false;
        (void)hf_session_consume(check->session, (uint16_t)(i + 1), check->queues[i].name, 1);
    }
}

static void answer_queue(struct check *check, size_t index, uint16_t code, struct hf_str text)
{
    struct queue *queue = &check->queues[index < QUEUES_MAX ? index : 0];
    struct hf_fault fault;
    if (index >= check->queue_count || queue->answered)
        return;
    queue->answered = true;
    if (code == 0) {
        say(check, "queue", NULL, queue->name);
        return;
    }
    (void)hf_fault_set(&fault, HF_ERR_AMQP_CHANNEL, code, ": %s (%u %.*s)", hf_mend_queue(code),
                       code, (int)(text.len < 100 ? text.len : 100), text.data);
    say(check, "queue", &fault, queue->name);
}

static void note_queues(struct check *check)
{
    size_t open = 0;
    const bool late = check->now_ms - check->since_ms >= QUEUES_ANSWER_MS;
    for (size_t i = 0; check->asked && i < check->queue_count; i++) {
        if (hf_session_consumers(check->session, (uint16_t)(i + 1)) > 0)
            answer_queue(check, i, 0, hf_str(""));
        else if (late)
            answer_queue(check, i, 504, hf_str("no answer in 10 s"));
        open += !check->queues[i].answered;
    }
    if (!check->asked || open > 0)
        return;
    check->asked = false;
    hf_session_close(check->session, check->now_ms);
}

/* The connection. */

static void say_stage(struct check *check)
{
    struct hf_session_facts facts;
    char text[sizeof facts.tls_version + sizeof facts.cipher + 1];
    hf_session_facts(check->session, &facts);
    (void)snprintf(text, sizeof text, "%s %s", facts.tls_version, facts.cipher);
    say(check, stage_names[check->stage], NULL,
        check->stage == HF_STAGE_CONNECT ? facts.address
        : check->stage == HF_STAGE_TLS   ? text
        : check->stage == HF_STAGE_LOGIN ? facts.broker
                                         : "");
}

/* All steps that are behind us; what was passed between two looks took no time. */
static void note_stage(struct check *check)
{
    const enum hf_session_stage now = hf_session_stage(check->session);
    while (now != HF_STAGE_CLOSED && check->stage < now && check->stage < HF_STAGE_UP) {
        say_stage(check);
        check->stage++;
        check->since_ms = check->now_ms;
    }
}

/* A step that is over within one look is known by what it says. */
static enum hf_session_stage stage_of(enum hf_err err)
{
    if (err == HF_ERR_REFUSED || err == HF_ERR_UNREACHABLE)
        return HF_STAGE_CONNECT;
    if (err <= HF_ERR_TLS && err >= HF_ERR_TLS_PROTOCOL)
        return HF_STAGE_TLS;
    return err == HF_ERR_AMQP_LOGIN ? HF_STAGE_LOGIN : HF_STAGE_RESOLVE;
}

static void connection_lost(struct check *check, const struct hf_fault *fault)
{
    check->over = true;
    if (fault->err == HF_ERR_OK)
        return;
    for (; check->stage < stage_of(fault->err); check->stage++)
        say(check, stage_names[check->stage], NULL, "");
    say(check, check->stage < HF_STAGE_UP ? stage_names[check->stage] : "queues", fault, "");
}

static void take_event(struct check *check, const struct hf_session_event *event)
{
    switch ((int)event->kind) {
    case HF_SESSION_UP:
        note_stage(check);
        ask_queues(check);
        break;
    case HF_SESSION_CHANNEL_CLOSED:
        answer_queue(check, (size_t)event->channel - 1, event->code, event->text);
        break;
    case HF_SESSION_DOWN: connection_lost(check, &event->fault); break;
    default: break;
    }
}

static void wait_a_turn(const struct check *check)
{
    struct pollfd fd;
    const int64_t left_ms = hf_session_deadline(check->session) - check->now_ms;
    hf_session_pollfd(check->session, &fd);
    (void)poll(&fd, 1, left_ms <= 0 ? 0 : left_ms < 1000 ? (int)left_ms : 1000);
}

static void try_broker(struct check *check, const struct hf_broker *broker)
{
    const char *name = check->config->broker.server_name;
    struct hf_session_event event;
    (void)fprintf(check->out, "broker %s port %u\n", broker->host, broker->port);
    check->stage = HF_STAGE_RESOLVE;
    check->asked = check->over = false;
    check->since_ms = check->now_ms = hf_clock_mono_ms();
    (void)hf_session_aim(check->session, broker->host, broker->port, name[0] != '\0' ? name : NULL);
    (void)hf_session_start(check->session, check->now_ms);
    while (!check->over) {
        note_stage(check);
        wait_a_turn(check);
        check->now_ms = hf_clock_mono_ms();
        while (!check->over && hf_session_next(check->session, check->now_ms, &event) == HF_ERR_OK)
            take_event(check, &event);
        note_queues(check);
    }
}

static enum hf_err open_session(struct check *check, const struct hf_brokers *brokers,
                                struct hf_tls_context *tls, struct hf_fault *fault)
{
    const struct hf_config *config = check->config;
    const bool by_password = config->broker.user[0] != '\0';
    const struct hf_session_config session = {
        .host = brokers->list[0].host,
        .port = brokers->list[0].port,
        .vhost = config->broker.vhost,
        .user = by_password ? config->broker.user : NULL,
        .password = by_password ? config->broker.password : NULL,
        .client_name = config->board,
        .tls = tls,
        .channels = CHANNELS,
        .heartbeat_s = (uint16_t)config->heartbeat_s,
    };
    return hf_session_new(&session, &check->session, fault);
}

bool hf_check_run(const struct hf_check_setup *setup)
{
    struct check check = {.config = setup->config, .out = setup->out, .gives = setup->gives};
    struct hf_brokers brokers;
    struct hf_fault fault;
    const struct hf_timefloor_judged now = judge_time(setup);
    (void)signal(SIGPIPE, SIG_IGN);
    hf_tls_platform_set_floor(now.floor_ms / 1000, now.trusted);
    check_certificate(&check, setup->tls, now);
    check_state(&check);
    check_handlers(&check);
    name_queues(&check);
    enum hf_err err = hf_brokers_parse(&brokers, "broker.host", setup->config->broker.host,
                                       (uint16_t)setup->config->broker.port, &fault);
    if (err == HF_ERR_OK)
        err = open_session(&check, &brokers, setup->tls, &fault);
    if (err != HF_ERR_OK)
        say_here(&check, "settings", false, fault.text, "");
    for (uint32_t i = 0; err == HF_ERR_OK && i < brokers.count; i++)
        try_broker(&check, &brokers.list[i]);
    hf_session_free(check.session);
    (void)fprintf(check.out, "%s\n",
                  check.failed ? "something has failed: see above" : "all is well");
    return !check.failed;
}
