#ifndef HF_DEPLOY_SUM_H
#define HF_DEPLOY_SUM_H

#include "wire/fault.h"

#include <stddef.h>

/* SHA-256 of bytes, in the form in which `sha256sum` prints it on a board. */

#define HF_SUM_TEXT 65 /* bytes, with the final 0 */

/* HF_ERR_NO_MEMORY. */
enum hf_err hf_sum(const void *data, size_t len, char out[HF_SUM_TEXT], struct hf_fault *fault);

#endif
