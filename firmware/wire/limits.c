#include "wire/limits.h"

#include <string.h>

#define LIMIT(member, header, max, about)                                                          \
    {                                                                                              \
#member, header, offsetof(struct hf_limits, member), max, about                            \
    }

const struct hf_limit hf_limit_list[HF_LIMIT_COUNT] = {
    LIMIT(memory_mb, "hf-limit-memory-mb", 1048576, "MiB of memory"),
    LIMIT(cpu_s, "hf-limit-cpu-s", 604800, "seconds of processor time"),
    LIMIT(files, "hf-limit-files", 1048576, "files open at once"),
    LIMIT(processes, "hf-limit-processes", 1048576, "processes at once"),
    LIMIT(file_size_mb, "hf-limit-file-size-mb", 1048576, "MiB of the longest file"),
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

struct hf_limits hf_limits_tighter(const struct hf_limits *a, const struct hf_limits *b)
{
    struct hf_limits tighter = *a;
    for (size_t i = 0; i < HF_LIMIT_COUNT; i++) {
        const struct hf_limit *limit = &hf_limit_list[i];
        const int64_t mine = hf_limit_get(limit, a);
        const int64_t other = hf_limit_get(limit, b);
        if (mine == 0 || (other != 0 && other < mine))
            hf_limit_set(limit, &tighter, other);
    }
    return tighter;
}
