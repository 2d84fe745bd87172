#include "libc/sort.h"

static void swap(char *a, char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

void hf_sort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    char *begin = array;
    for (size_t i = 1; i < count; i++) {
        for (char *at = begin + i * size; at > begin && compare(at - size, at) > 0; at -= size)
            swap(at - size, at, size);
    }
}
