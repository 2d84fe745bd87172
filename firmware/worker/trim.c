#include "worker/trim.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* From GNU ld: the first byte of the program, and the first behind its code. */
extern const char __executable_start[] __attribute__((weak));
extern const char etext[] __attribute__((weak));

void hf_trim_code(void)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = (uintptr_t)__executable_start & ~(page - 1);
    const uintptr_t end = (uintptr_t)etext & ~(page - 1);
    if (begin != 0 && begin < end)
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}
