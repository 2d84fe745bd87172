#ifndef HF_WORKER_AFFINITY_H
#define HF_WORKER_AFFINITY_H

/*
 * The processor that the calling process runs on. A child that is done within microseconds is best
 * run where the worker has just gone to sleep: to wake another processor takes an interrupt from
 * one to the other, and one that idles has to come out of its sleep first. One that computes is
 * best run wherever there is room.
 */

#define HF_AFFINITY_PROCESSORS_MAX 1024 /* one with a higher number is not followed */

struct hf_affinity {
    int on; /* -1: wherever it was allowed to run when this was made */
};

#define HF_AFFINITY_ANY                                                                            \
    {                                                                                              \
        .on = -1                                                                                   \
    }

/* The calling process runs on that processor alone from now on. -1: anywhere, as in the beginning.
 * Where the kernel refuses it, it stays as it is. Calls the kernel only when something changes. */
void hf_affinity_follow(struct hf_affinity *affinity, int processor);

/* Where the calling process runs now; -1: unknown. */
int hf_affinity_here(void);

#endif
