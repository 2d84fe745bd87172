#include "../cmocka_all.h"
#include "../worker/folder.h"
#include "deploy/archive.h"
#include "wire/err.h"

#include <string.h>

/* What boards are sent is what tar itself would take apart. */

static struct hf_archive archive;

static int tear_down(void **state)
{
    (void)state;
    free(archive.data);
    archive = (struct hf_archive){.data = NULL};
    return 0;
}

static void tar_unpacks_what_was_packed(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    char line[512];
    assert_int_equal(mkdir(folder_path("in"), 0755), 0);
    folder_put("in/hello", 0755, "#!/bin/sh\necho hello\n");
    folder_put("in/data", 0600, "");
    folder_put("in/.hidden", 0600, "x");
    assert_int_equal(hf_archive_make(folder_path("in"), &archive, &fault), HF_ERR_OK);
    assert_int_equal(archive.files, 2);
    assert_int_equal(archive.programs, 1);
    FILE *file = fopen(folder_path("a.tar"), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(archive.data, 1, archive.len, file), archive.len);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(line, sizeof line,
                   "cd %s && mkdir out && tar -C out -xf a.tar && rm in/.hidden && "
                   "diff -r in out && test -x out/hello && test ! -x out/data",
                   folder);
    assert_int_equal(shell(line), 0);
}

static void what_is_no_handler_is_named(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    assert_int_equal(mkdir(folder_path("odd"), 0755), 0);
    folder_put("odd/a b", 0755, "");
    assert_int_equal(hf_archive_make(folder_path("odd"), &archive, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "a b"));
    assert_int_equal(hf_archive_make("/nonexistent/handlers", &archive, &fault), HF_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tar_unpacks_what_was_packed, tear_down),
        cmocka_unit_test_teardown(what_is_no_handler_is_named, tear_down),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
