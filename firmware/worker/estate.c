#include "worker/estate.h"

#include "link/log.h"
#include "worker/disk.h"
#include "worker/state.h"
#include "worker/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MODE 01771

static const struct {
    char name[12];
    mode_t mode;
} roots_own[] = {{"agent", 0700}, {"handlers", 0755}, {"work", 0711}};

/* --- root's --- */

static bool is_roots(int state, const char *name)
{
    struct stat info;
    return fstatat(state, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static void remove_foreign(const char *folder, const char *name)
{
    char path[HF_STATE_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (unlink(path) != 0 && errno == ENOENT)
        return;
    hf_log(HF_LOG_WARN, "worker.not_roots", "removed=%s", path);
    (void)hf_sweep(path);
    (void)rmdir(path);
}

static int keep_for_root(int state, const char *folder, size_t index)
{
    const char *name = roots_own[index].name;
    if (!is_roots(state, name))
        remove_foreign(folder, name);
    if (mkdirat(state, name, roots_own[index].mode) != 0 && errno != EEXIST)
        return -1;
    return fchmodat(state, name, roots_own[index].mode, 0);
}

static bool is_kept(const char *name)
{
    for (size_t i = 0; i < sizeof roots_own / sizeof *roots_own; i++) {
        if (strcmp(name, roots_own[i].name) == 0)
            return true;
    }
    return false;
}

/* --- the worker's --- */

/* A second name could be that of a file which lies elsewhere and is nobody's to give. */
static int give_file(int folder, const char *name, const struct hf_account *to)
{
    struct stat info;
    const int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    int failed = fstat(fd, &info);
    if (failed == 0 && info.st_uid != to->uid && S_ISREG(info.st_mode) && info.st_nlink == 1)
        failed = fchownat(fd, "", to->uid, to->gid, AT_EMPTY_PATH);
    (void)close(fd);
    return failed;
}

static int give_files(int folder, const struct hf_account *to)
{
    const int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    int failed = entries ? 0 : -1;
    for (const struct dirent *entry; failed == 0 && (entry = readdir(entries));) {
        if (entry->d_name[0] != '.' && !is_kept(entry->d_name))
            failed = give_file(folder, entry->d_name, to);
    }
    if (entries)
        (void)closedir(entries);
    return failed;
}

static int give_journal(int state, const struct hf_account *to)
{
    const int fd = openat(state, "journal", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    const int failed =
        fchownat(fd, "", to->uid, to->gid, AT_EMPTY_PATH) != 0 ? -1 : give_files(fd, to);
    (void)close(fd);
    return failed;
}

/* --- the way to it --- */

static bool is_in(const struct hf_account *who, gid_t group)
{
    for (size_t i = 0; i < who->group_count; i++) {
        if (who->groups[i] == group)
            return true;
    }
    return who->gid == group;
}

/* In a folder with the sticky bit what is root's stays in its place. */
static bool may_change(const struct hf_account *who, const struct stat *info)
{
    if (info->st_uid == who->uid)
        return true;
    if ((info->st_mode & S_ISVTX) != 0)
        return false;
    return (info->st_mode & S_IWOTH) != 0 ||
           ((info->st_mode & S_IWGRP) != 0 && is_in(who, info->st_gid));
}

enum hf_err hf_estate_check(const char *path, const struct hf_privilege *privilege,
                            struct hf_fault *fault)
{
    char way[HF_STATE_PATH_MAX + 1];
    struct stat info;
    (void)snprintf(way, sizeof way, "%s", path);
    char *const end = way + strlen(way);
    for (char *slash = end; slash != NULL; slash = strrchr(way, '/')) {
        *slash = '\0';
        if (stat(way[0] != '\0' ? way : "/", &info) != 0 ||
            (slash == end && S_ISDIR(info.st_mode)) || !may_change(&privilege->worker, &info))
            continue;
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "worker_user may change %s (chown root, chmod go-w), and root goes by "
                            "%s",
                            way, path);
    }
    return HF_ERR_OK;
}

enum hf_err hf_estate_give(struct hf_state *state, const struct hf_privilege *privilege,
                           struct hf_fault *fault)
{
    const struct hf_account *to = &privilege->worker;
    enum hf_err err = hf_estate_check(state->folder, privilege, fault);
    if (err == HF_ERR_OK)
        err = hf_state_make(state, fault);
    if (err != HF_ERR_OK)
        return err;
    const int fd = open(state->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fchownat(fd, "", 0, HF_PRIVILEGE_ID, AT_EMPTY_PATH) == 0 &&
                fchmod(fd, STATE_MODE) == 0;
    for (size_t i = 0; done && i < sizeof roots_own / sizeof *roots_own; i++)
        done = keep_for_root(fd, state->folder, i) == 0;
    done = done && give_files(fd, to) == 0 && give_journal(fd, to) == 0;
    const int error = errno;
    if (fd >= 0)
        (void)close(fd);
    if (done)
        return HF_ERR_OK;
    return hf_fault_set(fault, hf_disk_err(error), error,
                        "cannot give away the state folder %s: %s", state->folder, strerror(error));
}
