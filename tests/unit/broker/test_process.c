#include "../cmocka_all.h"
#include "broker/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTING "HOLDFAST_NODE=/a/b"

/* A sleeping program with only `setting` in its environment; it runs once the pipe has closed. */
static pid_t start_sleeper(const char *setting)
{
    char *const argv[] = {"sleep", "60", NULL}, *const environment[] = {(char *)setting, NULL};
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        execve("/bin/sleep", argv, environment);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void a_process_is_found_by_name_and_setting_together(void **state)
{
    (void)state;
    pid_t pid = start_sleeper(SETTING);
    assert_int_equal(hf_process_find("sleep", SETTING, NULL), pid);
    assert_int_equal(hf_process_find("sleep", "HOLDFAST_NODE=/a/bc", NULL), 0);
    assert_int_equal(hf_process_find("sleep", "HOLDFAST_NODE=/a/", NULL), 0);
    assert_int_equal(hf_process_find("beam.smp", SETTING, NULL), 0);
    end(pid);
    assert_int_equal(hf_process_find("sleep", SETTING, NULL), 0);
}

static void arguments_count_as_whole_words_in_a_row(void **state)
{
    (void)state;
    pid_t pid = start_sleeper(SETTING);
    assert_int_equal(hf_process_find(NULL, SETTING, "60"), pid);
    assert_true(hf_process_has_arguments(pid, "60"));
    assert_false(hf_process_has_arguments(pid, "6"));
    assert_false(hf_process_has_arguments(pid, "sleep 6"));
    assert_false(hf_process_has_arguments(pid, "60 60"));
    assert_int_equal(hf_process_find(NULL, SETTING, "61"), 0);
    end(pid);
}

static void a_setting_within_another_ones_value_is_none(void **state)
{
    (void)state;
    pid_t pid = start_sleeper("OTHER=" SETTING);
    assert_false(hf_process_has_setting(pid, SETTING));
    assert_true(hf_process_has_setting(pid, "OTHER=" SETTING));
    end(pid);
}

static void waiting_for_the_end_has_an_end_itself(void **state)
{
    (void)state;
    pid_t pid = start_sleeper(SETTING);
    assert_false(hf_process_wait_gone(pid, 50));
    end(pid);
    assert_true(hf_process_wait_gone(pid, 50));
}

static void a_process_that_is_gone_has_no_name(void **state)
{
    char name[HF_PROCESS_NAME_MAX + 1];
    (void)state;
    pid_t pid = start_sleeper(SETTING);
    assert_true(hf_process_name(pid, name));
    assert_string_equal(name, "sleep");
    end(pid);
    assert_false(hf_process_name(pid, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_is_found_by_name_and_setting_together),
        cmocka_unit_test(arguments_count_as_whole_words_in_a_row),
        cmocka_unit_test(a_setting_within_another_ones_value_is_none),
        cmocka_unit_test(waiting_for_the_end_has_an_end_itself),
        cmocka_unit_test(a_process_that_is_gone_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
