#ifndef HF_HOME_FILE_H
#define HF_HOME_FILE_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whole small files, read and written so that a crash leaves the old one or the new one and never
 * half of either. All calls block. Faults name the path and errno's text.
 */

/*
 * Writes a temporary file beside `path`, syncs it, renames it over `path` and syncs the folder.
 * `mode` holds from the first byte on, whatever the umask: 0600 for what is secret.
 * HF_ERR_IO, HF_ERR_DENIED, HF_ERR_NO_SPACE; `path` is then as it was.
 */
enum hf_err hf_file_write(const char *path, const void *data, size_t len, mode_t mode,
                          struct hf_fault *fault);

/* The same for a file that is not there yet. HF_ERR_EXISTS: it is, if only since a moment. */
enum hf_err hf_file_write_new(const char *path, const void *data, size_t len, mode_t mode,
                              struct hf_fault *fault);

/* Syncs the folder that `path` stands in: a name that was made, given or taken away there is on the
 * disk only then. HF_ERR_IO, HF_ERR_DENIED. */
enum hf_err hf_file_sync_name(const char *path, struct hf_fault *fault);

/*
 * Reads all of a file; `*data` is allocated, ends in a 0 that `*len` (may be NULL) does not count,
 * and is the caller's to free. HF_ERR_NOT_FOUND, HF_ERR_TOO_LARGE (more than `max` bytes),
 * HF_ERR_IO, HF_ERR_DENIED, HF_ERR_NO_MEMORY; the outputs are then untouched.
 */
enum hf_err hf_file_read(const char *path, size_t max, char **data, size_t *len,
                         struct hf_fault *fault);

bool hf_file_exists(const char *path);

/* Makes a folder and those above it, mode 0700; one that is there already is left as it is. */
enum hf_err hf_file_make_dir(const char *path, struct hf_fault *fault);

/* Deletes a folder with all in it, following no links. Success when it is not there. */
enum hf_err hf_file_remove_tree(const char *path, struct hf_fault *fault);

/* The error that an errno stands for, with "WHAT PATH: reason" in `fault`. */
enum hf_err hf_file_fault(struct hf_fault *fault, int number, const char *what, const char *path);

#endif
