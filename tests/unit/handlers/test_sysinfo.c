#include "call.h"
#include "handlers/builtins.h"
#include "handlers/rooted.h"
#include "tree.h"

#include <cJSON.h>

static struct call call;

static int of_the_folder(const struct hf_handler_io *io)
{
    return hf_sysinfo_of(io, folder);
}

static double number(const cJSON *root, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void the_boards_files_are_told_as_numbers_and_texts(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "ignored");
    assert_int_equal(call.code, 0);
    cJSON *root = cJSON_Parse(call.out);
    assert_non_null(root);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(root, "model")),
                        "Raspberry Pi 2 Model B");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(root, "system")), "Tiny Linux 3");
    assert_true(number(root, "memory_kb") == 948304);
    assert_true(number(root, "memory_free_kb") == 700000);
    assert_true(number(root, "uptime_s") == 351);
    assert_true(number(root, "load") == 0.25);
    assert_true(number(root, "cores") >= 1);
    assert_true(number(root, "disk_kb") >= number(root, "disk_free_kb"));
    cJSON_Delete(root);
}

static int of_an_empty_folder(const struct hf_handler_io *io)
{
    return hf_sysinfo_of(io, folder_path("empty"));
}

static void what_cannot_be_found_out_is_left_out(void **state)
{
    (void)state;
    call_text(&call, of_an_empty_folder, "");
    assert_int_equal(call.code, 0);
    cJSON *root = cJSON_Parse(call.out);
    assert_non_null(root);
    assert_null(cJSON_GetObjectItem(root, "model"));
    assert_null(cJSON_GetObjectItem(root, "memory_kb"));
    assert_null(cJSON_GetObjectItem(root, "load"));
    assert_non_null(cJSON_GetObjectItem(root, "kernel"));
    cJSON_Delete(root);
}

static void this_machine_is_described_too(void **state)
{
    (void)state;
    call_text(&call, hf_handler_sysinfo, "");
    cJSON *root = cJSON_Parse(call.out);
    assert_non_null(root);
    assert_true(number(root, "memory_kb") > number(root, "memory_free_kb"));
    cJSON_Delete(root);
}

static int make(void **state)
{
    if (folder_make(state) != 0)
        return -1;
    tree_put("/proc/device-tree/model", "Raspberry Pi 2 Model B");
    tree_put("/proc/meminfo", "MemTotal:         948304 kB\nMemFree:          600000 kB\n"
                              "MemAvailable:     700000 kB\n");
    tree_put("/proc/uptime", "351.77 660.00\n");
    tree_put("/proc/loadavg", "0.25 0.10 0.01 1/80 1234\n");
    tree_put("/etc/os-release", "NAME=Tiny\nPRETTY_NAME=\"Tiny Linux 3\"\n");
    return mkdir(folder_path("empty"), 0755);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_boards_files_are_told_as_numbers_and_texts),
        cmocka_unit_test(what_cannot_be_found_out_is_left_out),
        cmocka_unit_test(this_machine_is_described_too),
    };
    return cmocka_run_group_tests(tests, make, folder_delete);
}
