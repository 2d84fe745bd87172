#include "worker/sweep.h"

#include "link/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 64
#define LOOK_MS   1000 /* once its patience is over, from one look to the next */

struct sweep {
    int folder;
    int64_t look_ms;   /* when to look next whether a folder is filled on */
    unsigned moved_up; /* folders that lay too deep */
};

static int sweep_in(struct sweep *sweep, int parent, const char *name, int depth);

static int fail(int error)
{
    errno = error;
    return -1;
}

bool hf_sweep_is_filled_on(int folder)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    struct stat before, after;
    if (fstat(folder, &before) != 0)
        return false;
    (void)nanosleep(&pause, NULL);
    return fstat(folder, &after) == 0 && (after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
                                          after.st_mtim.tv_nsec != before.st_mtim.tv_nsec);
}

static bool is_in_vain(struct sweep *sweep, int folder)
{
    if (hf_clock_mono_ms() < sweep->look_ms)
        return false;
    const bool filled_on = hf_sweep_is_filled_on(folder);
    sweep->look_ms = hf_clock_mono_ms() + LOOK_MS;
    return filled_on;
}

/* To the top, under a name that is free there: the next pass over it finds it. */
static int move_up(struct sweep *sweep, int parent, const char *name)
{
    char free_name[16];
    int failed;
    do {
        (void)snprintf(free_name, sizeof free_name, "%u", sweep->moved_up++);
        failed = renameat(parent, name, sweep->folder, free_name);
    } while (failed && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR));
    return failed;
}

/* Not AT_SYMLINK_NOFOLLOW on the chmod: a link was deleted by the first unlinkat. Root needs none,
 * and another process could put a link there in between. */
static int delete_entry(struct sweep *sweep, int parent, const char *name, int depth)
{
    if (is_in_vain(sweep, parent))
        return fail(ETIMEDOUT);
    if (unlinkat(parent, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES)
        return -1;
    if (geteuid() != 0 && fchmodat(parent, name, 0700, 0) != 0)
        return -1;
    if (depth == DEPTH_MAX)
        return move_up(sweep, parent, name);
    if (sweep_in(sweep, parent, name, depth + 1) != 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

/* One pass over the folder; `*deleted` says whether another may find more. What is gone by itself
 * was another process's. */
static int sweep_pass(struct sweep *sweep, DIR *folder, int depth, bool *deleted)
{
    *deleted = false;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (delete_entry(sweep, dirfd(folder), entry->d_name, depth) == 0)
            *deleted = true;
        else if (errno != ENOENT)
            return -1;
    }
    return 0;
}

static bool is_root(int fd)
{
    struct stat here, root;
    return fstat(fd, &here) != 0 || stat("/", &root) != 0 ||
           (here.st_dev == root.st_dev && here.st_ino == root.st_ino);
}

static int open_folder(int parent, const char *name)
{
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !is_root(fd))
        return fd;
    (void)close(fd);
    return fail(EPERM);
}

static int sweep_in(struct sweep *sweep, int parent, const char *name, int depth)
{
    const int fd = open_folder(parent, name);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (!folder) {
        int error = errno;
        if (fd >= 0)
            (void)close(fd);
        errno = error;
        return -1;
    }
    bool deleted = true;
    int result = 0;
    while (result == 0 && deleted) {
        result = sweep_pass(sweep, folder, depth, &deleted);
        if (deleted)
            rewinddir(folder);
    }
    int error = errno;
    (void)closedir(folder);
    errno = error;
    return result;
}

/* Whoever filled it may have closed it to itself, or opened it to others. */
int hf_sweep_open(const char *folder)
{
    struct stat info;
    if (folder[0] != '/')
        return fail(EINVAL);
    int fd = open_folder(AT_FDCWD, folder);
    if (fd < 0 && errno == EACCES && chmod(folder, 0700) == 0)
        fd = open_folder(AT_FDCWD, folder);
    if (fd >= 0 && fstat(fd, &info) == 0 && (info.st_mode & 07777) != 0700)
        (void)fchmod(fd, 0700); /* fails where it is another's, who keeps it */
    return fd;
}

int hf_sweep_in(int folder)
{
    if (hf_sweep_is_empty(folder))
        return 0;
    struct sweep sweep = {.folder = folder, .look_ms = hf_clock_mono_ms() + HF_SWEEP_PATIENCE_MS};
    return sweep_in(&sweep, folder, ".", 0);
}

/* "." and ".." take 24 bytes each. */
bool hf_sweep_is_empty(int folder)
{
    uint64_t entries[128 / sizeof(uint64_t)];
    return lseek(folder, 0, SEEK_SET) == 0 &&
           syscall(SYS_getdents64, folder, entries, sizeof entries) == 48 &&
           syscall(SYS_getdents64, folder, entries, sizeof entries) == 0;
}

int hf_sweep(const char *folder)
{
    const int fd = hf_sweep_open(folder);
    if (fd < 0)
        return -1;
    const int result = hf_sweep_in(fd);
    const int error = errno;
    (void)close(fd);
    errno = error;
    return result;
}
