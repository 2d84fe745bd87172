#include "worker/privilege.h"

#include "link/pem.h"
#include "worker/seccomp.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY   "nobody"
#define HELD_MAX 4

/* --- who --- */

static enum hf_err find_worker(struct hf_privilege *out, const struct hf_config *config,
                               const struct hf_account *task, struct hf_fault *fault)
{
    const struct hf_account number = {.uid = HF_PRIVILEGE_ID, .gid = HF_PRIVILEGE_ID};
    struct hf_account *worker = &out->worker;
    if (config->worker_user[0] != '\0') {
        const enum hf_err err = hf_account_named("worker_user", config->worker_user, worker, fault);
        if (err != HF_ERR_OK)
            return err;
    } else if (hf_account_named("", HF_PRIVILEGE_USER, worker, NULL) != HF_ERR_OK ||
               worker->uid == task->uid) {
        *worker = number;
    }
    if (worker->uid == task->uid && worker->uid != 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "worker_user and task_user are both number %u: name two",
                            (unsigned)worker->uid);
    return HF_ERR_OK;
}

static void join(struct hf_account *account, gid_t group)
{
    if (account->group_count < HF_ACCOUNT_GROUPS_MAX)
        account->groups[account->group_count++] = group;
    else
        account->groups[HF_ACCOUNT_GROUPS_MAX - 1] = group;
}

enum hf_err hf_privilege_find(struct hf_privilege *out, const struct hf_config *config,
                              struct hf_fault *fault)
{
    struct hf_account task;
    const uid_t own = geteuid();
    const char *asked = config->worker_user;
    memset(out, 0, sizeof *out);
    if (own != 0 && asked[0] == '\0')
        return HF_ERR_OK;
    enum hf_err err = hf_account_named(
        "task_user", config->task_user[0] != '\0' ? config->task_user : NOBODY, &task, fault);
    if (err == HF_ERR_OK)
        err = find_worker(out, config, &task, fault);
    if (err != HF_ERR_OK)
        return err;
    if (own != 0 && out->worker.uid != own)
        return hf_account_refuse("worker_user", asked, fault);
    out->drops = own == 0 && out->worker.uid != 0;
    join(&out->worker, HF_PRIVILEGE_ID);
    return HF_ERR_OK;
}

/* --- what is held --- */

static struct {
    const char *path;
    int fd;
} held[HELD_MAX];
static size_t held_count;

static void hold(const char *path)
{
    const int fd = path[0] == '\0' ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return;
    held[held_count].path = path;
    held[held_count++].fd = fd;
}

/* A descriptor of its own at the first byte; -1 with the errno that was. */
static int open_held(const char *path)
{
    for (size_t i = 0; i < held_count; i++) {
        const int fd = strcmp(held[i].path, path) == 0 ? fcntl(held[i].fd, F_DUPFD_CLOEXEC, 0) : -1;
        if (fd >= 0 && lseek(fd, 0, SEEK_SET) == 0)
            return fd;
    }
    return -1;
}

void hf_privilege_hold(const struct hf_config *config)
{
    static char paths[HELD_MAX][HF_CONFIG_PATH_MAX + 1]; /* the settings' own may change */
    const char *const names[HELD_MAX] = {config->tls.ca, config->tls.cert, config->tls.key,
                                         config->require_signature};
    for (size_t i = 0; i < HELD_MAX; i++) {
        memcpy(paths[i], names[i], sizeof paths[i]);
        hold(paths[i]);
    }
    hf_pem_open_else(open_held);
}

/* --- the end of it --- */

bool hf_privilege_drop(const struct hf_privilege *privilege)
{
    if (!hf_account_become(&privilege->worker) || geteuid() == 0 || getuid() == 0)
        return false;
#ifdef __SANITIZE_ADDRESS__ /* its search for leaks looks into the process from outside */
    (void)prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL);
#endif
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0;
}

/* Old kernels have no filter. */
static void bind_to_network(void)
{
#ifndef __SANITIZE_ADDRESS__ /* its search for leaks is a ptrace() */
    (void)hf_seccomp_enter(true);
#endif
}

enum hf_err hf_privilege_give_away(const struct hf_privilege *privilege,
                                   const struct hf_config *config, struct hf_fault *fault)
{
    hf_privilege_hold(config);
    if (!hf_privilege_drop(privilege))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "the worker may not become the user number %u (CAP_SETUID, CAP_SETGID)",
                            (unsigned)privilege->worker.uid);
    bind_to_network();
    return HF_ERR_OK;
}
