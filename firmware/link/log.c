#include "link/log.h"

#include "link/clock.h"
#include "wire/utf8.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES  1024
#define FACILITY_DAEMON (3 << 3) /* RFC 5424, 6.2.1 */

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static enum hf_log_level current = HF_LOG_INFO;
static const char *system_log; /* NULL: stderr */
static int system_fd = -1;

void hf_log_set_level(enum hf_log_level level)
{
    current = level;
}

int hf_log_parse_level(const char *text, enum hf_log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum hf_log_level)i;
            return 0;
        }
    }
    return -1;
}

/* The second in words, which many lines share. */
static const char *second_text(time_t second)
{
    static char text[40];
    static time_t told = -1;
    struct tm utc = {0};
    if (second == told)
        return text;
    gmtime_r(&second, &utc);
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900,
                   utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
    told = second;
    return text;
}

static size_t stamp(char *line, size_t size)
{
    const int64_t now_ms = hf_clock_unix_ms();
    const int used = snprintf(line, size, "%s.%03dZ ", second_text((time_t)(now_ms / 1000)),
                              (int)(now_ms % 1000));
    return used > 0 ? (size_t)used : 0;
}

void hf_log_to(const char *path)
{
    if (system_fd >= 0)
        (void)close(system_fd);
    system_fd = -1;
    system_log = path;
}

static int connect_system_log(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", system_log);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* `text` is the line without its time. A log that was started anew has a new socket: once again,
 * then. */
static bool send_to_system(enum hf_log_level level, const char *text)
{
    static const int severities[] = {3, 4, 6, 7};
    char datagram[LINE_MAX_BYTES + 48];
    const int len = snprintf(datagram, sizeof datagram, "<%d>holdfast-worker[%d]: %s",
                             FACILITY_DAEMON | severities[level], (int)getpid(), text);
    for (int tries = 0; tries < 2 && len > 0; tries++) {
        if (system_fd < 0)
            system_fd = connect_system_log();
        if (system_fd < 0)
            return false;
        if (send(system_fd, datagram, (size_t)len, MSG_NOSIGNAL) >= 0)
            return true;
        (void)close(system_fd);
        system_fd = -1;
    }
    return false;
}

static size_t clamp(size_t used, int printed)
{
    if (printed < 0)
        return used;
    used += (size_t)printed;
    return used < LINE_MAX_BYTES - 1 ? used : LINE_MAX_BYTES - 2;
}

void hf_log(enum hf_log_level level, const char *event, const char *format, ...)
{
    if (level > current)
        return;

    char line[LINE_MAX_BYTES];
    const size_t start = stamp(line, sizeof line);
    size_t used = start;
    used = clamp(used, snprintf(line + used, sizeof line - used, "%s %s%s", level_names[level],
                                event, *format ? " " : ""));
    va_list args;
    va_start(args, format);
    used = clamp(used, vsnprintf(line + used, sizeof line - used, format, args));
    va_end(args);

    line[used] = '\0';
    hf_utf8_clean(line, false);
    if (system_log != NULL && send_to_system(level, line + start))
        return;
    line[used++] = '\n';
    /* One write a line, so that lines of several processes do not mix; a full pipe loses it. */
    if (write(STDERR_FILENO, line, used) < 0)
        return;
}
