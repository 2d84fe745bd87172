#ifndef HF_WORKER_CGROUP_H
#define HF_WORKER_CGROUP_H

#include "wire/limits.h"
#include "worker/config.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Control groups (version 2) for what the handlers of a slot may use together, where the kernel has
 * them and lets us. Beside them the worker moves to a group of its own, since a group with
 * processes in it cannot share out among others. A service manager leaves its group to us when the
 * unit says Delegate=yes.
 *
 *   <group that the worker was started in>/holdfast-BOARD      the worker
 *                                          holdfast-BOARD-N    what slot N runs
 *
 * In the first group of all the worker stays where it is. No kernel support, no right to write,
 * other processes in the way: no group, and no error; `why` says it.
 */

#define HF_CGROUP_PATH_MAX 255

struct hf_cgroup {
    char base[HF_CGROUP_PATH_MAX + 1]; /* the groups' paths without "-N"; empty: there are none */
    int slots;
    bool memory, processes;                    /* what they can bound */
    struct hf_limits now[HF_CONFIG_SLOTS_MAX]; /* what was written last */
    const char *why;                           /* there are none; static */
};

/* Makes the groups. `root` stands before /proc and /sys: "" but in tests. */
void hf_cgroup_open(struct hf_cgroup *cgroup, const char *root, const char *board, int slots);

/* Bounds of the slot's next task: memory_mb and processes, as far as the groups have them. */
void hf_cgroup_bound(struct hf_cgroup *cgroup, int slot, const struct hf_limits *limits);

/* For a process that may not set them: whether they are others than those of the slot's last task.
 */
bool hf_cgroup_note(struct hf_cgroup *cgroup, int slot, const struct hf_limits *limits);

/* The calling process goes into the group of a slot. False: it stays where it is. */
bool hf_cgroup_join(const struct hf_cgroup *cgroup, int slot);

/* How many processes of the slot the kernel has killed for want of memory; without groups, of the
 * whole machine. -1: it does not say. */
int64_t hf_cgroup_oom_kills(const struct hf_cgroup *cgroup, const char *root, int slot);

/* Removes the groups that nothing runs in. */
void hf_cgroup_close(struct hf_cgroup *cgroup);

#endif
