#include "worker/trim.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)128 * 1024) /* deeper than anything of ours */
#define NEAR_BYTES  ((size_t)512)        /* of the call below this one */

/* From GNU ld: the first byte of the program, and the first behind its code. */
extern const char __executable_start[] __attribute__((weak));
extern const char etext[] __attribute__((weak));

void hf_trim_code(void)
{
    const uintptr_t page = (uintptr_t)getpagesize();
    const uintptr_t begin = (uintptr_t)__executable_start & ~(page - 1);
    const uintptr_t end = (uintptr_t)etext & ~(page - 1);
    if (begin != 0 && begin < end)
        (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/* What lies below the lowest page of the stack is a gap that the kernel keeps free. Not inlined:
 * the address of its frame would be that of the caller, with what the caller needs below it. */
__attribute__((noinline)) void hf_trim_stack(void)
{
    const uintptr_t page = (uintptr_t)getpagesize();
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const uintptr_t end = (here - NEAR_BYTES) & ~(page - 1);
    (void)madvise((void *)(end - STACK_BYTES), STACK_BYTES, MADV_DONTNEED);
}
