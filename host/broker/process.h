#ifndef HF_BROKER_PROCESS_H
#define HF_BROKER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Other processes of this machine, as /proc shows them. Processes that may not be read (another
 * user's) and those that end in between are passed over.
 */

#define HF_PROCESS_NAME_MAX 15 /* bytes that the kernel keeps of a name */

/* The kernel's name of a process ("beam.smp"); false when it is gone. */
bool hf_process_name(pid_t pid, char name[HF_PROCESS_NAME_MAX + 1]);

/* Whether `setting` ("NAME=value") was in the process's environment when it started. */
bool hf_process_has_setting(pid_t pid, const char *setting);

/*
 * Whether `words` stand one after the other among the process's arguments; they are separated by
 * single spaces, and none holds one.
 */
bool hf_process_has_arguments(pid_t pid, const char *words);

/* The first process with this name, setting and arguments; 0 when there is none. NULL: any. */
pid_t hf_process_find(const char *name, const char *setting, const char *arguments);

/*
 * Calls `visit` with each pid until it returns true, and returns that pid; 0 when none did.
 */
pid_t hf_process_each(bool (*visit)(pid_t pid, void *context), void *context);

/* Waits until a process that is not our child has ended; false when it still runs then. */
bool hf_process_wait_gone(pid_t pid, int timeout_ms);

#endif
