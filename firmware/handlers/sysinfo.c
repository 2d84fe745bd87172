#include "handlers/builtins.h"
#include "handlers/io.h"
#include "handlers/rooted.h"
#include "wire/json_write.h"
#include "wire/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sysexits.h>

#define LINE_BYTES 256
#define FILE_LINES 64
#define ANSWER_MAX 4096

static void put_text(struct hf_json_writer *to, const char *key, const char *text)
{
    if (text[0] == '\0')
        return;
    hf_json_write(to, to->len > 1 ? "," : "");
    hf_json_write_text(to, hf_str(key));
    hf_json_write(to, ":");
    hf_json_write_text(to, hf_str(text));
}

/* The number, made of these digits, that the text begins with. It is cut after it. */
static void put_number(struct hf_json_writer *to, const char *key, char *text, const char *digits)
{
    text[strspn(text, digits)] = '\0';
    if (text[0] == '\0')
        return;
    hf_json_write(to, to->len > 1 ? "," : "");
    hf_json_write_text(to, hf_str(key));
    hf_json_write(to, ":");
    hf_json_write(to, text);
}

static void put_whole(struct hf_json_writer *to, const char *key, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    put_number(to, key, text, "0123456789");
}

/* What stands behind `name` in the lines of a file; false: nothing does. */
static bool value_in(const char *root, const char *path, const char *name, char *out)
{
    char full[LINE_BYTES], line[LINE_BYTES];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    FILE *file = fopen(full, "re");
    bool found = false;
    for (int i = 0; file && !found && i < FILE_LINES && fgets(line, sizeof line, file); i++) {
        found = strncmp(line, name, strlen(name)) == 0;
        if (!found)
            continue;
        const char *value = line + strlen(name);
        value += strspn(value, " \t\"");
        (void)snprintf(out, LINE_BYTES, "%.*s", (int)strcspn(value, "\"\n"), value);
        hf_utf8_clean(out, false);
    }
    if (file)
        (void)fclose(file);
    return found && out[0] != '\0';
}

static void put_cores(struct hf_json_writer *to)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        put_whole(to, "cores", (uint64_t)CPU_COUNT(&cores));
}

static void put_memory(struct hf_json_writer *to, const char *root)
{
    static const struct {
        const char *key, *name;
    } ROWS[] = {{"memory_kb", "MemTotal:"}, {"memory_free_kb", "MemAvailable:"}};
    char text[LINE_BYTES];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (value_in(root, "/proc/meminfo", ROWS[i].name, text))
            put_number(to, ROWS[i].key, text, "0123456789");
    }
}

static void put_disk(struct hf_json_writer *to, const char *root)
{
    struct statvfs disk;
    if (statvfs(root[0] ? root : "/", &disk) != 0 || disk.f_blocks == 0)
        return;
    put_whole(to, "disk_kb", (uint64_t)disk.f_blocks * disk.f_frsize / 1024);
    put_whole(to, "disk_free_kb", (uint64_t)disk.f_bavail * disk.f_frsize / 1024);
}

static void put_times(struct hf_json_writer *to, const char *root)
{
    char text[LINE_BYTES];
    if (hf_rooted_line(root, "/proc/uptime", text, sizeof text))
        put_number(to, "uptime_s", text, "0123456789");
    if (hf_rooted_line(root, "/proc/loadavg", text, sizeof text))
        put_number(to, "load", text, "0123456789.");
}

static void put_names(struct hf_json_writer *to, const char *root)
{
    struct utsname names;
    char text[LINE_BYTES];
    if (hf_rooted_line(root, "/proc/device-tree/model", text, sizeof text) ||
        hf_rooted_line(root, "/sys/class/dmi/id/product_name", text, sizeof text))
        put_text(to, "model", text);
    if (value_in(root, "/etc/os-release", "PRETTY_NAME=", text))
        put_text(to, "system", text);
    if (uname(&names) == 0) {
        hf_utf8_clean(names.nodename, false);
        put_text(to, "host", names.nodename);
        put_text(to, "kernel", names.release);
        put_text(to, "arch", names.machine);
    }
}

int hf_sysinfo_of(const struct hf_handler_io *io, const char *root)
{
    char answer[ANSWER_MAX];
    struct hf_json_writer writer = {.to = answer, .size = sizeof answer};
    hf_json_write(&writer, "{");
    put_names(&writer, root);
    put_cores(&writer);
    put_memory(&writer, root);
    put_disk(&writer, root);
    put_times(&writer, root);
    hf_json_write(&writer, "}");
    if (!hf_json_write_end(&writer))
        return hf_io_fail(io, EX_SOFTWARE, "the answer is over %d bytes", ANSWER_MAX);
    if (hf_io_write(io, answer, strlen(answer)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}

int hf_handler_sysinfo(const struct hf_handler_io *io)
{
    return hf_sysinfo_of(io, "");
}
