#ifndef HF_WIRE_FAULT_H
#define HF_WIRE_FAULT_H

#include "wire/err.h"

/*
 * One occurrence of an error, in words for a person: what failed, with which value, what to do
 * next. Never holds a secret. Plain data: owns nothing, may be copied.
 */

#define HF_FAULT_TEXT_MAX 240 /* bytes, without the final 0; longer texts are cut */

struct hf_fault {
    enum hf_err err;
    long raw; /* the number of the library underneath (errno, Mbed TLS, AMQP reply code); 0: none */
    char text[HF_FAULT_TEXT_MAX + 1];
};

/*
 * Fills `fault` (may be NULL: then only the code is handed back) and returns `err`, so that a
 * failing function ends in `return hf_fault_set(fault, HF_ERR_INVALID, 0, "...", ...)`.
 * Control characters and bytes that are not UTF-8 are replaced by '?': the text may quote foreign
 * bytes. An argument may point into `fault` itself.
 */
__attribute__((format(printf, 4, 5))) enum hf_err hf_fault_set(struct hf_fault *fault,
                                                               enum hf_err err, long raw,
                                                               const char *format, ...);

/* Back to HF_ERR_OK with an empty text. */
void hf_fault_clear(struct hf_fault *fault);

#endif
