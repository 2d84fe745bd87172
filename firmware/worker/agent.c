#include "worker/agent.h"

#include "link/digest.h"
#include "link/log.h"
#include "wire/hex.h"
#include "worker/signals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define MARK "mark"

void hf_agent_init(struct hf_agent *agent, const char *state_folder, const struct hf_disk *disk)
{
    memset(agent, 0, sizeof *agent);
    (void)snprintf(agent->folder, sizeof agent->folder, "%s/agent", state_folder);
    agent->keep = (struct hf_keep){
        .folder = agent->folder, .disk = disk, .name = MARK, .magic = "HFAGENTS", .version = 1};
}

enum hf_err hf_agent_read(struct hf_agent *agent, struct hf_fault *fault)
{
    uint8_t bytes[HF_AGENT_MARK_BYTES];
    size_t len = 0;
    memset(&agent->mark, 0, sizeof agent->mark);
    const enum hf_err err = hf_keep_read(&agent->keep, bytes, sizeof bytes, &len, fault);
    if (err == HF_ERR_NOT_FOUND)
        return HF_ERR_OK;
    if (err == HF_ERR_OK && !hf_agent_mark_decode(bytes, len, &agent->mark))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s/" MARK " holds no mark", agent->folder);
    return err;
}

enum hf_err hf_agent_write(struct hf_agent *agent, struct hf_fault *fault)
{
    uint8_t bytes[HF_AGENT_MARK_BYTES];
    const size_t len = hf_agent_mark_encode(&agent->mark, bytes);
    return hf_keep_write(&agent->keep, bytes, len, fault);
}

int hf_agent_hash_fd(int fd, struct hf_agent_hash *out)
{
    struct hf_digest digest;
    char data[4096];
    ssize_t got;
    hf_digest_begin(&digest);
    while ((got = read(fd, data, sizeof data)) != 0) {
        if (got > 0)
            hf_digest_add(&digest, data, (size_t)got);
        else if (errno != EINTR)
            break;
    }
    hf_digest_end(&digest, out->bytes);
    return got == 0 ? 0 : -1;
}

void hf_agent_name(const struct hf_agent_hash *hash, char out[HF_AGENT_NAME_LEN + 1])
{
    hf_hex(out, hash->bytes, HF_AGENT_NAME_LEN / 2);
}

void hf_agent_path(const struct hf_agent *agent, const struct hf_agent_hash *hash, char *out,
                   size_t size)
{
    char name[HF_AGENT_NAME_LEN + 1];
    hf_agent_name(hash, name);
    (void)snprintf(out, size, "%s/%s", agent->folder, name);
}

static int hash_file(const char *path, struct hf_agent_hash *out)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int failed = fd < 0 ? -1 : hf_agent_hash_fd(fd, out);
    if (fd >= 0)
        (void)close(fd);
    return failed;
}

static bool is_update(const char *path)
{
    const char *name = strrchr(path, '/');
    return name && strlen(name + 1) == HF_AGENT_NAME_LEN &&
           strspn(name + 1, "0123456789abcdef") == HF_AGENT_NAME_LEN;
}

enum hf_err hf_agent_know(struct hf_agent *agent, struct hf_fault *fault)
{
    const ssize_t len = readlink(SELF, agent->self_path, sizeof agent->self_path);
    if (len == (ssize_t)sizeof agent->self_path)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "the path of this worker's program is over %d bytes",
                            HF_AGENT_PATH_MAX);
    if (len < 0 || hash_file(SELF, &agent->self) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno,
                            "this worker's program cannot be read (" SELF "): %s", strerror(errno));
    agent->self_path[len] = '\0';
    agent->is_base = !is_update(agent->self_path);
    return HF_ERR_OK;
}

static bool is_ours(const struct stat *info)
{
    return (info->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
           (info->st_uid == geteuid() || info->st_uid == 0);
}

const char *hf_agent_doubt(const struct hf_agent *agent, const struct hf_agent_hash *hash)
{
    char path[sizeof agent->folder + HF_AGENT_NAME_LEN + 2];
    struct hf_agent_hash found;
    struct stat info;
    const char *doubt = NULL;
    if (stat(agent->folder, &info) != 0 || !is_ours(&info))
        return "its folder is not there, or others may change it";
    hf_agent_path(agent, hash, path, sizeof path);
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        doubt = "its file is not there";
    else if (!is_ours(&info))
        doubt = "others may change its file";
    else if (hf_agent_hash_fd(fd, &found) != 0 || !hf_agent_is(&found, hash))
        doubt = "its file is not whole";
    if (fd >= 0)
        (void)close(fd);
    return doubt;
}

/* Signals as whoever starts a program leaves them. Comes back when it cannot be run. */
static void become(const char *path, char **argv)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)execv(path, argv);
    (void)alarm(0);
}

static void follow(struct hf_agent *agent, enum hf_agent_choice choice, int64_t trial_s,
                   char **argv)
{
    char path[sizeof agent->folder + HF_AGENT_NAME_LEN + 2];
    const bool trial = choice == HF_AGENT_RUN_TRIAL;
    struct hf_agent_hash *hash = trial ? &agent->mark.trial : &agent->mark.current;
    const char *doubt = hf_agent_doubt(agent, hash);
    hf_agent_path(agent, hash, path, sizeof path);
    if (!doubt) {
        (void)chmod(path, 0700); /* lost when the power went before it was written */
        hf_log(HF_LOG_INFO, "worker.becomes", "program=%s trial=%d tries=%u", path, trial,
               (unsigned)agent->mark.tries);
        if (trial)
            (void)alarm((unsigned)(trial_s + trial_s / 2));
        become(path, argv);
        doubt = strerror(errno);
    }
    hf_log(HF_LOG_ERROR, "worker.not_run", "program=%s reason=\"%s\"", path, doubt);
    if (trial)
        hf_agent_fail(&agent->mark, doubt);
    else
        memset(hash, 0, sizeof *hash);
}

/* A mark that others could have written says nothing. */
static enum hf_err read_trusted(struct hf_agent *agent, struct hf_fault *fault)
{
    struct stat info;
    if (lstat(agent->folder, &info) == 0 && (!S_ISDIR(info.st_mode) || !is_ours(&info)))
        return hf_fault_set(fault, HF_ERR_DENIED, 0, "others may change %s", agent->folder);
    return hf_agent_read(agent, fault);
}

void hf_agent_start(struct hf_agent *agent, int64_t trial_s, char **argv)
{
    struct hf_fault fault = {0};
    enum hf_err err = read_trusted(agent, &fault);
    if (err == HF_ERR_OK && !hf_agent_is_set(&agent->mark.base))
        return; /* there never was an update */
    if (err == HF_ERR_OK)
        err = hf_agent_know(agent, &fault);
    bool changed = false;
    while (err == HF_ERR_OK) {
        bool more = false;
        const enum hf_agent_choice choice =
            hf_agent_decide(&agent->mark, &agent->self, agent->is_base, &more);
        changed = changed || more;
        if (changed)
            err = hf_agent_write(agent, &fault);
        agent->on_trial = choice == HF_AGENT_ON_TRIAL;
        if (choice == HF_AGENT_STAY || choice == HF_AGENT_ON_TRIAL || err != HF_ERR_OK)
            break;
        follow(agent, choice, trial_s, argv);
        changed = true;
    }
    if (err != HF_ERR_OK)
        hf_log(HF_LOG_ERROR, "worker.agent", "reason=\"%s\": this program goes on", fault.text);
}

static void remove_others(const struct hf_agent *agent)
{
    char name[HF_AGENT_NAME_LEN + 1];
    DIR *entries = opendir(agent->folder);
    hf_agent_name(&agent->mark.current, name);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, name) != 0 &&
            strcmp(entry->d_name, MARK) != 0)
            (void)agent->keep.disk->remove(dirfd(entries), entry->d_name);
    }
    if (entries)
        (void)closedir(entries);
}

void hf_agent_stand(struct hf_agent *agent)
{
    struct hf_fault fault = {0};
    (void)alarm(0);
    agent->on_trial = false;
    hf_agent_keep(&agent->mark);
    if (hf_agent_write(agent, &fault) == HF_ERR_OK)
        remove_others(agent);
    hf_log(fault.err == HF_ERR_OK ? HF_LOG_INFO : HF_LOG_ERROR, "worker.updated", "program=%s%s%s",
           agent->self_path, fault.err == HF_ERR_OK ? "" : " reason=", fault.text);
}

void hf_agent_go_back(struct hf_agent *agent, const char *reason, char **argv)
{
    struct hf_fault fault = {0};
    (void)alarm(0);
    hf_agent_fail(&agent->mark, reason);
    if (hf_agent_write(agent, &fault) != HF_ERR_OK)
        hf_log(HF_LOG_ERROR, "worker.agent", "reason=\"%s\"", fault.text);
    hf_log(HF_LOG_WARN, "worker.rolled_back", "to=%s reason=\"%s\"", agent->mark.base_path, reason);
    become(agent->mark.base_path, argv);
}
