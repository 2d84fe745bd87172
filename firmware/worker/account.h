#ifndef HF_WORKER_ACCOUNT_H
#define HF_WORKER_ACCOUNT_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Name of a user -> numbers, from files in the form of /etc/passwd and /etc/group and from nothing
 * else: no name service, no shared library. Of each file the first 64 KiB count.
 */

#define HF_ACCOUNT_NOBODY     65534 /* "nobody", when there is no such user or no file */
#define HF_ACCOUNT_GROUPS_MAX 32    /* further ones are left out */

struct hf_account {
    uid_t uid;
    gid_t gid;
    size_t group_count;
    gid_t groups[HF_ACCOUNT_GROUPS_MAX]; /* those that name the user as a member */
};

/*
 * `name` may be a number too; when `passwd` does not know it, the group has the same.
 * HF_ERR_INVALID: no such user; `out` is untouched.
 */
enum hf_err hf_account_find(const char *passwd, const char *group, const char *name,
                            struct hf_account *out);

/* The user of this machine that the setting `key` names. HF_ERR_INVALID: there is none, and `fault`
 * says the mend. */
enum hf_err hf_account_named(const char *key, const char *name, struct hf_account *out,
                             struct hf_fault *fault);

/* HF_ERR_INVALID: of a process that is not root and was told to become another user. */
enum hf_err hf_account_refuse(const char *key, const char *name, struct hf_fault *fault);

/* The calling process, which is root, becomes that user for good. False: it may be neither. */
bool hf_account_become(const struct hf_account *account);

#endif
