#include "call.h"
#include "handlers/builtins.h"
#include "handlers/rooted.h"
#include "tree.h"

static struct call call;

static int of_the_folder(const struct hf_handler_io *io)
{
    return hf_temperature_of(io, folder);
}

static void all_sensors_are_told_in_degrees(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "");
    assert_int_equal(call.code, 0);
    assert_string_equal(
        call.out,
        "{\"sensors\":["
        "{\"name\":\"cpu-thermal\",\"celsius\":47.238,"
        "\"source\":\"/sys/class/thermal/thermal_zone0/temp\"},"
        "{\"name\":\"lm75\",\"celsius\":-7.250,\"source\":\"/sys/class/hwmon/hwmon1/temp1_input\"},"
        "{\"name\":\"out\\\"side\",\"celsius\":0.005,"
        "\"source\":\"/sys/class/hwmon/hwmon1/temp2_input\"}]}");
}

static void a_name_or_part_of_it_chooses(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "lm7\n");
    assert_int_equal(call.code, 0);
    assert_non_null(strstr(call.out, "{\"sensors\":[{\"name\":\"lm75\""));
    assert_null(strstr(call.out, "cpu"));
}

static void a_board_without_one_says_so(void **state)
{
    (void)state;
    call_text(&call, of_the_folder, "tmp\x01");
    assert_int_equal(call.code, 69);
    assert_string_equal(call.log, "this board has no temperature sensor of the name tmp?\n");
    assert_int_equal(call.out_len, 0);
}

static void a_name_that_is_too_long_is_a_data_error(void **state)
{
    (void)state;
    char text[200];
    memset(text, 'x', sizeof text);
    call_handler(&call, of_the_folder, text, sizeof text);
    assert_int_equal(call.code, 65);
}

static int make(void **state)
{
    if (folder_make(state) != 0)
        return -1;
    tree_put("/sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
    tree_put("/sys/class/thermal/thermal_zone0/temp", "47238\n");
    tree_put("/sys/class/thermal/thermal_zone1/type", "broken\n");
    tree_put("/sys/class/thermal/thermal_zone1/temp", "N/A\n");
    tree_put("/sys/class/hwmon/hwmon1/name", "lm75\n");
    tree_put("/sys/class/hwmon/hwmon1/temp1_input", "-7250\n");
    tree_put("/sys/class/hwmon/hwmon1/temp2_input", "5\n");
    tree_put("/sys/class/hwmon/hwmon1/temp2_label", "out\"side\n");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sensors_are_told_in_degrees),
        cmocka_unit_test(a_name_or_part_of_it_chooses),
        cmocka_unit_test(a_board_without_one_says_so),
        cmocka_unit_test(a_name_that_is_too_long_is_a_data_error),
    };
    return cmocka_run_group_tests(tests, make, folder_delete);
}
