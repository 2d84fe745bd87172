#ifndef HF_TESTS_FUZZ_H
#define HF_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A target is one file, one decoder: libFuzzer calls this with any bytes, and anything but 0 back
 * would be a mistake of the target's own. What a sanitizer finds, and what fuzz_must does, ends the
 * program with the input in a file.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What has to hold whatever the bytes were. */
#define fuzz_must(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes as a text, in memory of just that size: the caller frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    fuzz_must(text != NULL);
    memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

#endif
