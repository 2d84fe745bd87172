#include "../ledger/fixture.h"
#include "cli/input.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static struct hf_home home_of(struct fixture *f)
{
    struct hf_home home;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    return home;
}

static void a_regular_file_is_read_where_it_is(void **state)
{
    struct fixture *f = *state;
    struct hf_home home = home_of(f);
    char path[128];
    char text[16] = "";
    FILE *file = NULL;
    snprintf(path, sizeof path, "%s/in.txt", f->folder);
    assert_ok(f, hf_file_write(path, "hello", 5, 0600, &f->fault));
    assert_ok(f, hf_input_open(&home, path, &file, &f->fault));
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "hello");
    fclose(file);
}

static void a_pipe_is_copied_first_and_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    struct hf_home home = home_of(f);
    char path[128];
    char text[16] = "";
    FILE *file = NULL;
    struct stat about;
    snprintf(path, sizeof path, "%s/fifo", f->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    if (fork() == 0) {
        FILE *writer = fopen(path, "w");
        fputs("through the pipe", writer);
        fclose(writer);
        _exit(0);
    }
    assert_ok(f, hf_input_open(&home, path, &file, &f->fault));
    assert_int_equal(fstat(fileno(file), &about), 0);
    assert_true(S_ISREG(about.st_mode));
    assert_int_equal(about.st_nlink, 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "through the pip");
    fclose(file);
}

static void what_cannot_be_read_is_named(void **state)
{
    struct fixture *f = *state;
    struct hf_home home = home_of(f);
    FILE *file = NULL;
    assert_int_equal(hf_input_open(&home, "/nonexistent", &file, &f->fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, "/nonexistent"));
    assert_true(hf_input_open(&home, f->folder, &file, &f->fault) != HF_ERR_OK);
    assert_non_null(strstr(f->fault.text, f->folder));
    assert_null(file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_regular_file_is_read_where_it_is),
        TEST(a_pipe_is_copied_first_and_leaves_no_file),
        TEST(what_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
