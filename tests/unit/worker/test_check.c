/* The way to a broker, step by step, with a session that plays a script in link's place. */
#include "../cmocka_all.h"
#include "link/session.h"
#include "link/tls_platform.h"
#include "worker/check.h"

#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 16

/* What the session does at each call of hf_session_next. */
struct turn {
    enum hf_session_stage stage; /* that it is in from then on */
    bool has_event;
    struct hf_session_event event;
    uint16_t granted; /* consumers, on channels 1 up to this */
};

struct hf_session {
    struct turn turns[TURNS_MAX];
    size_t count, next;
    enum hf_session_stage stage;
    uint16_t granted, consumed;
    char queues[4][64];
    int starts, closes;
    char server_name[64], host[64];
};

static struct hf_session script;
static struct hf_config settings;
static char *said;
static size_t said_len;

enum hf_err hf_session_new(const struct hf_session_config *config, struct hf_session **out,
                           struct hf_fault *fault)
{
    (void)config;
    (void)fault;
    *out = &script;
    return HF_ERR_OK;
}

void hf_session_free(struct hf_session *session)
{
    (void)session;
}

enum hf_err hf_session_aim(struct hf_session *session, const char *host, uint16_t port,
                           const char *server_name)
{
    (void)port;
    (void)snprintf(session->host, sizeof session->host, "%s", host);
    (void)snprintf(session->server_name, sizeof session->server_name, "%s",
                   server_name != NULL ? server_name : "");
    return HF_ERR_OK;
}

enum hf_err hf_session_start(struct hf_session *session, int64_t now_ms)
{
    (void)now_ms;
    session->starts++;
    session->stage = HF_STAGE_RESOLVE;
    session->granted = 0;
    return HF_ERR_OK;
}

void hf_session_close(struct hf_session *session, int64_t now_ms)
{
    (void)now_ms;
    session->closes++;
    session->stage = HF_STAGE_CLOSED;
}

enum hf_session_stage hf_session_stage(const struct hf_session *session)
{
    return session->stage;
}

uint32_t hf_session_consumers(const struct hf_session *session, uint16_t channel)
{
    return channel <= session->granted;
}

void hf_session_facts(const struct hf_session *session, struct hf_session_facts *out)
{
    (void)session;
    *out = (struct hf_session_facts){
        .address = "192.0.2.7", .tls_version = "TLSv1.3", .broker = "RabbitMQ 3.10.8"};
}

void hf_session_pollfd(const struct hf_session *session, struct pollfd *out)
{
    (void)session;
    *out = (struct pollfd){.fd = -1};
}

int64_t hf_session_deadline(const struct hf_session *session)
{
    (void)session;
    return 0;
}

enum hf_err hf_session_consume(struct hf_session *session, uint16_t channel, const char *queue,
                               uint16_t prefetch)
{
    assert_int_equal(prefetch, 1);
    assert_in_range(channel, 1, 3);
    (void)snprintf(session->queues[channel], sizeof session->queues[0], "%s", queue);
    session->consumed++;
    return HF_ERR_OK;
}

enum hf_err hf_session_next(struct hf_session *session, int64_t now_ms,
                            struct hf_session_event *event)
{
    (void)now_ms;
    /* What was closed goes down; a script that is over ends the test before it hangs. */
    if (session->stage == HF_STAGE_CLOSED || session->next == session->count) {
        *event = (struct hf_session_event){.kind = HF_SESSION_DOWN};
        return HF_ERR_OK;
    }
    const struct turn *turn = &session->turns[session->next++];
    session->stage = turn->stage;
    if (turn->granted > 0)
        session->granted = turn->granted;
    *event = turn->event;
    return turn->has_event ? HF_ERR_OK : HF_ERR_WOULD_READ;
}

/* The script. */

static int set_up(void **state)
{
    (void)state;
    memset(&script, 0, sizeof script);
    memset(&settings, 0, sizeof settings);
    (void)snprintf(settings.board, sizeof settings.board, "pi-1");
    (void)snprintf(settings.pool, sizeof settings.pool, "attic");
    (void)snprintf(settings.broker.host, sizeof settings.broker.host, "lab.example");
    (void)snprintf(settings.broker.user, sizeof settings.broker.user, "somebody");
    (void)snprintf(settings.state, sizeof settings.state, "/tmp");
    settings.broker.port = 5671;
    settings.heartbeat_s = 10;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(said);
    said = NULL;
    return 0;
}

static void step(enum hf_session_stage stage)
{
    script.turns[script.count++] = (struct turn){.stage = stage};
}

static void event(enum hf_session_stage stage, struct hf_session_event what)
{
    script.turns[script.count++] = (struct turn){.stage = stage, .has_event = true, .event = what};
}

static void grant(uint16_t channels)
{
    script.turns[script.count++] = (struct turn){.stage = HF_STAGE_UP, .granted = channels};
}

static void go_up(void)
{
    step(HF_STAGE_CONNECT);
    step(HF_STAGE_TLS);
    step(HF_STAGE_LOGIN);
    step(HF_STAGE_CHANNELS);
    event(HF_STAGE_UP, (struct hf_session_event){.kind = HF_SESSION_UP});
}

static void fail_with(enum hf_err err, long raw, const char *text)
{
    struct hf_session_event down = {.kind = HF_SESSION_DOWN};
    (void)hf_fault_set(&down.fault, err, raw, "%s", text);
    event(HF_STAGE_CLOSED, down);
}

static bool run(void)
{
    FILE *out = open_memstream(&said, &said_len);
    assert_non_null(out);
    const struct hf_check_setup setup = {.config = &settings, .tls = NULL, .out = out};
    const bool well = hf_check_run(&setup);
    assert_int_equal(fclose(out), 0);
    return well;
}

static void check_said(const char *words)
{
    if (strstr(said, words) == NULL)
        fail_msg("'%s' is not in\n%s", words, said);
}

/* The own certificate is link's; here the login is by password. */
enum hf_err hf_tls_context_dates(const struct hf_tls_context *context, int64_t *from_s,
                                 int64_t *until_s)
{
    (void)context;
    (void)from_s;
    (void)until_s;
    return HF_ERR_NOT_FOUND;
}

void hf_tls_platform_set_floor(int64_t unix_s, bool trusted)
{
    (void)trusted;
    assert_true(unix_s > 0);
}

static void every_step_is_told_and_every_queue_asked_once(void **state)
{
    (void)state;
    go_up();
    grant(3);
    assert_true(run());
    static const char *const steps[] = {"state       ok", "broker lab.example port 5671",
                                        "resolve   ok",   "connect   ok",
                                        "192.0.2.7",      "tls       ok",
                                        "login     ok",   "RabbitMQ 3.10.8",
                                        "channels  ok",   "all is well"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        check_said(steps[i]);
    assert_int_equal(script.consumed, 3);
    assert_string_equal(script.queues[1], "hf.q.tasks.attic");
    assert_string_equal(script.queues[2], "hf.q.device.pi-1");
    assert_string_equal(script.queues[3], "hf.q.control.pi-1");
    assert_int_equal(script.closes, 1);
}

static void a_foreign_queue_is_the_only_one_asked_for(void **state)
{
    (void)state;
    (void)snprintf(settings.queue, sizeof settings.queue, "task_queue");
    go_up();
    grant(1);
    assert_true(run());
    assert_int_equal(script.consumed, 1);
    check_said("task_queue");
}

static void a_queue_that_is_missing_does_not_hide_the_others(void **state)
{
    (void)state;
    go_up();
    event(HF_STAGE_UP, (struct hf_session_event){.kind = HF_SESSION_CHANNEL_CLOSED,
                                                 .channel = 1,
                                                 .code = 404,
                                                 .text = hf_str("NOT_FOUND")});
    grant(3);
    assert_false(run());
    check_said("hf.q.tasks.attic: no such queue");
    check_said("(404 NOT_FOUND)");
    check_said("ms hf.q.device.pi-1\n");
    check_said("something has failed");
}

static void the_step_that_failed_is_named_with_its_reason_and_a_mend(void **state)
{
    (void)state;
    step(HF_STAGE_TLS);
    step(HF_STAGE_LOGIN);
    fail_with(HF_ERR_AMQP_LOGIN, 403, "the broker said no");
    assert_false(run());
    check_said("tls       ok");
    check_said("login     FAILED");
    check_said("the broker said no\n            is this board still enrolled");
    assert_int_equal(script.consumed, 0);
}

static void a_step_that_fails_before_it_was_seen_is_known_by_its_error(void **state)
{
    (void)state;
    fail_with(HF_ERR_REFUSED, 111, "nothing listens");
    assert_false(run());
    check_said("resolve   ok");
    check_said("connect   FAILED");
}

static void a_certificate_that_is_refused_after_the_handshake_fails_where_it_shows(void **state)
{
    (void)state;
    step(HF_STAGE_LOGIN);
    fail_with(HF_ERR_TLS_CERT_REFUSED, 0, "it refused our certificate");
    assert_false(run());
    check_said("tls       ok");
    check_said("login     FAILED");
    check_said("enroll this board again");
}

static void every_broker_is_tried_although_one_failed(void **state)
{
    (void)state;
    (void)snprintf(settings.broker.host, sizeof settings.broker.host, "one.example, two.example:7");
    (void)snprintf(settings.broker.server_name, sizeof settings.broker.server_name, "lab");
    fail_with(HF_ERR_RESOLVE, 0, "no such name");
    go_up();
    grant(3);
    assert_false(run());
    check_said("broker one.example port 5671\n  resolve   FAILED");
    check_said("broker two.example port 7\n  resolve   ok");
    assert_int_equal(script.starts, 2);
    assert_string_equal(script.host, "two.example");
    assert_string_equal(script.server_name, "lab");
}

static void a_list_of_brokers_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    (void)snprintf(settings.broker.host, sizeof settings.broker.host, "one.example:x");
    assert_false(run());
    check_said("settings    FAILED");
    check_said("one.example:x");
    assert_int_equal(script.starts, 0);
}

#define with_script(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_script(every_step_is_told_and_every_queue_asked_once),
        with_script(a_foreign_queue_is_the_only_one_asked_for),
        with_script(a_queue_that_is_missing_does_not_hide_the_others),
        with_script(the_step_that_failed_is_named_with_its_reason_and_a_mend),
        with_script(a_step_that_fails_before_it_was_seen_is_known_by_its_error),
        with_script(a_certificate_that_is_refused_after_the_handshake_fails_where_it_shows),
        with_script(every_broker_is_tried_although_one_failed),
        with_script(a_list_of_brokers_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
