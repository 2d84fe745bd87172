#ifndef HF_FLASH_FILES_H
#define HF_FLASH_FILES_H

#include "flash/values.h"
#include "wire/fault.h"
#include "wire/network.h"

#include <stddef.h>

/*
 * The folder that a card's data partition is made of:
 *
 *     etc/        the board's bundle; worker.json with what is so on every flashed card; wifi, the
 *                 network to join, which is a secret
 *     handlers/   programs
 *     state/      empty: what the worker keeps
 */

struct hf_files {
    const char *folder;   /* to be made; its parent is there */
    const char *bundle;   /* folder */
    const char *handlers; /* folder; NULL: none */
    const struct hf_board_values *values;
    const struct hf_network *wifi; /* NULL: none */
};

/*
 * `*handlers`: how many programs were copied. HF_ERR_INVALID: a handler's name, or a bundle that is
 * another board's (`name`); HF_ERR_MALFORMED: worker.json. Errors of hf_file_read and
 * hf_file_write.
 */
enum hf_err hf_files_make(const struct hf_files *files, const char *name, size_t *handlers,
                          struct hf_fault *fault);

/* Pure: worker.json for a flashed card. The text is the caller's to free. HF_ERR_MALFORMED,
 * HF_ERR_INVALID (another board's), HF_ERR_NO_MEMORY. */
enum hf_err hf_files_settings(char *text, const char *name, const struct hf_board_values *values,
                              char **out, struct hf_fault *fault);

#endif
