#include "cli/guess.h"

#include <string.h>

#define ROW (HF_GUESS_WORD_MAX + 1)

static size_t least(size_t a, size_t b, size_t c)
{
    size_t less = a < b ? a : b;
    return less < c ? less : c;
}

/* Optimal string alignment: three rows of the usual table are enough. */
size_t hf_guess_distance(const char *a, const char *b)
{
    size_t rows[3][ROW];
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);
    if (len_a > HF_GUESS_WORD_MAX || len_b > HF_GUESS_WORD_MAX)
        return HF_GUESS_WORD_MAX;
    for (size_t j = 0; j <= len_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= len_a; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1, row[j]);
        }
    }
    return rows[len_a % 3][len_b];
}

void hf_guess_offer(struct hf_guess *guess, const char *known)
{
    size_t near = strlen(guess->typed) < 5 ? 1 : 2;
    size_t distance = hf_guess_distance(guess->typed, known);
    if (distance > near || (guess->best && distance >= guess->distance))
        return;
    guess->best = known;
    guess->distance = distance;
}
