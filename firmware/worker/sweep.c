#include "worker/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 64

static int sweep_in(int parent, const char *name, int depth, time_t began);

static int fail(int error)
{
    errno = error;
    return -1;
}

/* Not AT_SYMLINK_NOFOLLOW on the chmod: a link was deleted by the first unlinkat. Root needs none,
 * and another process could put a link there in between. */
static int delete_entry(int parent, const char *name, int depth, time_t began)
{
    struct stat entry;
    const time_t now = time(NULL);
    if (now > began + HF_SWEEP_PATIENCE_S &&
        fstatat(parent, name, &entry, AT_SYMLINK_NOFOLLOW) == 0 &&
        hf_sweep_is_late(entry.st_ctime, began, now))
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
    if (sweep_in(parent, name, depth + 1, began) != 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

/* One pass over the folder; `*deleted` says whether another may find more. */
static int sweep_pass(DIR *folder, int depth, time_t began, bool *deleted)
{
    *deleted = false;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (delete_entry(dirfd(folder), entry->d_name, depth, began) != 0)
            return -1;
        *deleted = true;
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

static int sweep_in(int parent, const char *name, int depth, time_t began)
{
    if (depth > DEPTH_MAX)
        return fail(ELOOP);
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
        result = sweep_pass(folder, depth, began, &deleted);
        if (deleted)
            rewinddir(folder);
    }
    int error = errno;
    (void)closedir(folder);
    errno = error;
    return result;
}

int hf_sweep_open(const char *folder)
{
    return folder[0] == '/' ? open_folder(AT_FDCWD, folder) : fail(EINVAL);
}

int hf_sweep_in(int folder)
{
    if (hf_sweep_is_empty(folder))
        return 0;
    return sweep_in(folder, ".", 0, time(NULL));
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
