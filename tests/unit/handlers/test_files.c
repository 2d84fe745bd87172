#include "call.h"
#include "handlers/builtins.h"
#include "handlers/rooted.h"
#include "tree.h"

static struct call call;

static int of_the_folder(const struct hf_handler_io *io)
{
    return hf_files_of(io, folder);
}

static void a_log_is_given_away(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "/var/log/messages\n");
    assert_int_equal(call.code, 0);
    assert_string_equal(call.out, "one\ntwo\n");
}

static void a_folder_is_listed_a_line_of_json_an_entry(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "/var/log");
    assert_int_equal(call.code, 0);
    assert_non_null(strstr(call.out, "{\"name\":\"messages\",\"type\":\"file\",\"bytes\":8,"));
    assert_non_null(strstr(call.out, "{\"name\":\"out\",\"type\":\"link\","));
    assert_non_null(strstr(call.out, "{\"name\":\"pipe\",\"type\":\"other\","));
}

static void what_the_owner_allows_is_given_away_too(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "/srv/camera/1.jpg");
    assert_int_equal(call.code, 0);
    assert_string_equal(call.out, "jpeg");
}

static void nothing_else_is_whatever_way_it_is_named(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "/etc/secret",    "/var/log/../../etc/secret", "/var/log/out",
        "/srv/camera2/x", "/srv/camera/../camera2/x",
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, of_the_folder, CASES[i]);
        assert_int_equal(call.code, 77);
        assert_int_equal(call.out_len, 0);
        assert_non_null(strstr(call.log, "not given away"));
    }
}

static void what_is_not_there_or_no_file_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *words;
        int code;
    } CASES[] = {
        {"/var/log/none", "/var/log/none: No such file or directory", 66},
        {"/var/log/pipe", "neither a file nor a folder", 66},
        {"var/log/messages", "expected one that begins with /", 65},
        {"", "expected one that begins with /", 65},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, of_the_folder, CASES[i].payload);
        assert_int_equal(call.code, CASES[i].code);
        assert_non_null(strstr(call.log, CASES[i].words));
    }
}

static void a_path_of_any_length_is_refused_in_words(void **state)
{
    (void)state;
    static char path[8192];
    memset(path, 'd', sizeof path);
    path[0] = '/';
    call_handler(&call, of_the_folder, path, sizeof path);
    assert_int_equal(call.code, 65);
    call_handler(&call, of_the_folder, path, 4000);
    assert_int_equal(call.code, 66);
}

static int make(void **state)
{
    if (folder_make(state) != 0)
        return -1;
    tree_put("/var/log/messages", "one\ntwo\n");
    tree_put("/etc/secret", "key");
    tree_put("/etc/holdfast/files", "# of this house\n/srv/camera\nrelative\n\n/absent\n");
    tree_put("/srv/camera/1.jpg", "jpeg");
    tree_put("/srv/camera2/x", "no");
    return symlink("../../etc/secret", folder_path("var/log/out")) != 0 ||
                   mkfifo(folder_path("var/log/pipe"), 0644) != 0
               ? -1
               : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_given_away),
        cmocka_unit_test(a_folder_is_listed_a_line_of_json_an_entry),
        cmocka_unit_test(what_the_owner_allows_is_given_away_too),
        cmocka_unit_test(nothing_else_is_whatever_way_it_is_named),
        cmocka_unit_test(what_is_not_there_or_no_file_is_said),
        cmocka_unit_test(a_path_of_any_length_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, make, folder_delete);
}
