#ifndef HF_WORKER_TEXT_H
#define HF_WORKER_TEXT_H

#include <stddef.h>

/*
 * Makes `len` foreign bytes fit for JSON, a header and a terminal, in place and without changing
 * the length: every byte that is not part of a UTF-8 character (RFC 3629), and every control
 * character but tab, line feed and carriage return, becomes '?'. Pure.
 */
void hf_text_clean(char *text, size_t len);

/* The longest start of `text` of at most `max` bytes that does not end within a UTF-8 character. */
size_t hf_text_cut(const char *text, size_t len, size_t max);

#endif
