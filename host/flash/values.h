#ifndef HF_FLASH_VALUES_H
#define HF_FLASH_VALUES_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>

/* What boards/NAME/board.cmake says of a board, as far as a card for it depends on it. */

#define HF_VALUE_MAX 95

struct hf_board_values {
    char board[HF_VALUE_MAX + 1]; /* its folder's name; not a value, hf_board_values_load sets it */
    char title[HF_VALUE_MAX + 1];
    char machine[HF_VALUE_MAX + 1];
    char rtc[HF_VALUE_MAX + 1]; /* "ON": it keeps time without power */
    char nic[HF_VALUE_MAX + 1];
    char wifi[HF_VALUE_MAX + 1];    /* firmware of its chips, by beginnings of names; empty: none */
    char console[HF_VALUE_MAX + 1]; /* empty: unknown */
    char boot[HF_VALUE_MAX + 1];
    char kernel[HF_VALUE_MAX + 1];   /* empty: unknown */
    char trees[HF_VALUE_MAX + 1];    /* forms of names; empty: none */
    char loader[HF_VALUE_MAX + 1];   /* empty: none, or unknown */
    char watchdog[HF_VALUE_MAX + 1]; /* empty: none */
    char qemu[HF_VALUE_MAX + 1];     /* QEMU's machine; empty: none */
};

/* Pure. Values that stand nowhere or are too long are left empty. */
void hf_board_values_parse(const char *text, struct hf_board_values *out);

/* The checkout's boards that are `wanted` (NULL: all), as "one, two"; as many as fit. */
void hf_board_values_names(const char *root, bool (*wanted)(const struct hf_board_values *values),
                           char *out, size_t size);

/* Of a board in the checkout `root`. HF_ERR_NOT_FOUND names those that there are. Errors of
 * hf_file_read. */
enum hf_err hf_board_values_load(const char *root, const char *board, struct hf_board_values *out,
                                 struct hf_fault *fault);

#endif
