#include "folder.h"
#include "worker/estate.h"

#include <errno.h>
#include <string.h>

/* Who has what of a state folder after the start of a worker that gives root away. */

static struct hf_privilege privilege;
static struct hf_fault fault;
static uid_t other;

static int set_up(void **state)
{
    other = 70000 + (uid_t)getpid();
    privilege.worker = (struct hf_account){.uid = other + 1, .gid = other + 2};
    return folder_make(state) != 0 || mkdir(folder_path("state"), 0700) != 0 ? -1 : 0;
}

static enum hf_err give_folder(const char *name)
{
    struct hf_state state;
    assert_int_equal(hf_state_name(&state, folder_path(name), &fault), HF_ERR_OK);
    return hf_estate_give(&state, &privilege, &fault);
}

static void give(void)
{
    assert_int_equal(give_folder("state"), HF_ERR_OK);
}

static struct stat look(const char *name)
{
    struct stat info;
    assert_int_equal(lstat(folder_path(name), &info), 0);
    return info;
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip();
}

static void a_folder_that_is_not_there_is_made_with_roots_part_in_it(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(give_folder("a/b/state"), HF_ERR_OK);
    const struct stat info = look("a/b/state");
    assert_int_equal(info.st_mode & 07777, 01771);
    assert_int_equal(info.st_uid, 0);
    assert_int_equal(info.st_gid, HF_PRIVILEGE_ID);
    assert_int_equal(look("a/b/state/agent").st_mode & 07777, 0700);
    assert_int_equal(look("a/b/state/handlers").st_mode & 07777, 0755);
    assert_int_equal(look("a/b/state/work").st_mode & 07777, 0711);
    assert_int_equal(look("a/b/state/agent").st_uid, 0);
}

static void what_root_or_another_user_left_goes_to_the_worker(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(mkdir(folder_path("state/journal"), 0700), 0);
    folder_put("state/journal/1.done", 0600, "a result");
    folder_put("state/time", 0600, "a time");
    assert_int_equal(chown(folder_path("state/time"), other, other), 0);
    give();
    assert_int_equal(look("state/journal").st_uid, other + 1);
    assert_int_equal(look("state/journal/1.done").st_uid, other + 1);
    assert_int_equal(look("state/time").st_uid, other + 1);
    assert_int_equal(look("state/time").st_gid, other + 2);
    give(); /* again is the same */
    assert_int_equal(look("state/time").st_uid, other + 1);
}

static void programs_and_handlers_stay_roots(void **state)
{
    (void)state;
    need_root();
    give();
    folder_put("state/agent/mark", 0600, "a mark");
    folder_put("state/handlers/mark", 0600, "a mark");
    give();
    assert_int_equal(look("state/agent/mark").st_uid, 0);
    assert_int_equal(look("state/handlers/mark").st_uid, 0);
}

static void what_another_has_put_in_roots_place_is_removed(void **state)
{
    (void)state;
    need_root();
    folder_put("elsewhere", 0600, "not ours");
    assert_int_equal(mkdir(folder_path("state/agent"), 0700), 0);
    folder_put("state/agent/mark", 0600, "run this");
    assert_int_equal(chown(folder_path("state/agent"), other, other), 0);
    assert_int_equal(symlink(folder, folder_path("state/handlers")), 0);
    assert_int_equal(mkdir(folder_path("state/work"), 0700), 0);
    assert_int_equal(chmod(folder_path("state/work"), 0777), 0);
    give();
    assert_int_equal(entries_in(folder_path("state/agent")), 0);
    assert_true(S_ISDIR(look("state/handlers").st_mode));
    assert_int_equal(entries_in(folder_path("state/handlers")), 0);
    assert_int_equal(look("state/work").st_mode & 07777, 0711);
    assert_int_equal(look("elsewhere").st_uid, 0);
}

static void a_file_that_has_a_name_elsewhere_is_not_given_away(void **state)
{
    (void)state;
    need_root();
    folder_put("secret", 0600, "root's");
    assert_int_equal(link(folder_path("secret"), folder_path("state/mine")), 0);
    assert_int_equal(symlink("../secret", folder_path("state/too")), 0);
    assert_int_equal(symlink(folder, folder_path("state/journal")), 0);
    assert_int_not_equal(give_folder("state"), HF_ERR_OK);
    assert_non_null(strstr(fault.text, "cannot give away the state folder"));
    assert_int_equal(look("secret").st_uid, 0);
    assert_int_equal(unlink(folder_path("state/journal")), 0);
    give();
    assert_int_equal(look("secret").st_uid, 0);
    assert_int_equal(look("state/too").st_uid, 0);
}

static void a_folder_that_the_worker_could_put_another_in_the_place_of_is_none(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(mkdir(folder_path("its"), 0755), 0);
    assert_int_equal(chown(folder_path("its"), other + 1, 0), 0);
    assert_int_equal(mkdir(folder_path("its/deep"), 0755), 0);
    folder_put("state/secret", 0600, "root's");
    assert_int_equal(symlink("../../state", folder_path("its/deep/link")), 0);
    assert_int_equal(give_folder("its/deep/link"), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, folder_path("its (chown root")));
    assert_int_equal(look("state/secret").st_uid, 0);
    assert_int_equal(chown(folder_path("its"), 0, other + 2), 0);
    assert_int_equal(give_folder("its/deep/state"), HF_ERR_OK);
    assert_int_equal(chmod(folder_path("its"), 0775), 0); /* by its group */
    assert_int_equal(give_folder("its/deep/state"), HF_ERR_DENIED);
    assert_int_equal(chmod(folder_path("its"), 01777), 0); /* as /tmp */
    assert_int_equal(give_folder("its/deep/state"), HF_ERR_OK);
    assert_int_equal(chmod(folder_path("its"), 0777), 0);
    assert_int_equal(give_folder("its/deep/state"), HF_ERR_DENIED);
}

static void a_file_that_root_goes_by_is_not_the_workers_to_change(void **state)
{
    (void)state;
    need_root();
    folder_put("settings", 0644, "{}");
    const char *settings = folder_path("settings");
    assert_int_equal(hf_estate_check(settings, &privilege, &fault), HF_ERR_OK);
    assert_int_equal(hf_estate_check("", &privilege, &fault), HF_ERR_OK);
    assert_int_equal(chmod(settings, 0666), 0);
    assert_int_equal(hf_estate_check(settings, &privilege, &fault), HF_ERR_DENIED);
    assert_int_equal(chmod(settings, 0600), 0);
    assert_int_equal(chown(settings, other + 1, 0), 0);
    assert_int_equal(hf_estate_check(settings, &privilege, &fault), HF_ERR_DENIED);
    assert_int_equal(chown(settings, other, 0), 0);
    assert_int_equal(hf_estate_check(settings, &privilege, &fault), HF_ERR_OK);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, folder_delete)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_is_not_there_is_made_with_roots_part_in_it),
        TEST(what_root_or_another_user_left_goes_to_the_worker),
        TEST(programs_and_handlers_stay_roots),
        TEST(what_another_has_put_in_roots_place_is_removed),
        TEST(a_file_that_has_a_name_elsewhere_is_not_given_away),
        TEST(a_folder_that_the_worker_could_put_another_in_the_place_of_is_none),
        TEST(a_file_that_root_goes_by_is_not_the_workers_to_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
