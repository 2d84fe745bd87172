#include "manager/cron.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define YEARS    8
#define DAY_S    86400
#define RULE_MAX 120

struct field {
    const char *what;
    int min, max;
    const char *names; /* of three letters each, from `first_name` on; NULL: none */
    int first_name;
};

static const struct field FIELDS[] = {
    {"minute", 0, 59, NULL, 0},
    {"hour", 0, 23, NULL, 0},
    {"day", 1, 31, NULL, 0},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1},
    {"weekday", 0, 7, "sunmontuewedthufrisat", 0},
};

#define FIELD_COUNT (sizeof FIELDS / sizeof FIELDS[0])

static const char *const ALIASES[][2] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

/* --- Reading a rule --- */

static bool read_number(const char **at, const struct field *field, int *out)
{
    char *end = NULL;
    size_t count = field->names ? strlen(field->names) / 3 : 0;
    for (size_t i = 0; i < count; i++) {
        if (strncasecmp(*at, field->names + 3 * i, 3) != 0)
            continue;
        *at += 3;
        *out = field->first_name + (int)i;
        return true;
    }
    if (!isdigit((unsigned char)**at))
        return false;
    long number = strtol(*at, &end, 10);
    if (number < field->min || number > field->max)
        return false;
    *at = end;
    *out = (int)number;
    return true;
}

static bool read_step(const char **at, int *step)
{
    char *end = NULL;
    *step = 1;
    if (**at != '/')
        return true;
    if (!isdigit((unsigned char)(*at)[1]))
        return false;
    long number = strtol(*at + 1, &end, 10);
    *at = end;
    *step = (int)number;
    return number >= 1 && number <= 59;
}

/* One of a list: "*", "5", "8-17", each with "/2" or without. */
static bool read_item(const char **at, const struct field *field, uint64_t *bits)
{
    int from = field->min;
    int to = field->max;
    int step = 1;
    if (**at == '*') {
        ++*at;
    } else {
        if (!read_number(at, field, &from))
            return false;
        to = from;
        if (**at == '-' && (++*at, !read_number(at, field, &to)))
            return false;
        if (**at == '/' && to == from)
            to = field->max;
    }
    if (!read_step(at, &step) || to < from)
        return false;
    for (int i = from; i <= to; i += step)
        *bits |= UINT64_C(1) << i;
    return true;
}

static enum hf_err read_field(const char *text, const struct field *field, uint64_t *bits,
                              struct hf_fault *fault)
{
    const char *at = text;
    *bits = 0;
    bool good = read_item(&at, field, bits);
    while (good && *at == ',') {
        at++;
        good = read_item(&at, field, bits);
    }
    if (good && *at == '\0')
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%s\" is no %s of a rule: expected *, or numbers from %d to %d such as "
                        "5 or 1-4 or */2, with commas between them",
                        text, field->what, field->min, field->max);
}

static const char *resolve(const char *rule)
{
    for (size_t i = 0; i < sizeof ALIASES / sizeof ALIASES[0]; i++) {
        if (strcasecmp(rule, ALIASES[i][0]) == 0)
            return ALIASES[i][1];
    }
    return rule;
}

enum hf_err hf_cron_parse(const char *rule, struct hf_cron *out, struct hf_fault *fault)
{
    char words[RULE_MAX + 1];
    uint64_t bits[FIELD_COUNT];
    char *rest = NULL;
    size_t count = 0;
    enum hf_err err = HF_ERR_OK;
    bool any[FIELD_COUNT];
    snprintf(words, sizeof words, "%s", resolve(rule));
    char *word = strtok_r(words, " \t", &rest);
    for (; word && count < FIELD_COUNT && err == HF_ERR_OK; count++) {
        any[count] = word[0] == '*' && word[1] == '\0';
        err = read_field(word, &FIELDS[count], &bits[count], fault);
        word = strtok_r(NULL, " \t", &rest);
    }
    if (err != HF_ERR_OK)
        return err;
    if (count < FIELD_COUNT || word || strlen(rule) > RULE_MAX)
        return hf_fault_set(
            fault, HF_ERR_INVALID, 0,
            "\"%.60s\" is no rule: expected \"MINUTE HOUR DAY MONTH WEEKDAY\", such "
            "as \"0 3 * * *\" for each night at three, or @hourly, @daily, @weekly, "
            "@monthly",
            rule);
    *out = (struct hf_cron){.minutes = bits[0],
                            .hours = (uint32_t)bits[1],
                            .days = (uint32_t)bits[2],
                            .months = (uint32_t)bits[3],
                            .weekdays = (uint32_t)(bits[4] | bits[4] >> 7),
                            .any_day = any[2],
                            .any_weekday = any[4]};
    return HF_ERR_OK;
}

/* --- The next time: in local wall time, counted as if it were UTC --- */

static bool has(uint64_t bits, int n)
{
    return (bits >> n & 1) != 0;
}

static bool day_fits(const struct hf_cron *cron, const struct tm *wall)
{
    bool day = has(cron->days, wall->tm_mday);
    bool weekday = has(cron->weekdays, wall->tm_wday);
    if (cron->any_day || cron->any_weekday)
        return day && weekday;
    return day || weekday;
}

/* `at` itself when it fits; else the beginning of the next month, day, hour or minute that may. */
static time_t advance(const struct hf_cron *cron, time_t at, bool *fits)
{
    struct tm wall;
    gmtime_r(&at, &wall);
    *fits = false;
    if (!has(cron->months, wall.tm_mon + 1)) {
        struct tm first = {.tm_year = wall.tm_year, .tm_mon = wall.tm_mon + 1, .tm_mday = 1};
        return timegm(&first);
    }
    if (!day_fits(cron, &wall))
        return at - at % DAY_S + DAY_S;
    if (!has(cron->hours, wall.tm_hour))
        return at - at % 3600 + 3600;
    if (!has(cron->minutes, wall.tm_min))
        return at + 60;
    *fits = true;
    return at;
}

static int64_t real_of(time_t wall_s)
{
    struct tm wall;
    gmtime_r(&wall_s, &wall);
    wall.tm_isdst = -1;
    return (int64_t)mktime(&wall) * 1000;
}

int64_t hf_cron_next(const struct hf_cron *cron, int64_t after_ms)
{
    time_t after = (time_t)(after_ms / 1000);
    struct tm local;
    localtime_r(&after, &local);
    local.tm_sec = 0;
    time_t at = timegm(&local);
    const time_t end = at + (time_t)YEARS * 366 * DAY_S;
    while (at < end) {
        bool fits = false;
        at = advance(cron, at, &fits);
        if (fits && real_of(at) > after_ms)
            return real_of(at);
        if (fits)
            at += 60;
    }
    return INT64_MAX;
}
