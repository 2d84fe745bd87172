#include "../cmocka_all.h"
#include "wire/topology.h"

#include <string.h>

static void a_route_is_prefix_and_name(void **state)
{
    (void)state;
    char route[HF_ROUTE_MAX + 1];
    hf_route(route, HF_QUEUE_TASKS_PREFIX, HF_POOL_DEFAULT);
    assert_string_equal(route, "hf.q.tasks.default");
    hf_route(route, HF_KEY_DEVICE_PREFIX, "board-01");
    assert_string_equal(route, "device.board-01");
}

static void the_longest_name_fits_behind_every_prefix(void **state)
{
    (void)state;
    static const char *const PREFIXES[] = {HF_QUEUE_TASKS_PREFIX,    HF_QUEUE_DEVICE_PREFIX,
                                           HF_QUEUE_CONTROL_PREFIX,  HF_KEY_DEVICE_PREFIX,
                                           HF_KEY_RESULT_PREFIX,     HF_KEY_POOL_PREFIX,
                                           HF_EXCHANGE_RETRY_PREFIX, HF_QUEUE_RETRY_PREFIX};
    char name[HF_NAME_MAX + 1];
    memset(name, 'x', HF_NAME_MAX);
    name[HF_NAME_MAX] = '\0';
    for (size_t i = 0; i < sizeof PREFIXES / sizeof *PREFIXES; i++) {
        char route[HF_ROUTE_MAX + 1];
        hf_route(route, PREFIXES[i], name);
        assert_int_equal(strlen(route), strlen(PREFIXES[i]) + HF_NAME_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_is_prefix_and_name),
        cmocka_unit_test(the_longest_name_fits_behind_every_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
