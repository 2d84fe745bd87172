#ifndef HF_WORKER_PRIVILEGE_H
#define HF_WORKER_PRIVILEGE_H

#include "worker/account.h"
#include "worker/config.h"

#include <stdbool.h>

/*
 * Whom the worker becomes when it was started as root: the user of `worker_user`; without that
 * "holdfast" where there is such a user, else the number HF_PRIVILEGE_ID, which needs none. Never
 * the one that handlers run as, for keys and journal would be theirs to read. "root" leaves it
 * root. A worker of another user stays what it is, and naming one is an error.
 *
 * What it becomes is in the group HF_PRIVILEGE_ID as well, which the state folder belongs to
 * (worker/estate.h): nothing else is to have that number.
 */

#define HF_PRIVILEGE_USER "holdfast"
#define HF_PRIVILEGE_ID   61080 /* of no range that a distribution gives away */

struct hf_privilege {
    bool drops; /* false: the process stays what it is, and what follows is not set */
    struct hf_account worker;
};

/* HF_ERR_INVALID: no such user, one that cannot be had, or the one that handlers run as. */
enum hf_err hf_privilege_find(struct hf_privilege *out, const struct hf_config *config,
                              struct hf_fault *fault);

/*
 * Opens the files of keys and certificates that the settings name: what hf_pem_read finds closed to
 * the process later is read through these. What is not there is left out.
 */
void hf_privilege_hold(const struct hf_config *config);

/* The calling process becomes that user for good and can gain no rights any more. False: it may be
 * anything, and must not go on. */
bool hf_privilege_drop(const struct hf_privilege *privilege);

/* Both, and the filter of worker/seccomp.h. HF_ERR_INVALID: the process may not become that user.
 */
enum hf_err hf_privilege_give_away(const struct hf_privilege *privilege,
                                   const struct hf_config *config, struct hf_fault *fault);

#endif
