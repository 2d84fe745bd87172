#include "worker/confine.h"

#include "link/log.h"
#include "wire/event.h"
#include "worker/seccomp.h"
#include "worker/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY     "nobody"
#define MIB        INT64_C(1048576)
#define OOM_SCORE  "500" /* of -1000 to 1000; what a service is has 0 */
#define CPU_WORD_S 1     /* from SIGXCPU to SIGKILL */

static unsigned when(bool holds, unsigned bit)
{
    return holds ? bit : 0;
}

/* --- who it is --- */

/* The worker's own files must not change hands: only what was made for this child. */
static void give_descriptors(uid_t owner, const struct hf_account *account)
{
    struct stat status;
    for (int fd = 0; fd <= 3; fd++) {
        if (fstat(fd, &status) == 0 && status.st_uid == owner && owner != account->uid &&
            (S_ISFIFO(status.st_mode) || (S_ISREG(status.st_mode) && status.st_nlink == 0)) &&
            fchownat(fd, "", account->uid, account->gid, AT_EMPTY_PATH) != 0)
            return; /* it can use what is open; only /dev/stdin and the like are closed to it */
    }
}

static bool raise_oom_score(void)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool done = write(fd, OOM_SCORE, strlen(OOM_SCORE)) > 0;
    (void)close(fd);
    return done;
}

/* 1 and not 0: the kernel pipes a core to a collector whatever the limit, unless it is 1; and 1
 * byte is too little for a file. */
void hf_confine_leave_no_core(void)
{
    const struct rlimit least = {1, 1};
    (void)prlimit(0, RLIMIT_CORE, &least, NULL);
}

/* What root alone may do comes first. */
unsigned hf_confine_enter(const struct hf_confine *confine, int slot)
{
    unsigned bits = 0;
    if (confine) {
        bits |= when(raise_oom_score(), HF_CONFINE_OOM);
        bits |= when(hf_cgroup_join(&confine->cgroup, slot), HF_CONFINE_CGROUP);
    }
    if (confine && confine->change_user) {
        give_descriptors(confine->owner, &confine->account);
        bits |= when(hf_account_become(&confine->account), HF_CONFINE_USER);
    }
    hf_confine_leave_no_core();
    return bits |
           when(prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0, HF_CONFINE_NO_NEW_PRIVS);
}

/* --- what it may use --- */

/* prlimit() and not setrlimit(), with which musl links what changes all threads of a process. */

/* Emulators may take a limit and forget it, so it is read back. */
static bool bound(int resource, int64_t soft, int64_t hard, bool for_good)
{
    struct rlimit now;
    if (soft == 0)
        return true;
    if (getrlimit(resource, &now) != 0)
        return false;
    struct rlimit wanted = {(rlim_t)soft, for_good ? (rlim_t)hard : now.rlim_max};
    if (now.rlim_max < wanted.rlim_max)
        wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_max < wanted.rlim_cur)
        wanted.rlim_cur = wanted.rlim_max;
    return prlimit(0, resource, &wanted, NULL) == 0 && getrlimit(resource, &now) == 0 &&
           now.rlim_cur <= wanted.rlim_cur;
}

/* Before Linux 4.7 RLIMIT_DATA does not count what malloc takes by mmap. */
static int memory_resource(void)
{
    struct utsname system;
    if (uname(&system) != 0)
        return RLIMIT_DATA;
    char *rest = NULL;
    const long major = strtol(system.release, &rest, 10);
    const long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    return major < 4 || (major == 4 && minor < 7) ? RLIMIT_AS : RLIMIT_DATA;
}

static bool bound_memory(const struct hf_confine *confine, int64_t memory_mb, bool for_good)
{
    const int64_t bytes = confine && confine->cgroup.memory ? 0 : memory_mb * MIB;
    return bytes == 0 || bound(memory_resource(), bytes, bytes, for_good);
}

/* All slots' processes are one user's. */
static bool bound_processes(const struct hf_confine *confine, int64_t processes, bool for_good)
{
    if (!confine || !confine->change_user || confine->cgroup.processes)
        return true;
    processes *= confine->config->slots;
    return bound(RLIMIT_NPROC, processes, processes, for_good);
}

/* Whole seconds are all that there is: rounded up, for the task. */
static int64_t cpu_used_s(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    const int64_t us = (int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    return (int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + us / 1000000 + (us >= 20000);
}

bool hf_confine_bound(const struct hf_confine *confine, const struct hf_limits *limits,
                      bool for_good)
{
    const int64_t size = limits->file_size_mb * MIB;
    const int64_t cpu_s = limits->cpu_s > 0 ? cpu_used_s() + limits->cpu_s : 0;
    bool all = bound(RLIMIT_CPU, cpu_s, cpu_s + CPU_WORD_S, for_good);
    all = bound(RLIMIT_NOFILE, limits->files, limits->files, for_good) && all;
    all = bound(RLIMIT_FSIZE, size, size, for_good) && all;
    all = bound_memory(confine, limits->memory_mb, for_good) && all;
    return bound_processes(confine, limits->processes, for_good) && all;
}

void hf_confine_relax(void)
{
    static const int RESOURCES[] = {RLIMIT_CPU,  RLIMIT_NOFILE, RLIMIT_FSIZE,
                                    RLIMIT_DATA, RLIMIT_AS,     RLIMIT_NPROC};
    struct rlimit now;
    for (size_t i = 0; i < sizeof RESOURCES / sizeof *RESOURCES; i++) {
        if (getrlimit(RESOURCES[i], &now) != 0 || now.rlim_cur == now.rlim_max)
            continue;
        now.rlim_cur = now.rlim_max;
        (void)prlimit(0, RESOURCES[i], &now, NULL);
    }
}

/* --- the worker's side --- */

static unsigned confine_for_good(const struct hf_confine *confine, const char *work)
{
    unsigned bits = hf_confine_enter(confine, 0);
    const bool grouped = (bits & HF_CONFINE_CGROUP) != 0;
    const struct hf_cgroup *cgroup = &confine->cgroup;
    const struct hf_limits some = {.memory_mb = 1024};
    bits |= when(hf_confine_bound(confine, &confine->config->limits, true), HF_CONFINE_RLIMIT);
    bits |= when(grouped && cgroup->memory ? true : bound_memory(confine, some.memory_mb, true),
                 HF_CONFINE_MEMORY);
    bits |= when((grouped && cgroup->processes) || confine->change_user, HF_CONFINE_PROCESSES);
    return bits | when(access(work, X_OK) == 0, HF_CONFINE_REACH);
}

static unsigned try_out(const struct hf_confine *confine, const char *work)
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0)
        _exit((int)confine_for_good(confine, work));
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
}

static enum hf_err find_user(struct hf_confine *confine, struct hf_fault *fault)
{
    const char *asked = confine->config->task_user;
    const uid_t own = geteuid();
    confine->user = asked[0] != '\0' ? asked : NOBODY;
    if (own != 0 && asked[0] == '\0')
        return HF_ERR_OK;
    const enum hf_err err = hf_account_named("task_user", confine->user, &confine->account, fault);
    if (err != HF_ERR_OK)
        return err;
    if (own != 0 && confine->account.uid != own)
        return hf_account_refuse("task_user", asked, fault);
    confine->change_user = own == 0 && confine->account.uid != 0;
    return HF_ERR_OK;
}

void hf_confine_say(const struct hf_confine *confine, const struct hf_state *state)
{
    char words[HF_GUARDS_MAX * (HF_NAME_MAX + 1)];
    hf_confine_words(confine->in_force, words, sizeof words);
    if (confine->cgroup.base[0] != '\0')
        hf_log(HF_LOG_INFO, "worker.limits", "in_force=\"%s\"", words);
    else
        hf_log(HF_LOG_INFO, "worker.limits", "in_force=\"%s\" no_cgroup=\"%s\"", words,
               confine->cgroup.why);
    if ((confine->in_force & HF_CONFINE_REACH) == 0)
        hf_log(HF_LOG_WARN, "worker.work_unreachable",
               "user=%s folder=%s reason=\"a folder above it is closed to that user\"",
               confine->user, state->work);
}

enum hf_err hf_confine_open(struct hf_confine *confine, const struct hf_config *config,
                            const struct hf_state *state, struct hf_fault *fault)
{
    memset(confine, 0, sizeof *confine);
    confine->config = config;
    const enum hf_err err = find_user(confine, fault);
    if (err != HF_ERR_OK)
        return err;
    confine->owner = confine->account.uid; /* what is only tried takes no descriptor along */
    if (confine->change_user)
        hf_state_let_pass(state);
    hf_cgroup_open(&confine->cgroup, "", config->board, (int)config->slots);
    confine->in_force =
        try_out(confine, state->work) | when(hf_seccomp_works(), HF_CONFINE_SECCOMP);
    confine->owner = geteuid();
    if ((confine->in_force & HF_CONFINE_CGROUP) == 0)
        hf_cgroup_close(&confine->cgroup);
    if (!confine->change_user || (confine->in_force & HF_CONFINE_USER) != 0)
        return HF_ERR_OK;
    hf_confine_close(confine);
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "the worker is root but may not start handlers as the user \"%.64s\": it "
                        "needs CAP_SETUID and CAP_SETGID, or \"task_user\": \"root\"",
                        confine->user);
}

void hf_confine_close(struct hf_confine *confine)
{
    hf_cgroup_close(&confine->cgroup);
}

static int give(const struct hf_confine *confine, const char *folder)
{
    struct stat status;
    if (!confine || geteuid() != 0)
        return 0;
    if (lstat(folder, &status) != 0)
        return -1;
    if (status.st_uid == confine->account.uid)
        return 0;
    if (hf_sweep(folder) != 0)
        return -1;
    return lchown(folder, confine->account.uid, confine->account.gid);
}

enum hf_err hf_confine_make_folder(const struct hf_confine *confine, const char *folder,
                                   struct hf_fault *fault)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot make the work folder %s: %s", folder,
                            strerror(errno));
    if (give(confine, folder) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot give the work folder %s to %s: %s",
                            folder, confine->user, strerror(errno));
    return HF_ERR_OK;
}

void hf_confine_words(unsigned bits, char *words, size_t size)
{
    static const struct {
        unsigned bit;
        const char *word;
    } WORDS[] = {
        {HF_CONFINE_CGROUP, "cgroup"}, {HF_CONFINE_RLIMIT, "rlimit"},
        {HF_CONFINE_MEMORY, "memory"}, {HF_CONFINE_PROCESSES, "processes"},
        {HF_CONFINE_USER, "user"},     {HF_CONFINE_NO_NEW_PRIVS, "no-new-privs"},
        {HF_CONFINE_OOM, "oom-score"}, {HF_CONFINE_SECCOMP, "seccomp"},
    };
    words[0] = '\0';
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (bits & WORDS[i].bit)
            (void)hf_event_add_word(words, size, HF_GUARDS_MAX, WORDS[i].word);
    }
}
