#ifndef HF_LIBC_SORT_H
#define HF_LIBC_SORT_H

#include <stddef.h>

/*
 * qsort for a board, where it stands in for the C library's (libc/stand_in.c): by insertion, for
 * arrays as short as the 48 addresses of a name, which are all that a board sorts. The time it
 * takes grows with the square of `count`; what compares as equal stays in its order.
 */
void hf_sort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
