#ifndef HF_WORKER_MARK_H
#define HF_WORKER_MARK_H

#include "wire/fault.h"
#include "wire/ident.h"

#include <stddef.h>
#include <stdint.h>

/*
 * "This attempt at this task is being started", as bytes on flash: what is still there after a
 * power cut tells how often a task took the board down with it. Pure. The file, all of it:
 *
 *     offset  bytes  what
 *          0      8  "HFSTARTS"
 *          8      4  version of the format: 1
 *         12      4  CRC-32 of the file without these four bytes
 *         16      4  attempt
 *         20      4  starts, the one under way included
 *         24         task id: a 2-byte length and its bytes
 *
 * Numbers are little-endian.
 */

#define HF_MARK_VERSION   1
#define HF_MARK_BYTES_MAX (24 + 2 + HF_ID_MAX)

struct hf_mark {
    char id[HF_ID_MAX + 1];
    uint32_t attempt;
    uint32_t starts;
};

/* Returns the length. */
size_t hf_mark_encode(const struct hf_mark *mark, uint8_t bytes[HF_MARK_BYTES_MAX]);

/* Any bytes -> mark. HF_ERR_MALFORMED: `fault` says what is wrong, `out` is zero. */
enum hf_err hf_mark_decode(const uint8_t *bytes, size_t len, struct hf_mark *out,
                           struct hf_fault *fault);

#endif
