#ifndef HF_WORKER_USTAR_H
#define HF_WORKER_USTAR_H

#include "wire/ident.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The headers of a tar archive (POSIX ustar, as `tar --format=ustar` writes it) that holds nothing
 * but plain files of one folder. Pure. A file's bytes follow its header, padded to whole blocks.
 *
 * Names are handler names (wire/ident.h), so there is no path in them; "./" before one is passed
 * over, and so is the entry of the folder itself. Links, devices, folders, long names and a header
 * whose checksum is wrong are refused.
 */

#define HF_USTAR_BLOCK    512
#define HF_USTAR_FILE_MAX (16 * 1024 * 1024) /* bytes of one file */

enum hf_ustar_kind {
    HF_USTAR_FILE,
    HF_USTAR_FOLDER, /* the archive's own: nothing follows */
    HF_USTAR_END,    /* a block of zeros */
    HF_USTAR_BAD,    /* `why` */
};

struct hf_ustar {
    char name[HF_NAME_MAX + 1];
    bool executable;
    uint32_t bytes;
    const char *why; /* static */
};

/* One block -> what it says; all of `out` but what the kind has is empty. */
enum hf_ustar_kind hf_ustar_read(const uint8_t block[HF_USTAR_BLOCK], struct hf_ustar *out);

#endif
