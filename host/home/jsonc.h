#ifndef HF_HOME_JSONC_H
#define HF_HOME_JSONC_H

#include "wire/fault.h"

#include <cJSON.h>

/* Settings files of the data folder: JSON in which // and block comments may stand. */

/*
 * Text -> one JSON object, which the caller deletes; comments in `text` are blanked out. `path` is
 * only for the fault. HF_ERR_MALFORMED with the line; `*out` is then NULL.
 */
enum hf_err hf_jsonc_parse(const char *path, char *text, cJSON **out, struct hf_fault *fault);

/* Pure: blanks comments out; ends of lines stay, so lines keep their numbers. */
void hf_jsonc_blank(char *text);

#endif
