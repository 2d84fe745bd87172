#ifndef HF_WORKER_CONFINE_H
#define HF_WORKER_CONFINE_H

#include "wire/limits.h"
#include "worker/account.h"
#include "worker/cgroup.h"
#include "worker/config.h"
#include "worker/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a handler may do and use: a user of its own when the worker is root, no way to more rights,
 * and bounds on memory, processor time, files and processes. A task that eats the memory dies
 * before the worker does.
 *
 *   user        root: `task_user`, without one "nobody"; "root" leaves handlers root. A worker of
 *               another user has no choice, and naming one is an error
 *   memory      control group, else RLIMIT_DATA (RLIMIT_AS before Linux 4.7)
 *   processes   control group, else RLIMIT_NPROC, which counts all processes of a user: only for a
 *               user other than the worker's own
 *   cpu, files, file size, no core dump    rlimits
 *
 * A bound that this kernel does not know, or does not let us set, is left out and is no error: what
 * is really in force is tried once at the start, in a process of its own, and told.
 *
 * Bounds of a program are for good. A built-in is our own code in a child that is kept for the next
 * task (worker/warm.h): its bounds are soft ones, set anew for each task and taken back after it.
 */

#define HF_CONFINE_USER         0x01U
#define HF_CONFINE_NO_NEW_PRIVS 0x02U
#define HF_CONFINE_OOM          0x04U /* the kernel takes a task before the worker */
#define HF_CONFINE_CGROUP       0x08U
#define HF_CONFINE_RLIMIT       0x10U /* all rlimits that were asked for */
#define HF_CONFINE_MEMORY       0x20U /* can be bounded, one way or the other */
#define HF_CONFINE_PROCESSES    0x40U
#define HF_CONFINE_REACH        0x80U /* no bound: the user can go to its work folder by its path */
#define HF_CONFINE_SECCOMP      0x100U /* of built-ins alone: worker/seccomp.h */

struct hf_confine {
    const struct hf_config *config; /* must outlive it */
    const char *user;               /* its name; lives as long as the config */
    struct hf_account account;
    bool change_user;
    uid_t owner; /* whose the descriptors are that its children get: the worker's */
    struct hf_cgroup cgroup;
    unsigned in_force; /* HF_CONFINE_ bits */
};

/*
 * Looks up the user, opens the way to the work folders in `state` to it, makes the control groups,
 * and tries it all. Call it before other processes of the worker
 * are started: it may move to another group.
 * HF_ERR_INVALID: no such user, or one that cannot be had; nothing is open then.
 */
enum hf_err hf_confine_open(struct hf_confine *confine, const struct hf_config *config,
                            const struct hf_state *state, struct hf_fault *fault);
void hf_confine_close(struct hf_confine *confine);

/* What is in force, to the log. */
void hf_confine_say(const struct hf_confine *confine, const struct hf_state *state);

/* Makes a work folder and gives it to the user that handlers run as; one that belonged to another
 * is emptied. `confine` may be NULL. HF_ERR_IO. */
enum hf_err hf_confine_make_folder(const struct hf_confine *confine, const char *folder,
                                   struct hf_fault *fault);

/* What is in force as words with a blank between, for struct hf_facts; "cgroup" or "rlimit" first.
 */
void hf_confine_words(unsigned bits, char *words, size_t size);

/* No core of this process, nor of its children, is kept, in a file or by a collector: the worker's
 * would hold its private key, and so would that of a built-in handler, its fork. */
void hf_confine_leave_no_core(void);

/* --- the child's side --- */

/*
 * Confines the calling process: group, user, no new privileges, no core dump. Its descriptors 0 to
 * 3 go to the new user where they are pipes or files without a name. NULL: the last two alone.
 * Returns HF_CONFINE_ bits; without HF_CONFINE_USER, where the user was to change, nothing foreign
 * may be run. A change of the user ends PR_SET_PDEATHSIG: ask for it after this.
 */
unsigned hf_confine_enter(const struct hf_confine *confine, int slot);

/* Sets rlimits, `for_good` or so that hf_confine_relax takes them back. Processor time counts from
 * now on. `confine` may be NULL. False: not all are in force. */
bool hf_confine_bound(const struct hf_confine *confine, const struct hf_limits *limits,
                      bool for_good);
void hf_confine_relax(void);

#endif
