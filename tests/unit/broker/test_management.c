#include "../cmocka_all.h"
#include "fake_api.h"

static enum hf_err get(const char *path, cJSON **answer, struct hf_fault *fault)
{
    return hf_management_call(fake.client, "GET", path, NULL, answer, fault);
}

static void an_answer_is_handed_out_as_json(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/overview", 200, "{\"rabbitmq_version\": \"3.10.8\"}"}, {NULL, 0, NULL}};
    cJSON *answer = NULL;
    (void)state;
    fake.script = script;
    assert_int_equal(get("overview", &answer, NULL), HF_ERR_OK);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(answer, "rabbitmq_version")),
                        "3.10.8");
    cJSON_Delete(answer);
}

static void an_empty_answer_is_no_error(void **state)
{
    cJSON *answer = NULL;
    (void)state;
    assert_int_equal(get("x", &answer, NULL), HF_ERR_OK);
    assert_null(answer);
}

static void a_body_is_sent_as_json_and_a_later_call_without_one_sends_none(void **state)
{
    static const struct hf_management_text body[] = {{"a", "b\"c"}, {NULL, NULL}};
    (void)state;
    assert_int_equal(hf_management_send(fake.client, "PUT", "things/1", body, NULL), HF_ERR_OK);
    assert_int_equal(get("things", NULL, NULL), HF_ERR_OK);
    assert_int_equal(hf_management_call(fake.client, "DELETE", "things/1", NULL, NULL, NULL),
                     HF_ERR_OK);
    assert_string_equal(fake.log, "PUT /api/things/1 {\"a\":\"b\\\"c\"}\n"
                                  "GET /api/things \n"
                                  "DELETE /api/things/1 \n");
}

static void each_refusal_has_its_code_and_the_brokers_reason(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/login", 401, "{\"error\": \"not_authorised\", \"reason\": \"Login failed\"}"},
        {"GET /api/none", 404, "{\"error\": \"Object Not Found\", \"reason\": \"Not Found\"}"},
        {"GET /api/bad", 400, "{\"error\": \"bad_request\", \"reason\": \"inequivalent arg\"}"},
        {"GET /api/broken", 500, "<html>"},
        {NULL, 0, NULL}};
    struct hf_fault fault;
    (void)state;
    fake.script = script;
    assert_int_equal(get("login", NULL, &fault), HF_ERR_AMQP_LOGIN);
    assert_non_null(strstr(fault.text, "admin"));
    assert_null(strstr(fault.text, "secret"));
    assert_int_equal(get("none", NULL, &fault), HF_ERR_NOT_FOUND);
    assert_int_equal(get("bad", NULL, &fault), HF_ERR_HTTP);
    assert_int_equal(fault.raw, 400);
    assert_non_null(strstr(fault.text, "inequivalent arg"));
    assert_int_equal(get("broken", NULL, &fault), HF_ERR_HTTP);
}

static void something_else_that_speaks_http_is_told_apart(void **state)
{
    static const struct fake_answer script[] = {{"GET /api/overview", 200, "<html>hello</html>"},
                                                {NULL, 0, NULL}};
    struct hf_fault fault;
    cJSON *answer = NULL;
    (void)state;
    fake.script = script;
    assert_int_equal(get("overview", &answer, &fault), HF_ERR_MALFORMED);
    assert_null(answer);
}

static void a_redirect_is_not_followed(void **state)
{
    static const struct fake_answer script[] = {{"GET /api/overview", 302, "{}"}, {NULL, 0, NULL}};
    (void)state;
    fake.script = script;
    assert_int_equal(get("overview", NULL, NULL), HF_ERR_HTTP);
    assert_string_equal(fake.log, "GET /api/overview \n");
}

static void a_broker_that_is_away_is_told_from_one_that_hangs_up(void **state)
{
    static const struct fake_answer script[] = {{"GET /api/overview", 200, FAKE_HANGS_UP},
                                                {NULL, 0, NULL}};
    struct hf_management *away = NULL;
    struct hf_broker_settings settings = fake.settings;
    (void)state;
    fake.script = script;
    assert_int_equal(get("overview", NULL, NULL), HF_ERR_CLOSED);
    strcpy(settings.management_url, "http://127.0.0.1:1");
    assert_int_equal(hf_management_open(&settings, &away, NULL), HF_ERR_OK);
    assert_int_equal(hf_management_call(away, "GET", "overview", NULL, NULL, NULL), HF_ERR_REFUSED);
    hf_management_close(away);
}

static void a_proxy_of_the_environment_is_passed_by_on_the_way_to_loopback(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    assert_int_equal(get("overview", NULL, NULL), HF_ERR_OK);
    unsetenv("http_proxy");
}

static void settings_without_url_or_password_are_refused_before_any_call(void **state)
{
    struct hf_management *client = NULL;
    struct hf_broker_settings settings = fake.settings;
    struct hf_fault fault;
    (void)state;
    strcpy(settings.management_password_file, "/none");
    assert_int_equal(hf_management_open(&settings, &client, &fault), HF_ERR_NOT_FOUND);
    settings.management_url[0] = '\0';
    assert_int_equal(hf_management_open(&settings, &client, &fault), HF_ERR_MISSING);
    assert_non_null(strstr(fault.text, "password_file"));
    assert_null(client);
}

static void a_vhost_is_escaped_for_paths(void **state)
{
    struct hf_management *client = NULL;
    struct hf_broker_settings settings = fake.settings;
    (void)state;
    strcpy(settings.vhost, "/");
    assert_int_equal(hf_management_open(&settings, &client, NULL), HF_ERR_OK);
    assert_string_equal(hf_management_vhost_escaped(client), "%2F");
    assert_string_equal(hf_management_vhost(client), "/");
    hf_management_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(an_answer_is_handed_out_as_json),
        FAKE_TEST(an_empty_answer_is_no_error),
        FAKE_TEST(a_body_is_sent_as_json_and_a_later_call_without_one_sends_none),
        FAKE_TEST(each_refusal_has_its_code_and_the_brokers_reason),
        FAKE_TEST(something_else_that_speaks_http_is_told_apart),
        FAKE_TEST(a_redirect_is_not_followed),
        FAKE_TEST(a_broker_that_is_away_is_told_from_one_that_hangs_up),
        FAKE_TEST(a_proxy_of_the_environment_is_passed_by_on_the_way_to_loopback),
        FAKE_TEST(settings_without_url_or_password_are_refused_before_any_call),
        FAKE_TEST(a_vhost_is_escaped_for_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
