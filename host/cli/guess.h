#ifndef HF_CLI_GUESS_H
#define HF_CLI_GUESS_H

#include <stddef.h>

/* "Did you mean": which known word somebody meant who mistyped it. Pure. */

#define HF_GUESS_WORD_MAX 32 /* bytes; longer words are not compared */

struct hf_guess {
    const char *typed;
    const char *best; /* NULL: nothing is near; a view of a word that was offered */
    size_t distance;
};

/* Offers one known word; the nearest one stays, of equals the first. */
void hf_guess_offer(struct hf_guess *guess, const char *known);

/* How many letters must be put in, left out, changed or swapped with their neighbour. */
size_t hf_guess_distance(const char *a, const char *b);

#endif
