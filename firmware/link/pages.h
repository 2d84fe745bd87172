#ifndef HF_LINK_PAGES_H
#define HF_LINK_PAGES_H

#include <stddef.h>

/*
 * Memory for what is large, lives long and is used in parts: zeroed, in whole pages of its own, of
 * which the kernel gives one when it is first written to. What malloc() gives has mostly been used
 * before, and calloc() writes to all of it.
 */

/* NULL: there is no memory. The caller gives it back, with the same size. */
void *hf_pages_new(size_t bytes);
void hf_pages_free(void *pages, size_t bytes); /* NULL: nothing is done */

#endif
