#include "../cmocka_all.h"
#include "broker/patience.h"
#include "fake_api.h"

/* The path is asked as it is written here, escaped. */
#define QUEUE_PATH "GET /api/queues/holdfast/a%20queue%2F1"

static int64_t patience_s(const char *answer, int status)
{
    static struct fake_answer script[2];
    script[0] = (struct fake_answer){QUEUE_PATH, status, answer};
    fake.script = script;
    fake.settings.consumer_timeout_s = 1800;
    return hf_patience_s(&fake.settings, "a queue/1");
}

static void a_queue_without_one_of_its_own_has_what_the_settings_say(void **state)
{
    (void)state;
    assert_int_equal(patience_s("{\"arguments\": {\"x-queue-type\": \"quorum\"},"
                                " \"effective_policy_definition\": {\"delivery-limit\": 9}}",
                                200),
                     1800);
    assert_non_null(strstr(fake.log, QUEUE_PATH));
    assert_int_equal(patience_s("{\"reason\": \"Not Found\"}", 404), 1800);
    assert_int_equal(patience_s(FAKE_HANGS_UP, 200), 1800);
    assert_int_equal(patience_s("[]", 200), 1800);
    assert_int_equal(patience_s("{\"arguments\": {\"x-consumer-timeout\": \"long\"}}", 200), 1800);
}

static void its_argument_counts_then_its_policy(void **state)
{
    (void)state;
    assert_int_equal(patience_s("{\"arguments\": {},"
                                " \"effective_policy_definition\": {\"consumer-timeout\": 60000}}",
                                200),
                     60);
    assert_int_equal(patience_s("{\"arguments\": {\"x-consumer-timeout\": 7200000},"
                                " \"effective_policy_definition\": {\"consumer-timeout\": 60000}}",
                                200),
                     7200);
}

static void without_a_management_api_the_settings_are_all_there_is(void **state)
{
    (void)state;
    const struct hf_broker_settings settings = {.consumer_timeout_s = 77};
    assert_int_equal(hf_patience_s(&settings, "any"), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_queue_without_one_of_its_own_has_what_the_settings_say),
        FAKE_TEST(its_argument_counts_then_its_policy),
        FAKE_TEST(without_a_management_api_the_settings_are_all_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
