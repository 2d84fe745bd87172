#ifndef HF_WORKER_RECORD_H
#define HF_WORKER_RECORD_H

#include "wire/fault.h"
#include "wire/result.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A result as bytes on flash, one file a result: a head, then the body as the handler wrote it, and
 * nothing behind it. Pure. This is the specification of the file:
 *
 *     offset  bytes  what
 *          0      8  "HFRESULT"
 *          8      4  version of the format: 1, or 2 with a signature
 *         12      4  length of the head: the offset at which the body begins
 *         16      8  length of the body
 *         24      4  CRC-32 of the body (worker/crc32.h)
 *         28      4  CRC-32 of the head without these four bytes
 *         32      4  attempt
 *         36      4  exit code, signed
 *         40      4  signal, signed
 *         44      8  started, Unix ms, signed
 *         52      8  duration, ms, signed
 *         60      8  peak, KB, signed
 *         68      8  CPU, ms, signed
 *         76         six texts, each a 2-byte length and its bytes, none with a 0 byte:
 *                    task id, job id, board, status as in `hf-status`, reason, log tail;
 *                    in version 2 a seventh: signature
 *
 * All numbers are little-endian. What the numbers mean is in wire/result.h. A head of another
 * version, or with anything left over, is not read: what is behind its facts cannot be guessed. So
 * a result without a signature is written as version 1, which workers of before can read.
 */

#define HF_RECORD_VERSION        1
#define HF_RECORD_VERSION_SIGNED 2

/* Bytes of the longest head: so much of a file is enough to read any. */
#define HF_RECORD_HEAD_MAX                                                                         \
    (76 + 7 * 2 + HF_ID_MAX + HF_ID_MAX + HF_NAME_MAX + 16 + HF_REASON_MAX + HF_LOG_TAIL_MAX +     \
     HF_SIGNATURE_MAX)

struct hf_record {
    struct hf_result result;
    uint64_t body_bytes; /* at most INT64_MAX */
    uint32_t body_crc;
};

/*
 * The head of `record`; returns its length. The length depends on the result alone, so a body can
 * be written behind a head whose CRC is not known yet.
 */
size_t hf_record_encode(const struct hf_record *record, uint8_t head[HF_RECORD_HEAD_MAX]);

/*
 * The first `len` bytes of a file, HF_RECORD_HEAD_MAX of them or all there are, any bytes, -> what
 * its head says and how long that is. HF_ERR_MALFORMED: no head; `fault` says what is wrong and
 * `out` is zero. Whether the body agrees with it is for the caller to see.
 */
enum hf_err hf_record_decode(const uint8_t *bytes, size_t len, struct hf_record *out,
                             size_t *head_bytes, struct hf_fault *fault);

#endif
