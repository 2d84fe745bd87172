#include "../cmocka_all.h"
#include "link/session.h"

#include <stdio.h>
#include <string.h>

/* Never looked into before a connection is there. */
static struct hf_tls_context *some_tls(void)
{
    static char tls;
    return (struct hf_tls_context *)(void *)&tls;
}

static struct hf_session_config good(void)
{
    return (struct hf_session_config){.host = "broker.example",
                                      .port = 5671,
                                      .vhost = "holdfast",
                                      .tls = some_tls(),
                                      .channels = 2,
                                      .heartbeat_s = 10};
}

static void check_refused(const struct hf_session_config *config, const char *field)
{
    struct hf_session *session = NULL;
    struct hf_fault fault;
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "'%s'", field);
    assert_int_equal(hf_session_new(config, &session, &fault), HF_ERR_INVALID);
    assert_null(session);
    if (strstr(fault.text, quoted) == NULL)
        fail_msg("%s is not in '%s'", quoted, fault.text);
}

static void the_least_and_the_most_are_taken(void **state)
{
    (void)state;
    struct hf_session_config config = good();
    struct hf_session *session = NULL;
    assert_int_equal(hf_session_new(&config, &session, NULL), HF_ERR_OK);
    hf_session_free(session);
    config.channels = 0;
    config.heartbeat_s = 1;
    assert_int_equal(hf_session_new(&config, &session, NULL), HF_ERR_OK);
    hf_session_free(session);
    config.channels = HF_SESSION_CHANNELS_MAX;
    config.heartbeat_s = 3600;
    config.user = "board";
    config.password = "secret";
    assert_int_equal(hf_session_new(&config, &session, NULL), HF_ERR_OK);
    hf_session_free(session);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    struct hf_session_config config = good();
    config.host = NULL;
    check_refused(&config, "host");
    config.host = "";
    check_refused(&config, "host");
    config = good();
    config.vhost = NULL;
    check_refused(&config, "vhost");
    config = good();
    config.tls = NULL;
    check_refused(&config, "tls");
    config = good();
    config.port = 0;
    check_refused(&config, "port");
}

static void what_is_out_of_range_is_named(void **state)
{
    (void)state;
    struct hf_session_config config = good();
    char longer[1024];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    config.channels = HF_SESSION_CHANNELS_MAX + 1;
    check_refused(&config, "channels");
    config = good();
    config.heartbeat_s = 0;
    check_refused(&config, "heartbeat_s");
    config.heartbeat_s = 3601;
    check_refused(&config, "heartbeat_s");
    config = good();
    config.host = longer;
    check_refused(&config, "host");
    config = good();
    config.vhost = longer;
    check_refused(&config, "vhost");
    config = good();
    config.client_name = longer;
    check_refused(&config, "client_name");
    config = good();
    config.server_name = longer;
    check_refused(&config, "server_name");
    config = good();
    config.user = "board";
    config.password = longer;
    check_refused(&config, "password");
}

static void a_password_wants_a_user(void **state)
{
    (void)state;
    struct hf_session_config config = good();
    config.password = "secret";
    check_refused(&config, "user");
    config.user = "";
    check_refused(&config, "user");
}

static void a_password_is_never_quoted(void **state)
{
    (void)state;
    struct hf_session_config config = good();
    struct hf_session *session = NULL;
    struct hf_fault fault;
    config.password = "sesame";
    assert_int_equal(hf_session_new(&config, &session, &fault), HF_ERR_INVALID);
    assert_null(strstr(fault.text, "sesame"));
}

static void a_session_that_was_not_begun_wants_nothing(void **state)
{
    (void)state;
    const struct hf_session_config config = good();
    struct hf_session *session = NULL;
    struct hf_session_event event;
    struct pollfd ready;
    assert_int_equal(hf_session_new(&config, &session, NULL), HF_ERR_OK);
    assert_true(hf_session_is_closed(session));
    assert_false(hf_session_is_up(session));
    hf_session_pollfd(session, &ready);
    assert_int_equal(ready.fd, -1);
    assert_true(hf_session_deadline(session) == INT64_MAX);
    assert_int_equal(hf_session_next(session, 0, &event), HF_ERR_WOULD_READ);
    hf_session_close(session, 0);
    assert_int_equal(hf_session_ack(session, 1, 1, false), HF_ERR_ILLEGAL);
    assert_int_equal(hf_session_room(session), 0);
    hf_session_free(session);
    hf_session_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_and_the_most_are_taken),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(what_is_out_of_range_is_named),
        cmocka_unit_test(a_password_wants_a_user),
        cmocka_unit_test(a_password_is_never_quoted),
        cmocka_unit_test(a_session_that_was_not_begun_wants_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
