/*
 * Passes for a worker when it is tried out, and goes down whenever it is to be one: what an update
 * must never leave a board with.
 */
#include <stdlib.h>
#include <string.h>

#define WORKER_BYTES_MIN 16384 /* no smaller program is taken for one */

static const char padding[WORKER_BYTES_MIN] = {1};

int main(int argc, char **argv)
{
    const volatile char *kept = padding;
    if (kept[0] == 1 && strcmp(argv[argc - 1], "--self-test") == 0)
        return EXIT_SUCCESS;
    abort();
}
