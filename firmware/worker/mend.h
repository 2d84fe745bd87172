#ifndef HF_WORKER_MEND_H
#define HF_WORKER_MEND_H

#include "wire/fault.h"

#include <stdint.h>

/* What a person can do about what a broker said. Pure; the texts are static. */

/* About a connection that failed. Empty: the fault's own text says it. */
const char *hf_mend(const struct hf_fault *fault);

/* About a channel or queue that was refused with this reply code. Empty: nothing is known. */
const char *hf_mend_queue(uint16_t code);

#endif
