#include "../cmocka_all.h"
#include "broker/topology.h"
#include "pattern.h"

static cJSON *definitions;

static int set_up(void **state)
{
    (void)state;
    definitions = hf_topology_definitions("holdfast", NULL);
    return definitions ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    cJSON_Delete(definitions);
    return 0;
}

static const cJSON *list(const char *name)
{
    const cJSON *found = cJSON_GetObjectItem(definitions, name);
    assert_true(cJSON_IsArray(found));
    return found;
}

static const char *text(const cJSON *object, const char *key)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return value ? value : "";
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static const cJSON *named(const char *in, const char *name)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list(in))
    {
        if (strcmp(text(item, "name"), name) == 0)
            return item;
    }
    fail_msg("no \"%s\" in %s", name, in);
    return NULL;
}

/* The one policy that applies to a queue. */
static const cJSON *policy_of(const char *queue)
{
    const cJSON *item = NULL, *found = NULL;
    cJSON_ArrayForEach(item, list("policies"))
    {
        if (!pattern_takes(text(item, "pattern"), queue))
            continue;
        if (found)
            fail_msg("two policies take %s", queue);
        found = item;
    }
    if (!found)
        fail_msg("no policy takes %s", queue);
    return cJSON_GetObjectItem(found, "definition");
}

static void a_queue_has_its_type_as_the_only_argument(void **state)
{
    const cJSON *queue = NULL;
    (void)state;
    cJSON_ArrayForEach(queue, list("queues"))
    {
        const cJSON *arguments = cJSON_GetObjectItem(queue, "arguments");
        assert_int_equal(cJSON_GetArraySize(arguments), 1);
        assert_string_not_equal(text(arguments, "x-queue-type"), "");
        assert_true(cJSON_IsTrue(cJSON_GetObjectItem(queue, "durable")));
        assert_true(cJSON_IsFalse(cJSON_GetObjectItem(queue, "auto_delete")));
    }
}

static void every_queue_but_events_is_replicated(void **state)
{
    const cJSON *queue = NULL;
    (void)state;
    cJSON_ArrayForEach(queue, list("queues"))
    {
        bool events = strcmp(text(queue, "name"), HF_QUEUE_EVENTS) == 0;
        assert_string_equal(text(cJSON_GetObjectItem(queue, "arguments"), "x-queue-type"),
                            events ? "classic" : "quorum");
    }
}

static void every_queue_has_one_policy_and_no_limit_is_left_to_the_version(void **state)
{
    static const char *const later[] = {"hf.q.tasks.lab", "hf.q.device.board-01",
                                        "hf.q.control.board-01"};
    const cJSON *queue = NULL;
    (void)state;
    cJSON_ArrayForEach(queue, list("queues"))
    {
        const cJSON *policy = policy_of(text(queue, "name"));
        if (strcmp(text(queue, "name"), HF_QUEUE_EVENTS) != 0)
            assert_true(number(policy, "delivery-limit") >= 1000);
        assert_true(number(policy, "max-length") > 0);
    }
    for (size_t i = 0; i < 3; i++)
        assert_true(number(policy_of(later[i]), "delivery-limit") >= 1000);
}

static void at_least_once_goes_with_reject_publish_and_keeps_the_key(void **state)
{
    const cJSON *policy = NULL;
    (void)state;
    cJSON_ArrayForEach(policy, list("policies"))
    {
        const cJSON *rules = cJSON_GetObjectItem(policy, "definition");
        if (!cJSON_GetObjectItem(rules, "dead-letter-exchange"))
            continue;
        assert_string_equal(text(rules, "dead-letter-strategy"), "at-least-once");
        assert_string_equal(text(rules, "overflow"), "reject-publish");
        assert_null(cJSON_GetObjectItem(rules, "dead-letter-routing-key"));
    }
}

static void what_was_delivered_too_often_goes_to_the_dead_and_never_round_in_a_loop(void **state)
{
    (void)state;
    assert_string_equal(text(policy_of("hf.q.tasks.default"), "dead-letter-exchange"),
                        HF_EXCHANGE_DEAD);
    assert_string_equal(text(policy_of("hf.q.device.board-01"), "dead-letter-exchange"),
                        HF_EXCHANGE_DEAD);
    assert_null(cJSON_GetObjectItem(policy_of(HF_QUEUE_DEAD), "dead-letter-exchange"));
    assert_null(cJSON_GetObjectItem(policy_of(HF_QUEUE_DEAD), "message-ttl"));
}

static void each_rung_waits_its_time_and_leads_back_to_the_tasks(void **state)
{
    (void)state;
#define CHECK_RUNG(rung, seconds)                                                                  \
    assert_string_equal(text(named("exchanges", HF_EXCHANGE_RETRY_PREFIX rung), "type"),           \
                        "fanout");                                                                 \
    named("queues", HF_QUEUE_RETRY_PREFIX rung);                                                   \
    assert_int_equal(number(policy_of(HF_QUEUE_RETRY_PREFIX rung), "message-ttl"),                 \
                     (seconds)*1000);                                                              \
    assert_string_equal(text(policy_of(HF_QUEUE_RETRY_PREFIX rung), "dead-letter-exchange"),       \
                        HF_EXCHANGE_TASKS);
    HF_RETRY_RUNGS(CHECK_RUNG)
}

static void results_and_the_dead_never_expire(void **state)
{
    (void)state;
    assert_null(cJSON_GetObjectItem(policy_of(HF_QUEUE_RESULTS), "message-ttl"));
    assert_string_equal(text(policy_of(HF_QUEUE_RESULTS), "overflow"), "reject-publish");
    assert_string_equal(text(policy_of(HF_QUEUE_DEAD), "overflow"), "reject-publish");
}

static void every_queue_is_bound(void **state)
{
    const cJSON *queue = NULL, *binding = NULL;
    (void)state;
    cJSON_ArrayForEach(queue, list("queues"))
    {
        int bindings = 0;
        cJSON_ArrayForEach(binding, list("bindings"))
        {
            if (strcmp(text(binding, "destination"), text(queue, "name")) != 0)
                continue;
            bindings++;
            named("exchanges", text(binding, "source"));
        }
        assert_int_equal(bindings, 1);
    }
}

static void the_vhost_says_its_default_type_for_old_and_new_brokers(void **state)
{
    const cJSON *vhost = named("vhosts", "holdfast");
    (void)state;
    assert_string_equal(text(vhost, "default_queue_type"), "quorum");
    assert_string_equal(text(cJSON_GetObjectItem(vhost, "metadata"), "default_queue_type"),
                        "quorum");
}

static void the_manager_has_no_password_and_an_admin_is_there_only_on_request(void **state)
{
    const struct hf_topology_users users = {"root", "hash"};
    (void)state;
    assert_int_equal(cJSON_GetArraySize(list("users")), 1);
    assert_string_equal(text(named("users", HF_MANAGER_USER), "password_hash"), "");
    assert_int_equal(
        cJSON_GetArraySize(cJSON_GetObjectItem(named("users", HF_MANAGER_USER), "tags")), 0);
    cJSON_Delete(definitions);
    definitions = hf_topology_definitions("holdfast", &users);
    assert_int_equal(cJSON_GetArraySize(list("users")), 2);
    assert_string_equal(text(named("users", "root"), "password_hash"), "hash");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_queue_has_its_type_as_the_only_argument),
        TEST(every_queue_but_events_is_replicated),
        TEST(every_queue_has_one_policy_and_no_limit_is_left_to_the_version),
        TEST(at_least_once_goes_with_reject_publish_and_keeps_the_key),
        TEST(what_was_delivered_too_often_goes_to_the_dead_and_never_round_in_a_loop),
        TEST(each_rung_waits_its_time_and_leads_back_to_the_tasks),
        TEST(results_and_the_dead_never_expire),
        TEST(every_queue_is_bound),
        TEST(the_vhost_says_its_default_type_for_old_and_new_brokers),
        TEST(the_manager_has_no_password_and_an_admin_is_there_only_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
