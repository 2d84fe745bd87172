#include "cli/when.h"

#include "cli/args.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

static bool clock_fits(int hour, int minute, int second)
{
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
}

/* "HH:MM" or "HH:MM:SS", and how many characters it has; 0: it is none. */
static int read_clock(const char *text, struct tm *out)
{
    int used = 0;
    int more = 0;
    out->tm_sec = 0;
    if (sscanf(text, "%2d:%2d%n", &out->tm_hour, &out->tm_min, &used) != 2 || used < 4)
        return 0;
    if (sscanf(text + used, ":%2d%n", &out->tm_sec, &more) == 1)
        used += more;
    return clock_fits(out->tm_hour, out->tm_min, out->tm_sec) ? used : 0;
}

static bool is_a_date(const struct tm *given, const struct tm *made)
{
    return given->tm_year == made->tm_year && given->tm_mon == made->tm_mon &&
           given->tm_mday == made->tm_mday;
}

/* "Z", "+01:00" or "+0100" behind the time; `offset_s` east of Greenwich. */
static bool read_zone(const char *text, int *offset_s)
{
    int hours = 0;
    int minutes = 0;
    int used = 0;
    char sign = 0;
    if (strcmp(text, "Z") == 0) {
        *offset_s = 0;
        return true;
    }
    if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3)
        (void)sscanf(text, "%c%2d%2d%n", &sign, &hours, &minutes, &used);
    if ((sign != '+' && sign != '-') || used == 0 || text[used] || !clock_fits(hours, minutes, 0))
        return false;
    *offset_s = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_date(const char *text, int64_t *out)
{
    struct tm given = {0};
    int used = 0;
    int offset_s = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &given.tm_year, &given.tm_mon, &given.tm_mday, &used) != 3)
        return false;
    given.tm_year -= 1900;
    given.tm_mon -= 1;
    const char *rest = text + used;
    if (*rest) {
        int clock = *rest == ' ' || *rest == 'T' ? read_clock(rest + 1, &given) : 0;
        if (clock == 0)
            return false;
        rest += 1 + clock;
    }
    struct tm made = given;
    made.tm_isdst = -1;
    bool zoned = *rest != '\0';
    if (zoned && !read_zone(rest, &offset_s))
        return false;
    int64_t at_s = zoned ? (int64_t)timegm(&made) - offset_s : (int64_t)mktime(&made);
    *out = at_s * 1000;
    return is_a_date(&given, &made);
}

static bool read_next(const char *text, int64_t now_ms, int64_t *out)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm day;
    localtime_r(&now, &day);
    int used = read_clock(text, &day);
    if (used == 0 || text[used])
        return false;
    day.tm_isdst = -1;
    *out = (int64_t)mktime(&day) * 1000;
    if (*out <= now_ms) {
        day.tm_mday++;
        day.tm_isdst = -1;
        *out = (int64_t)mktime(&day) * 1000;
    }
    return true;
}

enum hf_err hf_when_parse(const char *option, const char *text, int64_t now_ms, int64_t *out,
                          struct hf_fault *fault)
{
    int64_t ms = 0;
    if (text[0] == '+' && hf_args_duration_ms(text + 1, &ms) == HF_ERR_OK && ms <= 3650 * DAY_MS) {
        *out = now_ms + ms;
        return HF_ERR_OK;
    }
    if (read_date(text, out) || read_next(text, now_ms, out))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "--%s %.60s: expected a time such as 18:30, \"2026-12-24 18:30\", "
                        "2026-12-24T18:30:00Z or +90m",
                        option, text);
}
