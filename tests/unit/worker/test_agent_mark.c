#include "../cmocka_all.h"
#include "worker/agent_mark.h"

#include <stdio.h>
#include <string.h>

/* Which program to be, from every mark that updates can leave. */

static const struct hf_agent_hash BASE = {"base"}, OLD = {"old"}, NEW = {"new"}, OTHER = {"other"};
static struct hf_agent_mark mark;

static int set_up(void **state)
{
    (void)state;
    memset(&mark, 0, sizeof mark);
    mark.base = BASE;
    return 0;
}

static enum hf_agent_choice decide(const struct hf_agent_hash *self, bool is_base, bool expected)
{
    bool changed = !expected;
    const enum hf_agent_choice choice = hf_agent_decide(&mark, self, is_base, &changed);
    assert_int_equal(changed, expected);
    return choice;
}

static void without_an_update_the_base_stays(void **state)
{
    (void)state;
    assert_int_equal(decide(&BASE, true, false), HF_AGENT_STAY);
}

static void a_program_that_stood_its_trial_is_run_by_the_base_and_stays(void **state)
{
    (void)state;
    hf_agent_try(&mark, &NEW, "t-1", 1);
    hf_agent_keep(&mark);
    assert_int_equal(decide(&BASE, true, false), HF_AGENT_RUN_CURRENT);
    assert_int_equal(decide(&NEW, false, false), HF_AGENT_STAY);
    assert_int_equal(decide(&OLD, false, false), HF_AGENT_RUN_CURRENT);
}

static void every_try_is_counted_before_it_and_the_third_is_not_made(void **state)
{
    (void)state;
    mark.current = OLD;
    hf_agent_try(&mark, &NEW, "t-1", 1);
    assert_int_equal(decide(&OLD, false, true), HF_AGENT_RUN_TRIAL);
    assert_int_equal(mark.tries, 1);
    assert_int_equal(decide(&NEW, false, false), HF_AGENT_ON_TRIAL);
    assert_int_equal(decide(&BASE, true, true), HF_AGENT_RUN_TRIAL);
    assert_int_equal(decide(&BASE, true, true), HF_AGENT_RUN_CURRENT);
    assert_true(hf_agent_is(&mark.failed, &NEW));
    assert_true(mark.reason[0] != '\0');
    assert_int_equal(decide(&OLD, false, false), HF_AGENT_STAY);
}

static void another_base_makes_all_updates_void_and_is_no_replay(void **state)
{
    (void)state;
    mark.current = OLD;
    hf_agent_try(&mark, &NEW, "t-1", 1);
    assert_int_equal(decide(&OTHER, true, true), HF_AGENT_STAY);
    assert_false(hf_agent_is_set(&mark.current) || hf_agent_is_set(&mark.trial));
    assert_string_equal(mark.task, "t-1");
    assert_int_equal(decide(&OTHER, true, false), HF_AGENT_STAY);
}

static void a_mark_comes_back_from_its_bytes_and_nothing_else_is_one(void **state)
{
    (void)state;
    uint8_t bytes[HF_AGENT_MARK_BYTES];
    struct hf_agent_mark back;
    mark.current = OLD;
    hf_agent_try(&mark, &NEW, "t-1", 7);
    hf_agent_fail(&mark, "it was no good");
    (void)snprintf(mark.base_path, sizeof mark.base_path, "/usr/local/bin/holdfast-worker");
    const size_t len = hf_agent_mark_encode(&mark, bytes);
    assert_true(hf_agent_mark_decode(bytes, len, &back));
    assert_memory_equal(&back, &mark, sizeof mark);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(hf_agent_mark_decode(bytes, cut, &back));
    assert_false(hf_agent_is_set(&back.current));
}

static void the_longest_mark_fits(void **state)
{
    (void)state;
    uint8_t bytes[HF_AGENT_MARK_BYTES];
    memset(mark.task, 'a', sizeof mark.task - 1);
    memset(mark.base_path, 'b', sizeof mark.base_path - 1);
    memset(mark.reason, 'c', sizeof mark.reason - 1);
    assert_int_equal(hf_agent_mark_encode(&mark, bytes), sizeof bytes);
}

static void an_older_task_is_a_replay_and_the_same_one_is_not(void **state)
{
    (void)state;
    static const char BEFORE[] = "019a0000-0000-7000-8000-000000000000";
    static const char AFTER[] = "019b0000-0000-7000-8000-000000000000";
    assert_true(hf_agent_is_fresh("", 0, BEFORE, 1));
    assert_true(hf_agent_is_fresh(BEFORE, 1, AFTER, 1));
    assert_false(hf_agent_is_fresh(AFTER, 1, BEFORE, 1));
    assert_true(hf_agent_is_fresh(AFTER, 1, AFTER, 1));
    assert_true(hf_agent_is_fresh(AFTER, 1, AFTER, 2));
    assert_false(hf_agent_is_fresh(AFTER, 2, AFTER, 1));
    assert_true(hf_agent_is_fresh(AFTER, 1, "made-up", 1));
}

#define marked(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        marked(without_an_update_the_base_stays),
        marked(a_program_that_stood_its_trial_is_run_by_the_base_and_stays),
        marked(every_try_is_counted_before_it_and_the_third_is_not_made),
        marked(another_base_makes_all_updates_void_and_is_no_replay),
        marked(a_mark_comes_back_from_its_bytes_and_nothing_else_is_one),
        marked(the_longest_mark_fits),
        marked(an_older_task_is_a_replay_and_the_same_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
