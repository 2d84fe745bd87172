#include "worker/facts.h"

#include "handlers/table.h"
#include "wire/number.h"
#include "worker/upkeep.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#define FILE_BYTES 512 /* as much of a file as is ever looked at, with a final 0 */
#define PATH_BYTES 320

#define ZONES_MAX   16
#define SENSORS_MAX 4
#define COLDEST_MC  (-60000) /* beyond these a sensor is not there, or broken */
#define HOTTEST_MC  200000

/* The beginning of a file; false: there is none, or nothing in it. */
static bool read_file(const char *root, const char *path, char text[FILE_BYTES])
{
    char full[PATH_BYTES];
    const int len = snprintf(full, sizeof full, "%s%s", root, path);
    const int fd =
        len > 0 && (size_t)len < sizeof full ? open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, text, FILE_BYTES - 1);
    (void)close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static void set(struct hf_gauge *gauge, int64_t value, int64_t min, int64_t max)
{
    if (value < min || value > max)
        return;
    gauge->known = true;
    gauge->value = value;
}

/* Digits from `text` on; -1: there are none, or too many. */
static int64_t whole_at(const char *text)
{
    int64_t number = -1;
    const struct hf_str digits = {text, strspn(text, "0123456789")};
    (void)hf_number_parse(digits, 0, HF_NUMBER_EXACT_MAX / 1000, &number);
    return number;
}

/* "12.34" -> 12340; -1: no such number. */
static int64_t milli_at(const char *text)
{
    const int64_t whole = whole_at(text);
    if (whole < 0)
        return -1;
    const char *at = text + strspn(text, "0123456789");
    int64_t milli = 0;
    if (*at == '.')
        at++;
    for (int place = 100; place > 0; place /= 10) {
        if (!isdigit((unsigned char)*at))
            break;
        milli += (*at++ - '0') * place;
    }
    return whole * 1000 + milli;
}

/* The number of the line of /proc/meminfo that begins with `name` and a colon; -1: none. */
static int64_t meminfo(const char *text, const char *name)
{
    const size_t len = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return whole_at(line + len + 1 + strspn(line + len + 1, " \t"));
    }
    return -1;
}

/* Before Linux 3.14 there is no MemAvailable: what is free without effort is not too much. */
static void read_memory(const char *root, struct hf_gauge *all, struct hf_gauge *unused)
{
    char text[FILE_BYTES];
    if (!read_file(root, "/proc/meminfo", text))
        return;
    const int64_t available = meminfo(text, "MemAvailable");
    set(all, meminfo(text, "MemTotal"), 0, HF_NUMBER_EXACT_MAX);
    set(unused, available >= 0 ? available : meminfo(text, "MemFree"), 0, HF_NUMBER_EXACT_MAX);
}

static void read_disk(const char *folder, struct hf_gauge *out)
{
    struct statvfs disk;
    if (folder && statvfs(folder, &disk) == 0 && disk.f_blocks > 0)
        set(out, (int64_t)((uint64_t)disk.f_bavail * disk.f_frsize / 1024), 0, HF_NUMBER_EXACT_MAX);
}

static void read_sensor(const char *root, const char *path, struct hf_gauge *hottest)
{
    char text[FILE_BYTES];
    if (!read_file(root, path, text))
        return;
    const bool below = text[0] == '-';
    const int64_t number = whole_at(text + below);
    if (number >= 0 && (!hottest->known || (below ? -number : number) > hottest->value))
        set(hottest, below ? -number : number, COLDEST_MC, HOTTEST_MC);
}

static void read_temperature(const char *root, struct hf_gauge *out)
{
    char path[64];
    for (int i = 0; i < ZONES_MAX; i++) {
        (void)snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", i);
        read_sensor(root, path, out);
    }
    if (out->known)
        return;
    for (int i = 0; i < ZONES_MAX * SENSORS_MAX; i++) {
        (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/temp%d_input", i / SENSORS_MAX,
                       i % SENSORS_MAX + 1);
        read_sensor(root, path, out);
    }
}

/* Hexadecimal, without a prefix: the Raspberry Pi's own kernel has it. */
static bool read_firmware_word(const char *root, struct hf_gauge *out)
{
    char text[FILE_BYTES];
    if (!read_file(root, "/sys/devices/platform/soc/soc:firmware/get_throttled", text) ||
        !isxdigit((unsigned char)text[0]))
        return false;
    char *end = NULL;
    const unsigned long bits = strtoul(text, &end, 16);
    if ((*end == '\0' || *end == '\n') && bits <= HF_THROTTLED_MAX)
        set(out, (int64_t)bits, 0, HF_THROTTLED_MAX);
    return out->known;
}

/* Linux itself has the supply voltage alone, an alarm of the last two seconds (since 5.0). */
static void read_throttled(const char *root, struct hf_gauge *out)
{
    char path[64];
    char text[FILE_BYTES];
    if (read_firmware_word(root, out))
        return;
    for (int i = 0; i < ZONES_MAX && !out->known; i++) {
        (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/name", i);
        if (!read_file(root, path, text) || strcmp(text, "rpi_volt\n") != 0)
            continue;
        (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/in0_lcrit_alarm", i);
        if (read_file(root, path, text))
            set(out, whole_at(text), 0, HF_THROTTLED_UNDER_VOLTAGE);
    }
}

void hf_facts_readings(const char *root, const char *folder, struct hf_presence *out)
{
    char text[FILE_BYTES];
    if (read_file(root, "/proc/uptime", text))
        set(&out->machine_uptime_s, whole_at(text), 0, HF_NUMBER_EXACT_MAX);
    if (read_file(root, "/proc/loadavg", text))
        set(&out->load_milli, milli_at(text), 0, HF_NUMBER_EXACT_MAX);
    read_memory(root, &out->memory_kb, &out->memory_free_kb);
    read_disk(folder, &out->disk_free_kb);
    read_temperature(root, &out->temperature_mc);
    read_throttled(root, &out->throttled);
}

/* "0-3,5" -> 5; -1: not a list of processors. */
static int64_t count_cores(const char *list)
{
    int64_t count = 0;
    do {
        const int64_t first = whole_at(list);
        list += strspn(list, "0123456789");
        const int64_t last = *list == '-' ? whole_at(list + 1) : first;
        if (first < 0 || last < first)
            return -1;
        count += last - first + 1;
        list += *list == '-';
        list += strspn(list, "0123456789");
    } while (*list++ == ',');
    return count;
}

static void take_line(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%.*s", (int)strcspn(text, "\n"), text);
}

void hf_facts_machine(const char *root, struct hf_facts *out)
{
    char text[FILE_BYTES];
    struct utsname system;
    struct hf_gauge unused = {0};
    if (read_file(root, "/proc/sys/kernel/osrelease", text))
        take_line(out->kernel, sizeof out->kernel, text);
    /* A file since Linux 6.1 only, and a root for tests does not change what uname says. */
    if (read_file(root, "/proc/sys/kernel/arch", text))
        take_line(out->arch, sizeof out->arch, text);
    else if (root[0] == '\0' && uname(&system) == 0)
        take_line(out->arch, sizeof out->arch, system.machine);
    if (read_file(root, "/sys/devices/system/cpu/online", text))
        set(&out->cores, count_cores(text), 1, HF_NUMBER_EXACT_MAX);
    read_memory(root, &out->memory_kb, &unused);
}

static void add_handler(struct hf_facts *out, const char *name)
{
    if (!hf_event_add_word(out->handlers, sizeof out->handlers, HF_HANDLERS_MAX, name))
        out->handlers_more++;
}

/* Those that the folder `before` has come before them. */
static void add_programs(struct hf_facts *out, const char *folder, const char *before,
                         const char *allowed)
{
    struct hf_handler found;
    DIR *entries = opendir(folder);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!hf_builtin_find(entry->d_name) && hf_handler_allowed(allowed, entry->d_name) &&
            hf_handler_find(folder, entry->d_name, &found, NULL) == HF_ERR_OK &&
            (before[0] == '\0' || !hf_handler_hidden(before, entry->d_name)))
            add_handler(out, entry->d_name);
    }
    if (entries)
        (void)closedir(entries);
}

void hf_facts_handlers(const char *pushed, const char *folder, const char *allowed,
                       struct hf_facts *out)
{
    out->handlers[0] = '\0';
    out->handlers_more = 0;
    for (const struct hf_builtin *builtin = hf_builtins; builtin->name; builtin++) {
        if (hf_handler_allowed(allowed, builtin->name))
            add_handler(out, builtin->name);
    }
    for (const struct hf_upkeep_row *row = hf_upkeep_rows; row->name; row++)
        add_handler(out, row->name);
    if (pushed[0] != '\0')
        add_programs(out, pushed, "", allowed);
    add_programs(out, folder, pushed, allowed);
}
