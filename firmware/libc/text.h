#ifndef HF_LIBC_TEXT_H
#define HF_LIBC_TEXT_H

#include <stddef.h>
#include <wchar.h>

/*
 * strstr and mbstowcs for a board, where they stand in for the C library's (libc/stand_in.c), which
 * are made for long texts and for locales: here texts are short, and no locale is ever set. The
 * look-up of a name measures it with mbstowcs.
 */

/* Where `wanted` first stands in `text`, NULL: nowhere. The time grows with the product of lengths.
 */
char *hf_text_find(const char *text, const char *wanted);

/*
 * Each byte is a character: puts at most `count` of them, and a 0 if it has room, into `wide`; how
 * many that are, without the 0. With `wide` NULL, how many there are.
 */
size_t hf_text_widen(wchar_t *wide, const char *text, size_t count);

#endif
