#ifndef HF_HANDLERS_ROOTED_H
#define HF_HANDLERS_ROOTED_H

#include "handlers/table.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The built-ins that look at files of the board, with a folder that stands before every path: ""
 * on a board; tests give one of their own. Contracts: builtins.h.
 */
int hf_temperature_of(const struct hf_handler_io *io, const char *root);
int hf_sysinfo_of(const struct hf_handler_io *io, const char *root);
int hf_files_of(const struct hf_handler_io *io, const char *root);

/*
 * The first line of a small file, fit to be shown: UTF-8 without control characters. False, with
 * `text` empty: there is none.
 */
bool hf_rooted_line(const char *root, const char *path, char *text, size_t size);

#endif
