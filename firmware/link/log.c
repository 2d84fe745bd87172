#include "link/log.h"

#include "link/clock.h"
#include "wire/utf8.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static enum hf_log_level current = HF_LOG_INFO;

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

static size_t stamp(char *line, size_t size)
{
    const int64_t now_ms = hf_clock_unix_ms();
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc = {0};
    gmtime_r(&seconds, &utc);
    const int used = snprintf(line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ",
                              utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                              utc.tm_min, utc.tm_sec, (int)(now_ms % 1000));
    return used > 0 ? (size_t)used : 0;
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
    size_t used = stamp(line, sizeof line);
    used = clamp(used, snprintf(line + used, sizeof line - used, "%s %s%s", level_names[level],
                                event, *format ? " " : ""));
    va_list args;
    va_start(args, format);
    used = clamp(used, vsnprintf(line + used, sizeof line - used, format, args));
    va_end(args);

    line[used] = '\0';
    hf_utf8_clean(line, false);
    line[used++] = '\n';
    /* One write a line, so that lines of several processes do not mix; a full pipe loses it. */
    if (write(STDERR_FILENO, line, used) < 0)
        return;
}
