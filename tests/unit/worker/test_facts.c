#include "folder.h"
#include "handlers/table.h"
#include "worker/facts.h"
#include "worker/upkeep.h"

#include <string.h>
#include <sys/utsname.h>

/* A file of the made tree, with its folders. */
static void put(const char *path, const char *text)
{
    char line[300];
    (void)snprintf(line, sizeof line, "mkdir -p \"$(dirname '%s/%s')\"", folder, path);
    assert_int_equal(shell(line), 0);
    folder_put(path, 0644, text);
}

static struct hf_presence readings(void)
{
    struct hf_presence out = {.state = "idle"};
    hf_facts_readings(folder, NULL, &out);
    assert_string_equal(out.state, "idle");
    return out;
}

static struct hf_facts machine(void)
{
    struct hf_facts out = {.board = "host"};
    hf_facts_machine(folder, &out);
    assert_string_equal(out.board, "host");
    return out;
}

static void assert_reads(struct hf_gauge gauge, int64_t value)
{
    assert_true(gauge.known);
    assert_true(gauge.value == value);
}

static void on_an_empty_tree_everything_is_absent(void **state)
{
    (void)state;
    struct hf_presence presence = readings();
    struct hf_facts facts = machine();
    assert_false(presence.machine_uptime_s.known);
    assert_false(presence.load_milli.known);
    assert_false(presence.memory_kb.known);
    assert_false(presence.memory_free_kb.known);
    assert_false(presence.disk_free_kb.known);
    assert_false(presence.temperature_mc.known);
    assert_false(presence.throttled.known);
    assert_string_equal(facts.arch, "");
    assert_string_equal(facts.kernel, "");
    assert_false(facts.cores.known);
    assert_false(facts.memory_kb.known);
}

static void load_and_uptime_are_read(void **state)
{
    (void)state;
    put("proc/loadavg", "1.07 0.42 0.10 2/345 6789\n");
    put("proc/uptime", "86405.93 300000.00\n");
    struct hf_presence presence = readings();
    assert_reads(presence.load_milli, 1070);
    assert_reads(presence.machine_uptime_s, 86405);
    put("proc/loadavg", "17.5");
    assert_reads(readings().load_milli, 17500);
}

static void memory_is_what_a_program_could_still_get(void **state)
{
    (void)state;
    put("proc/meminfo", "MemTotal:         441000 kB\nMemFree:           20000 kB\n"
                        "MemAvailable:     380000 kB\nBuffers:            1000 kB\n");
    struct hf_presence presence = readings();
    assert_reads(presence.memory_kb, 441000);
    assert_reads(presence.memory_free_kb, 380000);
    assert_reads(machine().memory_kb, 441000);
}

static void an_old_kernel_tells_of_free_memory_only(void **state)
{
    (void)state;
    put("proc/meminfo", "MemTotal: 441000 kB\nMemFree: 20000 kB\nBuffers: 1000 kB\n");
    assert_reads(readings().memory_free_kb, 20000);
}

static void garbage_is_absent_and_no_error(void **state)
{
    (void)state;
    static const char *const GARBAGE[] = {"",         "\n", "x", "-", "99999999999999999999",
                                          "\x01\xFF", "."};
    for (size_t i = 0; i < sizeof GARBAGE / sizeof *GARBAGE; i++) {
        put("proc/loadavg", GARBAGE[i]);
        put("proc/uptime", GARBAGE[i]);
        put("proc/meminfo", GARBAGE[i]);
        put("sys/class/thermal/thermal_zone0/temp", GARBAGE[i]);
        put("sys/devices/platform/soc/soc:firmware/get_throttled", GARBAGE[i]);
        put("sys/devices/system/cpu/online", GARBAGE[i]);
        struct hf_presence presence = readings();
        assert_false(presence.load_milli.known);
        assert_false(presence.machine_uptime_s.known);
        assert_false(presence.memory_kb.known);
        assert_false(presence.temperature_mc.known);
        assert_false(presence.throttled.known);
        assert_false(machine().cores.known);
    }
}

static void the_hottest_zone_counts(void **state)
{
    (void)state;
    put("sys/class/thermal/thermal_zone0/temp", "48312\n");
    assert_reads(readings().temperature_mc, 48312);
    put("sys/class/thermal/thermal_zone3/temp", "51000\n");
    put("sys/class/thermal/thermal_zone4/temp", "2147483647\n");
    put("sys/class/hwmon/hwmon0/temp1_input", "99000\n");
    assert_reads(readings().temperature_mc, 51000);
}

static void a_board_in_the_cold_is_below_zero(void **state)
{
    (void)state;
    put("sys/class/thermal/thermal_zone0/temp", "-21500\n");
    assert_reads(readings().temperature_mc, -21500);
    put("sys/class/thermal/thermal_zone1/temp", "-8000\n");
    assert_reads(readings().temperature_mc, -8000);
}

static void without_zones_the_sensors_of_hwmon_are_asked(void **state)
{
    (void)state;
    put("sys/class/hwmon/hwmon0/name", "nvme\n");
    put("sys/class/hwmon/hwmon1/temp1_input", "36850\n");
    put("sys/class/hwmon/hwmon1/temp2_input", "40850\n");
    assert_reads(readings().temperature_mc, 40850);
}

static void throttling_of_a_pi_is_hexadecimal(void **state)
{
    (void)state;
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n");
    struct hf_presence presence = readings();
    assert_reads(presence.throttled, 0x50005);
    assert_true(presence.throttled.value & HF_THROTTLED_UNDER_VOLTAGE);
    assert_true(presence.throttled.value & HF_THROTTLED_NOW << 16);
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
    assert_reads(readings().throttled, 0);
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "100000\n");
    assert_false(readings().throttled.known);
}

static void without_the_pis_own_kernel_its_voltage_alarm_is_read(void **state)
{
    (void)state;
    put("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    put("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n");
    put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    assert_false(readings().throttled.known);
    put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n");
    assert_reads(readings().throttled, 0);
    put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    assert_reads(readings().throttled, HF_THROTTLED_UNDER_VOLTAGE);
    put("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n");
    assert_reads(readings().throttled, 0x50000);
}

static void disk_is_that_of_the_folder_given(void **state)
{
    (void)state;
    struct hf_presence presence = {0};
    hf_facts_readings(folder, folder, &presence);
    assert_true(presence.disk_free_kb.known);
    presence = (struct hf_presence){0};
    hf_facts_readings(folder, "/nonexistent/holdfast", &presence);
    assert_false(presence.disk_free_kb.known);
}

static void cores_are_those_that_are_switched_on(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        int64_t cores;
    } LISTS[] = {{"0\n", 1}, {"0-3\n", 4}, {"0-3,5\n", 5}, {"0,2,4-7\n", 6}};
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        put("sys/devices/system/cpu/online", LISTS[i].list);
        assert_reads(machine().cores, LISTS[i].cores);
    }
    put("sys/devices/system/cpu/online", "3-1\n");
    assert_false(machine().cores.known);
    put("sys/devices/system/cpu/online", "0-\n");
    assert_false(machine().cores.known);
}

static void kernel_and_arch_are_one_line_each(void **state)
{
    (void)state;
    put("proc/sys/kernel/osrelease", "6.1.0-37-rpi\n");
    put("proc/sys/kernel/arch", "armv6l\n");
    struct hf_facts facts = machine();
    assert_string_equal(facts.kernel, "6.1.0-37-rpi");
    assert_string_equal(facts.arch, "armv6l");
}

static void this_machine_has_all_that_every_linux_has(void **state)
{
    (void)state;
    struct hf_presence presence = {0};
    struct hf_facts facts = {0};
    struct utsname system;
    assert_int_equal(uname(&system), 0);
    hf_facts_readings("", folder, &presence);
    hf_facts_machine("", &facts);
    assert_true(presence.machine_uptime_s.known && presence.load_milli.known);
    assert_true(presence.memory_kb.known && presence.memory_free_kb.known);
    assert_true(presence.memory_free_kb.value <= presence.memory_kb.value);
    assert_true(facts.cores.known);
    assert_string_equal(facts.arch, system.machine);
    assert_string_equal(facts.kernel, system.release);
}

static void programs_follow_the_builtins_unless_hidden_or_unfit(void **state)
{
    (void)state;
    struct hf_facts facts = {0};
    char builtins[sizeof facts.handlers] = "";
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name; builtin++)
        assert_true(strcmp(builtin->name, "exec") == 0 ||
                    hf_event_add_word(builtins, sizeof builtins, HF_HANDLERS_MAX, builtin->name));
    for (const struct hf_upkeep_row *row = hf_upkeep_rows; row->name; row++)
        assert_true(hf_event_add_word(builtins, sizeof builtins, HF_HANDLERS_MAX, row->name));
    hf_facts_handlers("", "/nonexistent/holdfast", "", &facts);
    assert_string_equal(facts.handlers, builtins);
    folder_put("resize.py", 0755, "");
    folder_put("notes.txt", 0644, "");
    folder_put("echo", 0755, "");
    folder_put("a b", 0755, "");
    hf_facts_handlers("", folder, "", &facts);
    assert_true(hf_event_add_word(builtins, sizeof builtins, HF_HANDLERS_MAX, "resize.py"));
    assert_string_equal(facts.handlers, builtins);
    assert_true(facts.handlers_more == 0);
}

static void only_allowed_handlers_are_told(void **state)
{
    (void)state;
    struct hf_facts facts = {0};
    folder_put("resize.py", 0755, "");
    folder_put("exec", 0755, "");
    hf_facts_handlers("", folder, "exec resize.py sha256", &facts);
    assert_non_null(strstr(facts.handlers, "exec sha256 "));
    assert_non_null(strstr(facts.handlers, " resize.py"));
    assert_null(strstr(facts.handlers, "echo"));
    assert_null(strstr(facts.handlers + strlen("exec"), "exec"));
}

static void handlers_beyond_the_list_are_counted(void **state)
{
    (void)state;
    struct hf_facts facts = {0};
    size_t builtins = 0;
    while (hf_builtins[builtins].name)
        builtins++;
    for (const struct hf_upkeep_row *row = hf_upkeep_rows; row->name; row++)
        builtins++;
    for (int i = 0; i < HF_HANDLERS_MAX; i++) {
        char name[HF_NAME_MAX + 1];
        (void)snprintf(name, sizeof name, "p%0*d", HF_NAME_MAX - 1, i);
        folder_put(name, 0755, "");
    }
    hf_facts_handlers("", folder, "", &facts);
    assert_true(facts.handlers_more == (int64_t)builtins - 1); /* exec is not allowed */
}

static void nothing_is_left_open(void **state)
{
    (void)state;
    struct hf_presence presence = {0};
    struct hf_facts facts = {0};
    const int before = open_descriptors();
    hf_facts_readings("", folder, &presence);
    hf_facts_machine("", &facts);
    hf_facts_handlers("", folder, "", &facts);
    assert_int_equal(open_descriptors(), before);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_delete)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(on_an_empty_tree_everything_is_absent),
        IN_FOLDER(load_and_uptime_are_read),
        IN_FOLDER(memory_is_what_a_program_could_still_get),
        IN_FOLDER(an_old_kernel_tells_of_free_memory_only),
        IN_FOLDER(garbage_is_absent_and_no_error),
        IN_FOLDER(the_hottest_zone_counts),
        IN_FOLDER(a_board_in_the_cold_is_below_zero),
        IN_FOLDER(without_zones_the_sensors_of_hwmon_are_asked),
        IN_FOLDER(throttling_of_a_pi_is_hexadecimal),
        IN_FOLDER(without_the_pis_own_kernel_its_voltage_alarm_is_read),
        IN_FOLDER(disk_is_that_of_the_folder_given),
        IN_FOLDER(cores_are_those_that_are_switched_on),
        IN_FOLDER(kernel_and_arch_are_one_line_each),
        IN_FOLDER(this_machine_has_all_that_every_linux_has),
        IN_FOLDER(programs_follow_the_builtins_unless_hidden_or_unfit),
        IN_FOLDER(only_allowed_handlers_are_told),
        IN_FOLDER(handlers_beyond_the_list_are_counted),
        IN_FOLDER(nothing_is_left_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
