#include "folder.h"
#include "worker/cgroup.h"

#include <string.h>

/* The kernel's files as a tree of ordinary ones: what is not in it cannot be written. */

static struct hf_cgroup cgroup;
static char root[96];

static void kernel(const char *line)
{
    char command[2048];
    (void)snprintf(command, sizeof command, "cd %s && { %s; }", root, line);
    assert_int_equal(shell(command), 0);
}

static int into_empty_folder(void **state)
{
    static int number;
    (void)state;
    (void)snprintf(root, sizeof root, "%s/%d", folder, ++number);
    return mkdir(root, 0755);
}

static void open_groups(int slots)
{
    hf_cgroup_open(&cgroup, root, "pi-1", slots);
}

static void bound(int slot, int64_t memory_mb, int64_t processes)
{
    const struct hf_limits limits = {.memory_mb = memory_mb, .processes = processes};
    hf_cgroup_bound(&cgroup, slot, &limits);
}

static void assert_says(const char *file, const char *text)
{
    char line[400];
    (void)snprintf(line, sizeof line, "[ \"$(cat %s/%s)\" = '%s' ]", root, file, text);
    if (shell(line) != 0)
        fail_msg("%s does not say %s", file, text);
}

static bool exists(const char *file)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", root, file);
    return access(path, F_OK) == 0;
}

#define SERVICE "sys/fs/cgroup/system.slice/holdfast.service"

static const char delegated[] =
    "mkdir -p proc/self " SERVICE "/holdfast-pi-1 " SERVICE "/holdfast-pi-1-0 " SERVICE
    "/holdfast-pi-1-1; printf '3:cpu:/x\\n0::/system.slice/holdfast.service\\n' >proc/self/cgroup;"
    "touch sys/fs/cgroup/cgroup.controllers; cd " SERVICE "; touch cgroup.procs "
    "cgroup.subtree_control holdfast-pi-1/cgroup.procs;"
    "for i in 0 1; do touch holdfast-pi-1-$i/cgroup.procs holdfast-pi-1-$i/memory.max "
    "holdfast-pi-1-$i/memory.oom.group holdfast-pi-1-$i/pids.max; done";

static void every_slot_has_a_group_and_the_worker_moves_out_of_the_way(void **state)
{
    (void)state;
    kernel(delegated);
    open_groups(2);
    assert_true(cgroup.memory);
    assert_true(cgroup.processes);
    assert_says(SERVICE "/holdfast-pi-1/cgroup.procs", "0");
    assert_says(SERVICE "/holdfast-pi-1-1/memory.max", "max");
    assert_says(SERVICE "/holdfast-pi-1-1/memory.oom.group", "1");
    assert_says(SERVICE "/holdfast-pi-1-1/pids.max", "max");
    assert_true(hf_cgroup_join(&cgroup, 1));
    assert_says(SERVICE "/holdfast-pi-1-1/cgroup.procs", "0");
    assert_says(SERVICE "/holdfast-pi-1-0/cgroup.procs", "");
    assert_false(hf_cgroup_join(&cgroup, 2));
    assert_false(hf_cgroup_join(&cgroup, -1));
}

static void each_task_has_bounds_of_its_own_and_the_next_one_none(void **state)
{
    (void)state;
    kernel(delegated);
    open_groups(2);
    bound(1, 64, 300);
    assert_says(SERVICE "/holdfast-pi-1-1/memory.max", "67108864");
    assert_says(SERVICE "/holdfast-pi-1-1/pids.max", "300");
    assert_says(SERVICE "/holdfast-pi-1-0/pids.max", "max");
    bound(1, 32, 0);
    assert_says(SERVICE "/holdfast-pi-1-1/memory.max", "33554432");
    assert_says(SERVICE "/holdfast-pi-1-1/pids.max", "max");
}

static void a_worker_that_reads_its_settings_again_finds_the_same_groups(void **state)
{
    (void)state;
    kernel(delegated);
    kernel("echo '0::/system.slice/holdfast.service/holdfast-pi-1' >proc/self/cgroup");
    open_groups(2);
    assert_true(cgroup.processes);
    bound(0, 0, 30);
    assert_says(SERVICE "/holdfast-pi-1-0/pids.max", "30");
}

static void where_one_controller_is_missing_the_other_is_used_and_told(void **state)
{
    (void)state;
    kernel(delegated);
    kernel("rm " SERVICE "/holdfast-pi-1-1/memory.max");
    open_groups(2);
    assert_false(cgroup.memory);
    assert_true(cgroup.processes);
}

static void where_nothing_can_be_bounded_the_worker_goes_back_and_no_group_stays(void **state)
{
    (void)state;
    kernel("mkdir -p proc/self " SERVICE "/holdfast-pi-1; touch sys/fs/cgroup/cgroup.controllers;"
           "touch " SERVICE "/cgroup.procs " SERVICE "/holdfast-pi-1/cgroup.procs;"
           "echo 0::/system.slice/holdfast.service >proc/self/cgroup");
    open_groups(2);
    assert_false(cgroup.memory);
    assert_false(cgroup.processes);
    assert_says(SERVICE "/cgroup.procs", "0");
    assert_false(exists(SERVICE "/holdfast-pi-1-0"));
    assert_false(hf_cgroup_join(&cgroup, 0));
    assert_non_null(strstr(cgroup.why, "controller"));
}

static void at_the_top_the_worker_stays_where_it_is(void **state)
{
    (void)state;
    kernel("mkdir -p proc/self sys/fs/cgroup/unified/holdfast-pi-1-0; cd sys/fs/cgroup/unified;"
           "touch cgroup.controllers holdfast-pi-1-0/pids.max holdfast-pi-1-0/cgroup.procs;"
           "printf '0::/\\n' >../../../../proc/self/cgroup");
    open_groups(1);
    assert_true(cgroup.processes);
    assert_false(exists("sys/fs/cgroup/unified/holdfast-pi-1"));
    assert_true(hf_cgroup_join(&cgroup, 0));
}

static void without_a_kernel_that_has_them_there_are_none_and_it_says_so(void **state)
{
    (void)state;
    open_groups(1);
    assert_string_equal(cgroup.base, "");
    kernel("mkdir -p proc/self; echo 4:memory:/ >proc/self/cgroup");
    open_groups(1);
    assert_string_equal(cgroup.base, "");
    kernel("echo 0::/ >proc/self/cgroup");
    open_groups(1);
    assert_string_equal(cgroup.base, "");
    assert_non_null(strstr(cgroup.why, "version 2"));
    bound(0, 1, 1);
}

static void a_group_that_may_not_be_made_is_told_from_a_kernel_that_has_none(void **state)
{
    (void)state;
    kernel("mkdir -p proc/self sys/fs/cgroup; touch sys/fs/cgroup/cgroup.controllers;"
           "echo 0::/user.slice >proc/self/cgroup");
    open_groups(1);
    assert_string_equal(cgroup.base, "");
    assert_non_null(strstr(cgroup.why, "Delegate"));
}

static void kills_for_want_of_memory_are_the_group_s_or_the_machine_s(void **state)
{
    (void)state;
    assert_int_equal(hf_cgroup_oom_kills(&cgroup, root, 0), -1);
    kernel(delegated);
    kernel("printf 'nr_free_pages 1\\noom_kill 7\\ndrop_pagecache 3\\n' >proc/vmstat;"
           "printf 'max 9\\noom 4\\noom_kill 2\\n' >" SERVICE "/holdfast-pi-1-1/memory.events");
    assert_int_equal(hf_cgroup_oom_kills(&cgroup, root, 1), 7);
    open_groups(2);
    assert_int_equal(hf_cgroup_oom_kills(&cgroup, root, 1), 2);
    assert_int_equal(hf_cgroup_oom_kills(&cgroup, root, 0), -1);
}

static void empty_groups_are_removed_at_the_end(void **state)
{
    (void)state;
    kernel(delegated);
    open_groups(2);
    kernel("rm " SERVICE "/holdfast-pi-1-*/*"); /* in the kernel they go with the folder */
    hf_cgroup_close(&cgroup);
    assert_false(exists(SERVICE "/holdfast-pi-1-0"));
    assert_false(exists(SERVICE "/holdfast-pi-1-1"));
    hf_cgroup_close(&cgroup);
}

static int close_groups(void **state)
{
    (void)state;
    memset(&cgroup, 0, sizeof cgroup);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, into_empty_folder, close_groups)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_slot_has_a_group_and_the_worker_moves_out_of_the_way),
        TEST(each_task_has_bounds_of_its_own_and_the_next_one_none),
        TEST(a_worker_that_reads_its_settings_again_finds_the_same_groups),
        TEST(where_one_controller_is_missing_the_other_is_used_and_told),
        TEST(where_nothing_can_be_bounded_the_worker_goes_back_and_no_group_stays),
        TEST(at_the_top_the_worker_stays_where_it_is),
        TEST(without_a_kernel_that_has_them_there_are_none_and_it_says_so),
        TEST(a_group_that_may_not_be_made_is_told_from_a_kernel_that_has_none),
        TEST(kills_for_want_of_memory_are_the_group_s_or_the_machine_s),
        TEST(empty_groups_are_removed_at_the_end),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
