#include "worker/affinity.h"

#include <limits.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BITS  (sizeof(unsigned long) * CHAR_BIT)
#define WORDS (HF_AFFINITY_PROCESSORS_MAX / BITS)

/* Straight to the kernel: that is smaller than the C library's ways there. */
int hf_affinity_here(void)
{
    unsigned here;
    return syscall(SYS_getcpu, &here, NULL, NULL) == 0 ? (int)here : -1;
}

void hf_affinity_follow(struct hf_affinity *affinity, int processor)
{
    static unsigned long allowed[WORDS], one[WORDS]; /* in the beginning; and nothing */
    const unsigned long *mask = allowed;
    const unsigned word = (unsigned)processor / BITS;
    if (processor == affinity->on || processor >= HF_AFFINITY_PROCESSORS_MAX)
        return;
    if (affinity->on < 0 && syscall(SYS_sched_getaffinity, 0, sizeof allowed, allowed) < 0)
        return;
    if (processor >= 0) {
        mask = one;
        one[word] = 1UL << (unsigned)processor % BITS;
    }
    if (syscall(SYS_sched_setaffinity, 0, sizeof allowed, mask) == 0)
        affinity->on = processor;
    if (processor >= 0)
        one[word] = 0;
}
