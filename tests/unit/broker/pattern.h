#ifndef HF_TESTS_PATTERN_H
#define HF_TESTS_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * Whether RabbitMQ's regular expression takes a text. POSIX has no \z, but its $ (without
 * REG_NEWLINE) means just that: the very end, with no newline before it forgiven.
 */
static inline bool pattern_takes(const char *pattern, const char *text)
{
    char posix[512];
    regex_t regex;
    snprintf(posix, sizeof posix, "%s", pattern);
    char *end = strstr(posix, "\\z");
    if (end)
        memcpy(end, "$", 2);
    if (regcomp(&regex, posix, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool taken = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return taken;
}

#endif
