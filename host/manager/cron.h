#ifndef HF_MANAGER_CRON_H
#define HF_MANAGER_CRON_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Rules in the form of cron: "MINUTE HOUR DAY MONTH WEEKDAY", in local time. Each field is a list
 * of numbers, ranges (8-17) and steps (0-30/5, every 5th), or * for all; months and weekdays have
 * names of three letters too, and Sunday is 0 or 7. Where both DAY and WEEKDAY are restricted, one
 * of them has to fit. Also "@hourly", "@daily", "@weekly", "@monthly" and "@yearly".
 *
 * A time that the clock leaves out when summer begins comes when the clock has been put forward;
 * one that it shows twice comes once.
 */

struct hf_cron {
    uint64_t minutes; /* bit n: minute n fits; so below */
    uint32_t hours, days, months, weekdays;
    bool any_day, any_weekday;
};

/* HF_ERR_INVALID: the fault names the field and what was expected. */
enum hf_err hf_cron_parse(const char *rule, struct hf_cron *out, struct hf_fault *fault);

/* The first time that fits after `after_ms`, both Unix ms; INT64_MAX: there is none in 8 years. */
int64_t hf_cron_next(const struct hf_cron *cron, int64_t after_ms);

#endif
