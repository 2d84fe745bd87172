#ifndef HF_WORKER_MONITOR_H
#define HF_WORKER_MONITOR_H

#include "worker/agent.h"
#include "worker/brood.h"
#include "worker/config.h"
#include "worker/pushed.h"
#include "worker/runner.h"
#include "worker/service.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A worker that was started as root is two processes. What speaks to the network, the worker, has
 * given root away before a byte of it came in (worker/privilege.h). The other, its parent, is the
 * monitor: the process that the supervisor knows, forked from while it is small, which never sees
 * the network and does what still needs root. They share a socket.
 *
 *   supervisor ── signals ──▶ monitor (root) ── SIGUSR1, SIGUSR2 ──▶ worker ◀── TLS ──▶ broker
 *                               │   ▲                                  │
 *                               │   └──────── petitions, answers ──────┘
 *                               └──▶ handlers (task_user), upkeep, guards
 *
 * The monitor trusts nothing that comes from the worker. It does what its own reading of the
 * settings allows:
 *
 *   start a handler     that allow_handlers names, in a slot that is free, as task_user, within
 *                       the settings' bounds; the program is found by its name
 *   start upkeep        that changes what root runs, after it has checked the manager's signature
 *                       itself, on a copy (worker/upkeep_proof.h); other upkeep, as the worker's
 *                       user
 *   signal, kill, tidy  its own children and work folders
 *   stand               the trial of a program that is on one (worker/agent.h)
 *   set the clock       forward, where set_clock is on
 *   tell                the few words that a service manager is told
 *
 * When the worker ends the monitor ends what it has started for it, and itself, reads the settings
 * again, or becomes another program, as the worker's exit code asks. A worker that was told twice
 * to go and stays is killed. When the monitor is gone the kernel kills the worker, and the guards
 * the handlers.
 */

/* --- the worker's side; `fd` is the socket. An answer is waited for, and comes at once.
 * Whoever finds that the monitor is gone ends this process. --- */

/* When the monitor is gone, now or later, the kernel ends this process. Call it after root was
 * given away: that makes the kernel forget it. */
void hf_monitor_follow(int fd);

/* hf_brood_start by the monitor: `plan` has our descriptors, and `plan->spec->order` what to do.
 * Errors of it, and HF_ERR_DENIED, HF_ERR_NOT_FOUND: the settings do not allow it. HF_ERR_CLOSED:
 * an answer that is none. */
enum hf_err hf_monitor_start(int fd, const struct hf_child_plan *plan, struct hf_brood_child *child,
                             struct hf_fault *fault);

/* As those of their names in worker/brood.h. */
void hf_monitor_signal(int fd, const struct hf_brood_child *child, int number);
bool hf_monitor_take_end(struct hf_brood_child *child, struct hf_brood_end *end);
void hf_monitor_kill(int fd, struct hf_brood_child *child);
void hf_monitor_tidy(int fd, int slot);

/* Whether that program may run: errors of hf_handler_choose. */
enum hf_err hf_monitor_find(int fd, const char *handler, struct hf_fault *fault);

/* Whether the settings as the file has them now can be used. */
enum hf_err hf_monitor_settings(int fd, struct hf_fault *fault);

void hf_monitor_stand(int fd);
bool hf_monitor_set_clock(int fd, int64_t unix_ms); /* false: errno says why */
void hf_monitor_tell(int fd, enum hf_service_word word);

/* --- the monitor's side --- */

enum hf_monitor_end {
    HF_MONITOR_LEFT, /* the worker's exit status is `status` */
    HF_MONITOR_DIED, /* the worker was ended by the signal `status` */
};

/* What the worker has from the monitor's side of the fork. */
struct hf_monitor_inherited {
    const struct hf_confine *confine;
    const struct hf_pushed *pushed;
};

struct hf_monitor_setup {
    const char *config_path;
    const struct hf_config *config;
    const struct hf_privilege *privilege;
    struct hf_agent *agent;
    /* The worker: runs in a process of its own that is root still, and returns its exit status. */
    int (*work)(void *context, const struct hf_monitor_inherited *inherited, int monitor_fd);
    void *context;
};

/*
 * One life of a worker: until it has ended. HF_ERR_INVALID and others of hf_estate_give,
 * hf_confine_open and of starting a process: there was none.
 */
enum hf_err hf_monitor_run(const struct hf_monitor_setup *setup, enum hf_monitor_end *end,
                           int *status, struct hf_fault *fault);

#endif
