#ifndef HF_DEPLOY_ARCHIVE_H
#define HF_DEPLOY_ARCHIVE_H

#include "wire/fault.h"

#include <stddef.h>

/*
 * A folder of handler programs as the archive that boards take (firmware/worker/ustar.h): its plain
 * files by name, without dates and owners, so that the same files make the same bytes. Names that
 * begin with a dot are left out.
 */

#define HF_ARCHIVE_FILES_MAX 64
#define HF_ARCHIVE_BYTES_MAX (15 * 1024 * 1024)

struct hf_archive {
    char *data; /* the caller's to free, whatever the outcome */
    size_t len, size;
    size_t files, programs; /* of them those that can be executed */
};

/*
 * HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO: the folder or a file. HF_ERR_INVALID: a name that is
 * no handler's, or something that is no plain file. HF_ERR_TOO_LARGE: too many files or bytes.
 */
enum hf_err hf_archive_make(const char *folder, struct hf_archive *out, struct hf_fault *fault);

#endif
