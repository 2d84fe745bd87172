#ifndef HF_CLI_PAINT_H
#define HF_CLI_PAINT_H

#include "ledger/state.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Colours, only on a terminal, never when NO_COLOR is set to anything or TERM is "dumb"
 * (no-color.org). What is said by colour is said in words too.
 */

enum hf_paint { HF_PAINT_GOOD, HF_PAINT_BAD, HF_PAINT_BUSY, HF_PAINT_FAINT };

bool hf_paint_wanted(FILE *to);

/* The escape that begins a colour, and the one that ends it; "" when `wanted` is false. */
const char *hf_paint_on(bool wanted, enum hf_paint paint);
const char *hf_paint_off(bool wanted);

/* The colour of a state's name. */
enum hf_paint hf_paint_of(enum hf_state state);

#endif
