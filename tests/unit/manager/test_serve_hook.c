#include "../cmocka_all.h"
#include "home/file.h"
#include "link/clock.h"
#include "manager/serve_hook.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wait_for(struct hf_hook *hook, int64_t clock_ms)
{
    int code = -1;
    for (int i = 0; i < 1000 && !hf_hook_is_over(hook, clock_ms, &code); i++)
        (void)poll(NULL, 0, 5);
    assert_false(hf_hook_is_busy(hook));
    return code;
}

static void a_hook_gets_its_facts_in_the_environment_and_on_stdin(void **state)
{
    (void)state;
    char path[] = "/tmp/holdfast-hook-XXXXXX";
    char command[128];
    char text[128] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    snprintf(command, sizeof command, "echo \"$HOLDFAST_EVENT $HOLDFAST_JOB\" > %s; cat >> %s",
             path, path);
    struct hf_hook hook = {.command = command};
    struct hf_hook_facts facts = {.vars = {"HOLDFAST_EVENT=job-ended", "HOLDFAST_JOB=7"},
                                  .json = "{\"job\":7}"};
    assert_int_equal(hf_hook_start(&hook, &facts, 0, NULL), HF_ERR_OK);
    assert_true(hf_hook_is_busy(&hook));
    assert_int_equal(hf_hook_start(&hook, &facts, 0, NULL), HF_ERR_BUSY);
    assert_int_equal(wait_for(&hook, 0), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_string_equal(text, "job-ended 7\n{\"job\":7}\n");
    remove(path);
}

static void its_exit_code_is_told(void **state)
{
    (void)state;
    struct hf_hook hook = {.command = "exit 5"};
    struct hf_hook_facts facts = {.json = "{}"};
    assert_int_equal(hf_hook_start(&hook, &facts, 0, NULL), HF_ERR_OK);
    assert_int_equal(wait_for(&hook, 0), 5);
}

static void one_that_takes_too_long_is_ended_with_its_children(void **state)
{
    (void)state;
    struct hf_hook hook = {.command = "sleep 1000 & sleep 1000"};
    struct hf_hook_facts facts = {.json = "{}"};
    assert_int_equal(hf_hook_start(&hook, &facts, 0, NULL), HF_ERR_OK);
    int code = 0;
    assert_false(hf_hook_is_over(&hook, HF_HOOK_MS - 1, &code));
    assert_int_equal(wait_for(&hook, HF_HOOK_MS), 128 + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hook_gets_its_facts_in_the_environment_and_on_stdin),
        cmocka_unit_test(its_exit_code_is_told),
        cmocka_unit_test(one_that_takes_too_long_is_ended_with_its_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
