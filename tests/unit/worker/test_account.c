#include "folder.h"
#include "worker/account.h"

#include <string.h>

static struct hf_account account;
static struct hf_fault fault;

static enum hf_err find(const char *name)
{
    folder_put("passwd", 0600,
               "root:x:0:0:root:/root:/bin/sh\n"
               "nobodys:x:5:5::/:\n"
               "broken:x:1000\n"
               "worse:x:abc:7::/:\n"
               "minus:x:-1:7::/:\n"
               "highest:x:4294967295:7::/:\n"
               "tasks:x:1001:1002:for tasks:/:/bin/false");
    folder_put("group", 0600,
               "gpio:x:997:pi,tasks\n"
               "empty:x:998:\n"
               "other:x:999:tasksx,xtasks\n"
               "broken:x:tasks\n"
               "i2c:x:994:tasks");
    memset(&account, 0x55, sizeof account);
    return hf_account_find(folder_path("passwd"), folder_path("group"), name, &account);
}

static void a_user_is_found_by_name_with_its_groups(void **state)
{
    (void)state;
    assert_int_equal(find("tasks"), HF_ERR_OK);
    assert_int_equal(account.uid, 1001);
    assert_int_equal(account.gid, 1002);
    assert_int_equal(account.group_count, 2);
    assert_int_equal(account.groups[0], 997);
    assert_int_equal(account.groups[1], 994);
    assert_int_equal(find("root"), HF_ERR_OK);
    assert_int_equal(account.uid, 0);
    assert_int_equal(account.group_count, 0);
}

static void a_number_is_a_user_with_the_groups_that_are_known_or_the_same(void **state)
{
    (void)state;
    assert_int_equal(find("1001"), HF_ERR_OK);
    assert_int_equal(account.gid, 1002);
    assert_int_equal(account.group_count, 2);
    assert_int_equal(find("4242"), HF_ERR_OK);
    assert_int_equal(account.uid, 4242);
    assert_int_equal(account.gid, 4242);
    assert_int_equal(account.group_count, 0);
}

static void nobody_is_there_even_when_the_file_has_none_or_is_missing(void **state)
{
    (void)state;
    assert_int_equal(find("nobody"), HF_ERR_OK);
    assert_int_equal(account.uid, HF_ACCOUNT_NOBODY);
    assert_int_equal(hf_account_find(folder_path("none"), folder_path("none"), "nobody", &account),
                     HF_ERR_OK);
    assert_int_equal(account.gid, HF_ACCOUNT_NOBODY);
}

static void an_unknown_user_or_a_broken_line_is_an_error(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"task", "tasksx", "broken", "worse",      "minus",
                                        "-1",   "",       "1:",     "4294967295", "highest"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        assert_int_equal(find(NAMES[i]), HF_ERR_INVALID);
        assert_int_equal(account.uid, 0x55555555);
    }
}

static void a_setting_that_names_nobody_of_this_machine_is_told_with_the_mend(void **state)
{
    (void)state;
    assert_int_equal(hf_account_named("task_user", "no such user", &account, &fault),
                     HF_ERR_INVALID);
    assert_string_equal(fault.text, "task_user is \"no such user\", and /etc/passwd has no such "
                                    "user: add it, or give a number");
    assert_int_equal(account.uid, 0x55555555);
}

static void of_very_many_groups_the_first_count(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 1; i <= HF_ACCOUNT_GROUPS_MAX + 5; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "g%d:x:%d:tasks\n", i, i);
    assert_int_equal(find("tasks"), HF_ERR_OK);
    folder_put("group", 0600, text);
    assert_int_equal(
        hf_account_find(folder_path("passwd"), folder_path("group"), "tasks", &account), HF_ERR_OK);
    assert_int_equal(account.group_count, HF_ACCOUNT_GROUPS_MAX);
    assert_int_equal(account.groups[HF_ACCOUNT_GROUPS_MAX - 1], HF_ACCOUNT_GROUPS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_found_by_name_with_its_groups),
        cmocka_unit_test(a_number_is_a_user_with_the_groups_that_are_known_or_the_same),
        cmocka_unit_test(nobody_is_there_even_when_the_file_has_none_or_is_missing),
        cmocka_unit_test(an_unknown_user_or_a_broken_line_is_an_error),
        cmocka_unit_test(a_setting_that_names_nobody_of_this_machine_is_told_with_the_mend),
        cmocka_unit_test(of_very_many_groups_the_first_count),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
