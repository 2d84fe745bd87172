#include "worker/affinity.h"

#include <sched.h>

int hf_affinity_here(void)
{
    return sched_getcpu();
}

void hf_affinity_follow(struct hf_affinity *affinity, int processor)
{
    static cpu_set_t allowed; /* in the beginning */
    cpu_set_t one;
    if (processor == affinity->on || processor >= CPU_SETSIZE)
        return;
    if (affinity->on < 0 && sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;
    CPU_ZERO(&one);
    if (processor >= 0)
        CPU_SET((unsigned)processor, &one);
    if (sched_setaffinity(0, sizeof one, processor < 0 ? &allowed : &one) == 0)
        affinity->on = processor;
}
