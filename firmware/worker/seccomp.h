#ifndef HF_WORKER_SECCOMP_H
#define HF_WORKER_SECCOMP_H

#include <stdbool.h>

/*
 * What two processes may ask of the kernel: the child of the built-in handlers, which reads
 * payloads of strangers, and what speaks to the network for a worker that gave root away
 * (worker/privilege.h). One that is taken over by what it reads can then compute, and use the
 * descriptors that it has and the files of its user, but start no program, reach into no process,
 * and change nothing of the machine (mounts, modules, clock, name spaces, keys); the first of the
 * two opens no connection either. The kernel ends a process that tries, by SIGSYS.
 *
 * A list of what is forbidden, not of what is allowed: what a C library calls for the same function
 * differs between kernels and architectures. Not for programs: they are the owner's, who knows what
 * they need. Costs a task no system call; the filter is set once in the life of a child.
 */

/* True where the kernel has filters: Linux 3.5 with CONFIG_SECCOMP_FILTER, and no emulation of
 * single programs (qemu-user). Changes nothing. */
bool hf_seccomp_works(void);

/*
 * Puts the filter on the calling process and all that it starts, for good; `network`: it may open
 * connections. Needs PR_SET_NO_NEW_PRIVS first. False: there is none, and nothing has changed.
 */
bool hf_seccomp_enter(bool network);

#endif
