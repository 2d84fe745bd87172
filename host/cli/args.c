#include "cli/args.h"

#include "cli/guess.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *value_at(void *into, const struct hf_option *option)
{
    return (char *)into + option->offset;
}

static const struct hf_option *find(const struct hf_option *options, const char *name, size_t len)
{
    for (; options && options->name; options++)
        if (strlen(options->name) == len && memcmp(options->name, name, len) == 0)
            return options;
    return NULL;
}

enum hf_err hf_args_number(const char *text, int64_t *out)
{
    char *end = NULL;
    if (!(text[0] >= '0' && text[0] <= '9') &&
        !((text[0] == '-' || text[0] == '+') && text[1] >= '0' && text[1] <= '9'))
        return HF_ERR_INVALID;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return HF_ERR_INVALID;
    *out = number;
    return HF_ERR_OK;
}

enum hf_err hf_args_duration_ms(const char *text, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9')
        return HF_ERR_INVALID;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0)
        return HF_ERR_INVALID;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t product = 0;
        if (strcmp(end, units[i].unit) != 0)
            continue;
        if (__builtin_mul_overflow((int64_t)number, units[i].ms, &product))
            return HF_ERR_INVALID;
        *out = product;
        return HF_ERR_OK;
    }
    return HF_ERR_INVALID;
}

static enum hf_err store_text(const struct hf_option *option, const char *text, const char **at,
                              struct hf_fault *fault)
{
    if (text[0] == '\0')
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--%s is empty; it wants %s", option->name,
                            option->value);
    *at = text;
    return HF_ERR_OK;
}

static enum hf_err store_number(const struct hf_option *option, const char *text, int64_t *at,
                                struct hf_fault *fault)
{
    int64_t number = 0;
    bool wrong = hf_args_number(text, &number) != HF_ERR_OK || number < option->min;
    if (wrong && option->max == INT64_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--%s %s: expected a number, %" PRId64 " or more", option->name, text,
                            option->min);
    if (wrong || number > option->max)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--%s %s: expected a number from %" PRId64 " to %" PRId64, option->name,
                            text, option->min, option->max);
    *at = number;
    return HF_ERR_OK;
}

/* In the largest unit that leaves a whole number: "90s", "7d". */
static void duration_text(char text[24], int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t i = 0;
    while (units[i].ms > 1 && (ms == 0 || ms % units[i].ms != 0))
        i++;
    snprintf(text, 24, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

static enum hf_err store_duration(const struct hf_option *option, const char *text, int64_t *at,
                                  struct hf_fault *fault)
{
    char least[24], most[24];
    int64_t ms = 0;
    if (hf_args_duration_ms(text, &ms))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--%s %s: expected a duration such as 500ms, 30s, 5m, 2h or 1d",
                            option->name, text);
    if (ms < option->min || ms > option->max) {
        duration_text(least, option->min);
        duration_text(most, option->max);
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--%s %s: expected a duration from %s to %s",
                            option->name, text, least, most);
    }
    *at = ms;
    return HF_ERR_OK;
}

static enum hf_err store_item(const struct hf_option *option, const char *text,
                              struct hf_text_list *list, struct hf_fault *fault)
{
    if (list->count == HF_ARGS_LIST_MAX)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--%s was given more than %d times",
                            option->name, HF_ARGS_LIST_MAX);
    return store_text(option, text, &list->items[list->count++], fault);
}

static enum hf_err store(const struct hf_option *option, const char *text, void *into,
                         struct hf_fault *fault)
{
    switch (option->kind) {
    case HF_OPTION_FLAG: *(bool *)value_at(into, option) = true; break;
    case HF_OPTION_TEXT: return store_text(option, text, value_at(into, option), fault);
    case HF_OPTION_NUMBER: return store_number(option, text, value_at(into, option), fault);
    case HF_OPTION_DURATION_MS: return store_duration(option, text, value_at(into, option), fault);
    case HF_OPTION_LIST: return store_item(option, text, value_at(into, option), fault);
    }
    return HF_ERR_OK;
}

static enum hf_err unknown(const struct hf_option *options, const char *word,
                           struct hf_fault *fault)
{
    struct hf_guess guess = {.typed = word + strspn(word, "-")};
    for (; options && options->name; options++)
        hf_guess_offer(&guess, options->name);
    return hf_fault_set(fault, HF_ERR_INVALID, 0, "there is no option %.60s%s%s%s", word,
                        guess.best ? "; did you mean --" : "", guess.best ? guess.best : "",
                        guess.best ? "?" : "");
}

/* One option at argv[*at], its value perhaps at argv[*at + 1]; moves *at to the last one used. */
static enum hf_err parse_option(const struct hf_option *options, int argc, char **argv, int *at,
                                void *into, struct hf_fault *fault)
{
    const char *word = argv[*at];
    const char *name = word + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct hf_option *option = word[1] == '-' ? find(options, name, len) : NULL;
    if (!option)
        return unknown(options, word, fault);
    if (option->kind == HF_OPTION_FLAG) {
        if (equals)
            return hf_fault_set(fault, HF_ERR_INVALID, 0, "--%s takes no value", option->name);
        return store(option, NULL, into, fault);
    }
    if (!equals && *at + 1 >= argc)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "--%s wants %s after it", option->name,
                            option->value);
    return store(option, equals ? equals + 1 : argv[++*at], into, fault);
}

enum hf_err hf_args_parse(const struct hf_option *options, int argc, char **argv, void *into,
                          int *operands, struct hf_fault *fault)
{
    int kept = 0;
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[kept++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else {
            enum hf_err err = parse_option(options, argc, argv, &i, into, fault);
            if (err)
                return err;
        }
    }
    *operands = kept;
    return HF_ERR_OK;
}

enum hf_err hf_args_parse_options(const struct hf_option *options, int argc, char **argv,
                                  void *into, struct hf_fault *fault)
{
    int operands = 0;
    enum hf_err err = hf_args_parse(options, argc, argv, into, &operands, fault);
    if (!err && operands > 0)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is one argument too many", argv[0]);
    return err;
}

enum hf_err hf_args_choose(const char *const *words, const char *typed, size_t *out,
                           struct hf_fault *fault)
{
    char list[HF_FAULT_TEXT_MAX / 2] = "";
    size_t len = 0;
    struct hf_guess guess = {.typed = typed ? typed : ""};
    for (size_t i = 0; words[i]; i++) {
        if (typed && strcmp(words[i], typed) == 0) {
            *out = i;
            return HF_ERR_OK;
        }
        const char *before = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        const int more = snprintf(list + len, sizeof list - len, "%s%s", before, words[i]);
        len = len + (size_t)more < sizeof list ? len + (size_t)more : sizeof list - 1;
        hf_guess_offer(&guess, words[i]);
    }
    if (!typed)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "what is wanted: %s?", list);
    return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%.40s\": expected %s%s%s%s", typed, list,
                        guess.best ? "; did you mean " : "", guess.best ? guess.best : "",
                        guess.best ? "?" : "");
}
