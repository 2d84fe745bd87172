#include "../worker/folder.h"
#include "handlers/builtins.h"
#include "handlers/table.h"
#include "wire/ident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make(void **state)
{
    if (folder_make(state) != 0)
        return -1;
    folder_put("report.sh", 0755, "");
    folder_put("notes.txt", 0644, "");
    folder_put("sleep", 0755, "");
    return mkdir(folder_path("folder"), 0755);
}

static void every_built_in_has_a_valid_name_and_is_found_by_it(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name; builtin++, count++) {
        struct hf_handler found;
        assert_true(hf_handler_name_valid(hf_str(builtin->name)));
        assert_int_equal(hf_handler_find(folder, builtin->name, &found, NULL), HF_ERR_OK);
        assert_ptr_equal(found.run, builtin->run);
        assert_string_equal(found.path, builtin->run ? "" : "/bin/sh");
        assert_ptr_equal(hf_builtin_find(builtin->name), builtin);
    }
    assert_int_equal(count, 10);
    assert_null(hf_builtin_find("report.sh"));
}

static void a_program_in_the_folder_is_found_by_its_file_name(void **state)
{
    (void)state;
    struct hf_handler found;
    assert_int_equal(hf_handler_find(folder, "report.sh", &found, NULL), HF_ERR_OK);
    assert_null(found.run);
    assert_string_equal(found.path, folder_path("report.sh"));
}

static void a_program_never_takes_the_place_of_a_built_in_but_is_told_of(void **state)
{
    (void)state;
    struct hf_handler found;
    assert_int_equal(hf_handler_find(folder, "sleep", &found, NULL), HF_ERR_OK);
    assert_ptr_equal(found.run, hf_handler_sleep);
    assert_true(hf_handler_hidden(folder, "sleep"));
    assert_false(hf_handler_hidden(folder, "echo"));
    assert_false(hf_handler_hidden("/nonexistent", "echo"));
}

static void what_cannot_run_is_refused_with_the_path_and_the_cause(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum hf_err err;
        const char *words;
    } CASES[] = {
        {"absent", HF_ERR_NOT_FOUND, "/absent does not exist"},
        {"notes.txt", HF_ERR_DENIED, "/notes.txt is not executable (chmod +x)"},
        {"folder", HF_ERR_DENIED, "/folder is not a file"},
        {"", HF_ERR_INVALID, "'' is no handler name"},
        {"../evil", HF_ERR_INVALID, "'../evil' is no handler name"},
        {".", HF_ERR_INVALID, "'.' is no handler name"},
        {"a/b", HF_ERR_INVALID, "'a/b' is no handler name"},
        {"a name of more than thirty-two bytes", HF_ERR_INVALID, "is no handler name"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct hf_handler found = {.path = "untouched"};
        struct hf_fault fault;
        assert_int_equal(hf_handler_find(folder, CASES[i].name, &found, &fault), CASES[i].err);
        if (!strstr(fault.text, CASES[i].words))
            fail_msg("%s: said %s", CASES[i].name, fault.text);
        assert_string_equal(found.path, "untouched");
    }
}

static void what_others_could_have_changed_is_refused(void **state)
{
    (void)state;
    struct hf_handler found;
    struct hf_fault fault;
    const char *program = folder_path("report.sh");
    assert_int_equal(chmod(program, 0757), 0);
    assert_int_equal(hf_handler_find(folder, "report.sh", &found, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "report.sh (chown root, chmod o-w)"));
    assert_int_equal(chmod(program, 0755), 0);
    assert_int_equal(chmod(folder, 0757), 0);
    assert_int_equal(hf_handler_find(folder, "report.sh", &found, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "others may change"));
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(hf_handler_find(folder, "report.sh", &found, &fault), HF_ERR_OK);
    if (geteuid() != 0)
        return; /* only root can give a file away */
    assert_int_equal(chown(program, 12345, 12345), 0);
    assert_int_equal(hf_handler_find(folder, "report.sh", &found, &fault), HF_ERR_DENIED);
    assert_int_equal(chown(program, 0, 0), 0);
}

static void a_link_may_lead_to_a_name_beside_it_and_nowhere_else(void **state)
{
    (void)state;
    struct hf_handler found;
    struct hf_fault fault;
    assert_int_equal(symlink("report.sh", folder_path("beside")), 0);
    assert_int_equal(hf_handler_find(folder, "beside", &found, &fault), HF_ERR_OK);
    assert_int_equal(symlink("/bin/sh", folder_path("shell")), 0);
    assert_int_equal(symlink("../../bin/sh", folder_path("climbs")), 0);
    assert_int_equal(symlink("beside", folder_path("twice")), 0);
    assert_int_equal(symlink("shell", folder_path("round")), 0);
    static const char *const AWAY[] = {"shell", "twice", "round"};
    for (size_t i = 0; i < sizeof AWAY / sizeof *AWAY; i++) {
        assert_int_equal(hf_handler_find(folder, AWAY[i], &found, &fault), HF_ERR_DENIED);
        assert_non_null(strstr(fault.text, "leads out of its folder"));
    }
    assert_int_not_equal(hf_handler_find(folder, "climbs", &found, &fault), HF_ERR_OK);
}

static void a_folder_with_too_long_a_path_is_an_error_not_a_cut_path(void **state)
{
    (void)state;
    char deep[600];
    memset(deep, 'd', sizeof deep);
    deep[0] = '/';
    deep[sizeof deep - 1] = '\0';
    struct hf_handler found;
    struct hf_fault fault;
    assert_int_equal(hf_handler_find(deep, "x", &found, &fault), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, "too long"));
}

static void without_a_list_everything_may_run_but_exec(void **state)
{
    (void)state;
    assert_true(hf_handler_allowed("", "echo") && hf_handler_allowed("", "report.sh"));
    assert_false(hf_handler_allowed("", "exec"));
}

static void with_a_list_only_whole_names_in_it_may_run(void **state)
{
    (void)state;
    static const char LIST[] = "sha256 exec report.sh";
    assert_true(hf_handler_allowed(LIST, "sha256") && hf_handler_allowed(LIST, "exec") &&
                hf_handler_allowed(LIST, "report.sh"));
    static const char *const OTHERS[] = {"echo", "sha", "sha2567",    "report",
                                         "256",  "",    "sha256 exec"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        assert_false(hf_handler_allowed(LIST, OTHERS[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_has_a_valid_name_and_is_found_by_it),
        cmocka_unit_test(without_a_list_everything_may_run_but_exec),
        cmocka_unit_test(with_a_list_only_whole_names_in_it_may_run),
        cmocka_unit_test(a_program_in_the_folder_is_found_by_its_file_name),
        cmocka_unit_test(a_program_never_takes_the_place_of_a_built_in_but_is_told_of),
        cmocka_unit_test(what_cannot_run_is_refused_with_the_path_and_the_cause),
        cmocka_unit_test(what_others_could_have_changed_is_refused),
        cmocka_unit_test(a_link_may_lead_to_a_name_beside_it_and_nowhere_else),
        cmocka_unit_test(a_folder_with_too_long_a_path_is_an_error_not_a_cut_path),
    };
    return cmocka_run_group_tests(tests, make, folder_delete);
}
