#ifndef HF_WORKER_KEEP_H
#define HF_WORKER_KEEP_H

#include "wire/fault.h"
#include "worker/disk.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A few facts that outlive the worker, in one small file of the state folder that is replaced
 * whole: write, fsync, rename, fsync of the folder. After a power cut there is the old file or the
 * new one. The file, all of it:
 *
 *     offset  bytes  what
 *          0      8  what it is: `magic`
 *          8      4  version of its format
 *         12      4  CRC-32 of the file without these four bytes (worker/crc32.h)
 *         16         the facts
 *
 * Numbers are little-endian. Everything here waits for flash and for nothing else.
 */

#define HF_KEEP_NAME_MAX 24   /* bytes of a file's name, without the final 0 */
#define HF_KEEP_DATA_MAX 8192 /* bytes of facts */

/* Which file. All of it is borrowed. */
struct hf_keep {
    const char *folder; /* NULL: there is none, nothing is kept (a board without writable flash) */
    const struct hf_disk *disk;
    const char *name;  /* in it; `name`.new and `name`.torn are ours too */
    const char *magic; /* 8 bytes */
    uint32_t version;
};

/*
 * The facts as they were written; `*len` of them, at most `size`. HF_ERR_NOT_FOUND: there is no
 * file, or no folder is given; `fault` is untouched. HF_ERR_MALFORMED: it is not one, or of another
 * version; it was moved aside to `name`.torn (the last one moved stays). HF_ERR_IO, HF_ERR_DENIED:
 * it cannot be read. `*len` is 0 on an error.
 */
enum hf_err hf_keep_read(const struct hf_keep *keep, uint8_t *data, size_t size, size_t *len,
                         struct hf_fault *fault);

/*
 * Replaces the file; it is on the medium when this returns HF_ERR_OK. HF_ERR_NO_SPACE,
 * HF_ERR_DENIED, HF_ERR_NOT_FOUND (the folder is gone), HF_ERR_IO: the old file is still there, or
 * (when only the last fsync failed) the new one. Without a folder: HF_ERR_OK.
 */
enum hf_err hf_keep_write(const struct hf_keep *keep, const uint8_t *data, size_t len,
                          struct hf_fault *fault);

#endif
