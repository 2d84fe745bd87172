#ifndef HF_CLI_OUTFILES_H
#define HF_CLI_OUTFILES_H

#include "ledger/results.h"

#include <stdio.h>

/*
 * Outputs into a folder, one file a task: under the name of the file that the task was made from,
 * else its place in the job. A name that leads out of the folder ("/etc/x", "../x") is led back
 * in; folders in it are made. Files are written whole or not at all, over any that are there.
 */

#define HF_OUTFILES_NAME_MAX 300

/* The path in the folder, for `entry`; two tasks of one name get names apart by `twice`. */
void hf_outfiles_name(const struct hf_entry *entry, bool twice, char out[HF_OUTFILES_NAME_MAX]);

/* Makes the folder, when it is not there. HF_ERR_IO, HF_ERR_DENIED, ... */
enum hf_err hf_outfiles_open(const char *folder, struct hf_fault *fault);

/* Writes the output of `ending` and tells its path (up to `size` bytes). */
enum hf_err hf_outfiles_write(const char *folder, const struct hf_bodies *bodies,
                              const struct hf_ending *ending, bool twice, char *path, size_t size,
                              struct hf_fault *fault);

/* Copies a body to a stream. HF_ERR_IO with no fault: the stream does not take it. */
enum hf_err hf_outfiles_copy(const struct hf_bodies *bodies, const struct hf_body *body, FILE *to,
                             struct hf_fault *fault);

/* The same, but to a terminal as cli/show.h has it: what would steer it comes out as \xNN. */
enum hf_err hf_outfiles_show(const struct hf_bodies *bodies, const struct hf_body *body, FILE *to,
                             struct hf_fault *fault);

#endif
