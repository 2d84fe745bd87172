#ifndef HF_DEPLOY_PROGRAM_H
#define HF_DEPLOY_PROGRAM_H

#include "deploy/sum.h"
#include "home/home.h"
#include "wire/fault.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stddef.h>

/* The worker's program for a board: found where builds leave it, built when it is not there. */

struct hf_program {
    char path[HF_PATH_MAX + 1];
    char board[HF_NAME_MAX + 1]; /* the preset it is from; empty: a file that was given */
    char sha256[HF_SUM_TEXT];
    char *data; /* the caller's to free */
    size_t len;
};

/*
 * For `machine` (uname -m); of ours the one of `preset` if that is built (NULL: of any that fits);
 * `file`: that one instead, NULL: one of ours. `say` (NULL: nobody) is
 * told before something is built, which takes minutes. HF_ERR_NOT_FOUND: no worker runs on such a
 * machine, or it is not built and this program does not lie in a checkout. HF_ERR_INVALID: the file
 * is no program for it. HF_ERR_IO: the build failed. Errors of hf_file_read.
 */
enum hf_err hf_program_find(const char *machine, const char *preset, const char *file,
                            void (*say)(void *context, const char *text), void *context,
                            struct hf_program *out, struct hf_fault *fault);

/* Where builds leave the worker of that preset (`out->path`), and whether it is there. */
bool hf_program_built(const char *board, struct hf_program *out);

/* Where boards/, the presets and the builds are. HF_ERR_NOT_FOUND: this program does not lie in a
 * checkout that built it. */
enum hf_err hf_program_checkout(char out[HF_PATH_MAX + 1], struct hf_fault *fault);

/* The worker of that very preset; only its path and board are told. `say` and errors as above. */
enum hf_err hf_program_of_board(const char *board, void (*say)(void *context, const char *text),
                                void *context, struct hf_program *out, struct hf_fault *fault);

/* Pure. HF_ERR_INVALID unless the bytes begin as a static Linux program for that machine. */
enum hf_err hf_program_check(const char *data, size_t len, const char *machine,
                             struct hf_fault *fault);

#endif
