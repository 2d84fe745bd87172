#include "../cmocka_all.h"
#include "worker/affinity.h"

#include <sched.h>

static cpu_set_t now_allowed(void)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

static void it_runs_where_it_is_told_and_anywhere_again(void **state)
{
    (void)state;
    const cpu_set_t before = now_allowed();
    const int here = hf_affinity_here();
    assert_true(here >= 0);
    struct hf_affinity affinity = HF_AFFINITY_ANY;
    hf_affinity_follow(&affinity, here);
    cpu_set_t set = now_allowed();
    assert_int_equal(CPU_COUNT(&set), 1);
    assert_true(CPU_ISSET((unsigned)here, &set));
    assert_int_equal(hf_affinity_here(), here);
    hf_affinity_follow(&affinity, -1);
    set = now_allowed();
    assert_true(CPU_EQUAL(&set, &before));
}

static void a_processor_that_is_not_there_changes_nothing(void **state)
{
    (void)state;
    const cpu_set_t before = now_allowed();
    struct hf_affinity affinity = HF_AFFINITY_ANY;
    hf_affinity_follow(&affinity, HF_AFFINITY_PROCESSORS_MAX - 1);
    hf_affinity_follow(&affinity, HF_AFFINITY_PROCESSORS_MAX);
    const cpu_set_t after = now_allowed();
    assert_true(CPU_EQUAL(&after, &before));
    assert_int_equal(affinity.on, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_runs_where_it_is_told_and_anywhere_again),
        cmocka_unit_test(a_processor_that_is_not_there_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
