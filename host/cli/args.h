#ifndef HF_CLI_ARGS_H
#define HF_CLI_ARGS_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Command-line options by table. A subcommand lists its options once; parsing and help both come
 * from that list. Values land in a struct of the subcommand's own (`into`), at each row's offset,
 * so there are no globals; what is not given keeps the value that the caller put there.
 *
 * Forms: `--name value`, `--name=value`, `--flag`. Options and operands may be mixed; everything
 * after `--` is an operand, and so is a lone `-`. Nothing is copied: texts are views of argv.
 */

#define HF_ARGS_LIST_MAX 64 /* how often an option of kind LIST may be given */

enum hf_option_kind {
    HF_OPTION_FLAG,        /* bool: becomes true */
    HF_OPTION_TEXT,        /* const char *: not empty; given twice is an error */
    HF_OPTION_NUMBER,      /* int64_t: decimal, within [min, max] */
    HF_OPTION_DURATION_MS, /* int64_t: number with ms, s, m, h or d; in ms within [min, max] */
    HF_OPTION_LIST,        /* struct hf_text_list: may be repeated */
};

struct hf_text_list {
    const char *items[HF_ARGS_LIST_MAX];
    size_t count;
};

struct hf_option {
    const char *name; /* without the dashes */
    enum hf_option_kind kind;
    size_t offset;     /* of the value in `into` */
    const char *value; /* what help calls the value; NULL for a flag */
    const char *help;  /* further lines after a newline are indented by the printer */
    int64_t min, max;  /* NUMBER and DURATION_MS */
};

/*
 * Parses `argv` (without program and subcommand name). Operands are moved to the front of argv in
 * their order, `*operands` is their number. HF_ERR_INVALID: an unknown option, a value that is
 * missing, unwanted or wrong; `fault` names it and what was expected. `options` ends with a row
 * whose name is NULL.
 */
enum hf_err hf_args_parse(const struct hf_option *options, int argc, char **argv, void *into,
                          int *operands, struct hf_fault *fault);

/* The same for a command without operands: HF_ERR_INVALID names the first one that is there. */
enum hf_err hf_args_parse_options(const struct hf_option *options, int argc, char **argv,
                                  void *into, struct hf_fault *fault);

/*
 * Which of `words` (which end with NULL) an operand is; NULL: it is missing. HF_ERR_INVALID: none;
 * the fault names them all, and the one that may be meant.
 */
enum hf_err hf_args_choose(const char *const *words, const char *typed, size_t *out,
                           struct hf_fault *fault);

/* "90s", "1500ms", "2h" -> ms; HF_ERR_INVALID (`out` untouched) when not of that form. */
enum hf_err hf_args_duration_ms(const char *text, int64_t *out);

/* A decimal number, sign allowed, nothing around it; HF_ERR_INVALID (`out` untouched) otherwise. */
enum hf_err hf_args_number(const char *text, int64_t *out);

#endif
