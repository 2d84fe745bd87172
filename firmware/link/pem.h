#ifndef HF_LINK_PEM_H
#define HF_LINK_PEM_H

#include "wire/fault.h"

#include <stddef.h>
#include <sys/types.h>

/* Files of keys and certificates, read whole for Mbed TLS's parsers and wiped afterwards. */

#define HF_PEM_FILE_MAX (64 * 1024) /* bytes */

struct hf_pem {
    unsigned char *text; /* ends in a 0 */
    size_t size;         /* with that 0, as the parsers want it */
};

/*
 * HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO; HF_ERR_MALFORMED: no regular file of at most
 * HF_PEM_FILE_MAX. HF_ERR_NO_MEMORY. `out` is untouched on an error. A pipe does not hang it.
 */
enum hf_err hf_pem_read(const char *path, struct hf_pem *out, struct hf_fault *fault);

/*
 * Who is asked for a file that is closed to this process: opens it for reading and gives the
 * descriptor, or -1. For a process that has given up rights that it was started with. Stays in
 * force; NULL: nobody.
 */
void hf_pem_open_else(int (*open_one)(const char *path));

void hf_pem_free(struct hf_pem *pem); /* wiped first; a zeroed one is fine */

/*
 * Writes PATH.new with that mode, syncs it, renames it to `path` and syncs the folder: a power cut
 * leaves the old file or the new one. HF_ERR_DENIED, HF_ERR_NO_SPACE, HF_ERR_NOT_FOUND (no such
 * folder), HF_ERR_TOO_LARGE (the path), HF_ERR_IO; `path` is then as it was.
 */
enum hf_err hf_pem_write(const char *path, const char *text, mode_t mode, struct hf_fault *fault);

#endif
