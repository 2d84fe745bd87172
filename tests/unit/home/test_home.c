#include "../cmocka_all.h"
#include "../scratch.h"
#include "home/home.h"

#include <sys/stat.h>

static void the_first_variable_that_is_set_names_the_folder(void **state)
{
    struct hf_home found;
    (void)state;
    setenv("HOLDFAST_HOME", "/a/b//", 1);
    setenv("XDG_DATA_HOME", "/x", 1);
    setenv("HOME", "/h", 1);
    assert_int_equal(hf_home_find(&found, NULL), HF_ERR_OK);
    assert_string_equal(found.dir, "/a/b");
    setenv("HOLDFAST_HOME", "", 1);
    assert_int_equal(hf_home_find(&found, NULL), HF_ERR_OK);
    assert_string_equal(found.dir, "/x/holdfast");
    setenv("XDG_DATA_HOME", "relative", 1);
    assert_int_equal(hf_home_find(&found, NULL), HF_ERR_OK);
    assert_string_equal(found.dir, "/h/.local/share/holdfast");
}

static void a_relative_or_overlong_folder_is_refused_with_the_variables_name(void **state)
{
    struct hf_home found;
    struct hf_fault fault;
    char overlong[HF_HOME_DIR_MAX + 10];
    (void)state;
    setenv("HOLDFAST_HOME", "data", 1);
    assert_int_equal(hf_home_find(&found, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "HOLDFAST_HOME is \"data\""));
    memset(overlong, 'a', sizeof overlong);
    overlong[0] = '/';
    overlong[sizeof overlong - 1] = '\0';
    setenv("HOLDFAST_HOME", overlong, 1);
    assert_int_equal(hf_home_find(&found, &fault), HF_ERR_INVALID);
}

static void the_folder_is_made_for_its_owner_only(void **state)
{
    struct hf_home made;
    struct stat about;
    mode_t before = umask(0);
    (void)state;
    setenv("HOLDFAST_HOME", scratch_path("one/two"), 1);
    assert_int_equal(hf_home_open(&made, NULL), HF_ERR_OK);
    umask(before);
    assert_int_equal(stat(made.dir, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
    assert_int_equal(hf_home_open(&made, NULL), HF_ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_first_variable_that_is_set_names_the_folder),
        SCRATCH_TEST(a_relative_or_overlong_folder_is_refused_with_the_variables_name),
        SCRATCH_TEST(the_folder_is_made_for_its_owner_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
