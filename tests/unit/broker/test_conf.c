#include "../cmocka_all.h"
#include "broker/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hf_home home = {.dir = "/data"};

static struct hf_broker_settings settings_of_two_addresses(void)
{
    struct hf_broker_settings settings;
    hf_broker_settings_init(&settings, &home);
    settings.port = 5671;
    settings.node.management_port = 15671;
    settings.node.dist_port = 25671;
    settings.node.epmd_port = 24369;
    strcpy(settings.node.listen[0], "127.0.0.1");
    strcpy(settings.node.listen[1], "fd00::2");
    settings.node.listen_count = 2;
    return settings;
}

static bool has_line(const char *text, const char *line)
{
    size_t len = strlen(line);
    for (const char *at = text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && (at[len] == '\n' || at[len] == '\0'))
            return true;
    }
    return false;
}

static void only_tls_is_served_and_only_with_a_client_certificate(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    assert_int_equal(hf_conf_rabbitmq(&home, &settings, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "listeners.tcp = none"));
    assert_true(has_line(text, "listeners.ssl.1 = 127.0.0.1:5671"));
    assert_true(has_line(text, "listeners.ssl.2 = fd00::2:5671"));
    assert_true(has_line(text, "auth_mechanisms.1 = EXTERNAL"));
    assert_null(strstr(text, "auth_mechanisms.2"));
    assert_int_equal(hf_conf_advanced(&home, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "    {verify, verify_peer},"));
    assert_true(has_line(text, "    {fail_if_no_peer_cert, true},"));
    assert_true(has_line(text, "    {cacertfile, \"/data/pki/device-ca.pem\"},"));
    assert_true(has_line(text, "    {versions, ['tlsv1.3', 'tlsv1.2']},"));
    assert_non_null(strstr(text, "\"ECDHE-ECDSA-CHACHA20-POLY1305\"]},\n"));
    assert_true(has_line(text, "    {supported_groups, [x25519, secp256r1]},"));
    assert_true(has_line(text, "    {eccs, [x25519, secp256r1]},"));
    assert_true(has_line(text, "    {client_renegotiation, false},"));
}

/* advanced.config takes the place of all that rabbitmq.conf says about TLS. */
static void what_tls_wants_stands_in_one_place(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    assert_int_equal(hf_conf_rabbitmq(&home, &settings, text, NULL), HF_ERR_OK);
    assert_null(strstr(text, "ssl_options"));
}

static void revoked_certificates_are_looked_up_at_each_handshake(void **state)
{
    char text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    assert_int_equal(hf_conf_advanced(&home, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "    {crl_check, peer},"));
    assert_non_null(strstr(text, "ssl_crl_hash_dir, {internal, [{dir, \"/data/pki/crl\"}]}"));
    assert_true(has_line(text, "    {reuse_sessions, false},"));
}

static void the_management_api_stays_on_loopback_whatever_else_listens(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    strcpy(settings.node.listen[0], "0.0.0.0");
    settings.node.listen_count = 1;
    assert_int_equal(hf_conf_rabbitmq(&home, &settings, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "management.tcp.ip = 127.0.0.1"));
    assert_true(has_line(text, "management.tcp.port = 15671"));
}

static void an_unacked_task_may_take_longer_than_the_longest_timeout(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    assert_int_equal(hf_conf_rabbitmq(&home, &settings, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "consumer_timeout = 691200000"));
    assert_true(HF_CONF_CONSUMER_TIMEOUT_S > 7 * 24 * 3600);
}

static void the_environment_is_ours_alone_and_carries_the_marker(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char text[HF_CONF_TEXT_MAX + 1], marker[HF_PATH_MAX + 1];
    bool marked = false, apart = false;
    (void)state;
    setenv("RABBITMQ_NODENAME", "stray@host", 1);
    hf_conf_marker(&home, marker);
    assert_int_equal(hf_conf_environment(&home, &settings, "/programs", text, NULL), HF_ERR_OK);
    for (const char *at = text; *at; at += strlen(at) + 1) {
        assert_non_null(strchr(at, '='));
        assert_null(strstr(at, "stray"));
        marked = marked || strcmp(at, marker) == 0;
        apart = apart || strcmp(at, "ERL_EPMD_PORT=24369") == 0;
    }
    assert_true(marked);
    assert_true(apart);
}

static void a_shell_gets_the_same_environment_but_not_the_marker(void **state)
{
    struct hf_broker_settings settings = settings_of_two_addresses();
    char environment[HF_CONF_TEXT_MAX + 1], text[HF_CONF_TEXT_MAX + 1];
    (void)state;
    hf_conf_environment(&home, &settings, "/programs", environment, NULL);
    assert_int_equal(hf_conf_shell(environment, text, NULL), HF_ERR_OK);
    assert_true(has_line(text, "export ERL_EPMD_PORT='24369'"));
    assert_true(has_line(
        text, "export RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'"));
    assert_null(strstr(text, "HOLDFAST_NODE"));
}

static void a_path_that_a_shell_script_would_split_is_told_apart(void **state)
{
    (void)state;
    assert_true(hf_conf_path_fits("/home/ann/.local/share/holdfast-2_x+y@z"));
    assert_false(hf_conf_path_fits("/home/ann b/holdfast"));
    assert_false(hf_conf_path_fits("/home/$USER"));
    assert_false(hf_conf_path_fits("/home/\"x\""));
    assert_false(hf_conf_path_fits("/home/a#b"));
    assert_false(hf_conf_path_fits("/home/a\nb"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_tls_is_served_and_only_with_a_client_certificate),
        cmocka_unit_test(what_tls_wants_stands_in_one_place),
        cmocka_unit_test(revoked_certificates_are_looked_up_at_each_handshake),
        cmocka_unit_test(the_management_api_stays_on_loopback_whatever_else_listens),
        cmocka_unit_test(an_unacked_task_may_take_longer_than_the_longest_timeout),
        cmocka_unit_test(the_environment_is_ours_alone_and_carries_the_marker),
        cmocka_unit_test(a_shell_gets_the_same_environment_but_not_the_marker),
        cmocka_unit_test(a_path_that_a_shell_script_would_split_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
