#include "cli/when.h"

#include "cli/args.h"

#include <stdbool.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

static bool clock_fits(int hour, int minute, int second)
{
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 61;
}

/* One to `most` digits. */
static bool take_number(const char **at, int most, int *out)
{
    int count = 0;
    for (*out = 0; count < most && **at >= '0' && **at <= '9'; count++)
        *out = *out * 10 + (*(*at)++ - '0');
    return count > 0;
}

static bool take_mark(const char **at, char mark)
{
    if (**at != mark)
        return false;
    ++*at;
    return true;
}

/* "HH:MM" or "HH:MM:SS". */
static bool take_clock(const char **at, struct tm *out)
{
    out->tm_sec = 0;
    if (!take_number(at, 2, &out->tm_hour) || !take_mark(at, ':') ||
        !take_number(at, 2, &out->tm_min))
        return false;
    if (take_mark(at, ':') && !take_number(at, 2, &out->tm_sec))
        return false;
    return clock_fits(out->tm_hour, out->tm_min, out->tm_sec);
}

static bool is_a_date(const struct tm *given, const struct tm *made)
{
    return given->tm_year == made->tm_year && given->tm_mon == made->tm_mon &&
           given->tm_mday == made->tm_mday;
}

/* "Z", "+01:00" or "+0100"; `offset_s` east of Greenwich. */
static bool take_zone(const char **at, int *offset_s)
{
    int hours = 0;
    int minutes = 0;
    bool west = **at == '-';
    *offset_s = 0;
    if (take_mark(at, 'Z'))
        return true;
    if (!take_mark(at, west ? '-' : '+') || !take_number(at, 2, &hours))
        return false;
    (void)take_mark(at, ':');
    if (!take_number(at, 2, &minutes) || !clock_fits(hours, minutes, 0))
        return false;
    *offset_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool take_day(const char **at, struct tm *out)
{
    if (!take_number(at, 4, &out->tm_year) || !take_mark(at, '-') ||
        !take_number(at, 2, &out->tm_mon) || !take_mark(at, '-') ||
        !take_number(at, 2, &out->tm_mday))
        return false;
    out->tm_year -= 1900;
    out->tm_mon -= 1;
    return true;
}

static bool read_date(const char *text, int64_t *out)
{
    struct tm given = {0};
    int offset_s = 0;
    const char *at = text;
    if (!take_day(&at, &given))
        return false;
    if ((take_mark(&at, ' ') || take_mark(&at, 'T')) && !take_clock(&at, &given))
        return false;
    struct tm made = given;
    made.tm_isdst = -1;
    bool zoned = *at != '\0';
    if (zoned && (!take_zone(&at, &offset_s) || *at != '\0'))
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
    if (!take_clock(&text, &day) || *text != '\0')
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
