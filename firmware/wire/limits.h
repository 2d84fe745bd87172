#ifndef HF_WIRE_LIMITS_H
#define HF_WIRE_LIMITS_H

#include "wire/fault.h"
#include "wire/str.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What one task may use. A board has bounds of its own in its configuration; a task may bring some
 * in headers, and the tighter of the two holds. Pure.
 */
struct hf_limits {
    int64_t memory_mb;    /* MiB of memory */
    int64_t cpu_s;        /* seconds of processor time, for each process */
    int64_t files;        /* open at once, in each process */
    int64_t processes;    /* at once; threads count */
    int64_t file_size_mb; /* MiB of the longest file that it writes */
};                        /* 0: no bound */

/* One of them: the same name everywhere. */
struct hf_limit {
    const char *name;   /* "memory_mb": in the configuration, and for people */
    const char *header; /* "hf-limit-memory-mb" */
    size_t offset;      /* of the number in struct hf_limits */
    int64_t max;
};

#define HF_LIMIT_COUNT 5

extern const struct hf_limit hf_limit_list[HF_LIMIT_COUNT];

int64_t hf_limit_get(const struct hf_limit *limit, const struct hf_limits *limits);
void hf_limit_set(const struct hf_limit *limit, struct hf_limits *limits, int64_t value);

#define HF_LIMITS_TEXT_MAX 127 /* bytes of the longest text of hf_limits_text */

/* "memory_mb=64 cpu_s=10": those that bound something; empty: none does. */
void hf_limits_text(const struct hf_limits *limits, char text[HF_LIMITS_TEXT_MAX + 1]);

/* One or several as hf_limits_text writes them, added to `limits`; the last of a name counts.
 * HF_ERR_INVALID: `fault` says which names there are, or which number is wanted. */
enum hf_err hf_limits_read(struct hf_str text, struct hf_limits *limits, struct hf_fault *fault);

/* Of each the tighter one. `b` may be anybody's: what is below 0 in it bounds nothing. */
struct hf_limits hf_limits_tighter(const struct hf_limits *a, const struct hf_limits *b);

#endif
