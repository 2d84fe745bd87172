#include "wire/limits.h"

#include "wire/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LIMIT(member, header_name, most)                                                           \
    {                                                                                              \
        .name = #member, .header = (header_name), .offset = offsetof(struct hf_limits, member),    \
        .max = (most)                                                                              \
    }

const struct hf_limit hf_limit_list[HF_LIMIT_COUNT] = {
    LIMIT(memory_mb, "hf-limit-memory-mb", 1048576),
    LIMIT(cpu_s, "hf-limit-cpu-s", 604800),
    LIMIT(files, "hf-limit-files", 1048576),
    LIMIT(processes, "hf-limit-processes", 1048576),
    LIMIT(file_size_mb, "hf-limit-file-size-mb", 1048576),
};

int64_t hf_limit_get(const struct hf_limit *limit, const struct hf_limits *limits)
{
    int64_t value;
    memcpy(&value, (const char *)limits + limit->offset, sizeof value);
    return value;
}

void hf_limit_set(const struct hf_limit *limit, struct hf_limits *limits, int64_t value)
{
    memcpy((char *)limits + limit->offset, &value, sizeof value);
}

void hf_limits_text(const struct hf_limits *limits, char text[HF_LIMITS_TEXT_MAX + 1])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const int64_t value = hf_limit_get(&hf_limit_list[i], limits);
        if (value != 0)
            len += (size_t)snprintf(text + len, HF_LIMITS_TEXT_MAX + 1 - len, "%s%s=%" PRId64,
                                    len > 0 ? " " : "", hf_limit_list[i].name, value);
    }
}

static enum hf_err read_one(struct hf_str word, struct hf_limits *limits, struct hf_fault *fault)
{
    const char *equals = memchr(word.data, '=', word.len);
    const size_t len = equals ? (size_t)(equals - word.data) : word.len;
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const struct hf_limit *limit = &hf_limit_list[i];
        const struct hf_str number = {equals + 1, word.len - len - 1};
        int64_t value = 0;
        if (!equals || !hf_str_equal((struct hf_str){word.data, len}, hf_str(limit->name)))
            continue;
        if (hf_number_parse(number, 1, limit->max, &value) != HF_ERR_OK)
            return hf_fault_set(fault, HF_ERR_INVALID, 0,
                                "the limit \"%.*s\" wants a number from 1 to %" PRId64,
                                (int)word.len, word.data, limit->max);
        hf_limit_set(limit, limits, value);
        return HF_ERR_OK;
    }
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%.*s\" is no limit; there are memory_mb=N, cpu_s=N, files=N, "
                        "processes=N and file_size_mb=N",
                        (int)(word.len > 60 ? 60 : word.len), word.data);
}

enum hf_err hf_limits_read(struct hf_str text, struct hf_limits *limits, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    while (text.len > 0 && err == HF_ERR_OK) {
        const char *blank = memchr(text.data, ' ', text.len);
        const size_t len = blank ? (size_t)(blank - text.data) : text.len;
        err = read_one((struct hf_str){text.data, len}, limits, fault);
        text.data += len + (blank != NULL);
        text.len -= len + (blank != NULL);
    }
    return err;
}

struct hf_limits hf_limits_tighter(const struct hf_limits *a, const struct hf_limits *b)
{
    struct hf_limits tighter = *a;
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const struct hf_limit *limit = &hf_limit_list[i];
        const int64_t mine = hf_limit_get(limit, a);
        const int64_t other = hf_limit_get(limit, b);
        if (other > 0 && (mine == 0 || other < mine))
            hf_limit_set(limit, &tighter, other);
    }
    return tighter;
}
