#include "worker/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

static int sweep_in(int parent, const char *name, int depth);

/* Not AT_SYMLINK_NOFOLLOW on the chmod: a link was deleted by the first unlinkat. */
static int delete_entry(int parent, const char *name, int depth)
{
    if (unlinkat(parent, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES)
        return -1;
    if (fchmodat(parent, name, 0700, 0) != 0)
        return -1;
    return sweep_in(parent, name, depth + 1) == 0 ? unlinkat(parent, name, AT_REMOVEDIR) : -1;
}

/* One pass over the folder; `*deleted` says whether another may find more. */
static int sweep_pass(DIR *folder, int depth, bool *deleted)
{
    *deleted = false;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (delete_entry(dirfd(folder), entry->d_name, depth) != 0)
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

static int sweep_in(int parent, const char *name, int depth)
{
    if (depth > DEPTH_MAX) {
        errno = ELOOP;
        return -1;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && is_root(fd)) {
        (void)close(fd);
        errno = EPERM;
        return -1;
    }
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
        result = sweep_pass(folder, depth, &deleted);
        if (deleted)
            rewinddir(folder);
    }
    int error = errno;
    (void)closedir(folder);
    errno = error;
    return result;
}

int hf_sweep(const char *folder)
{
    if (folder[0] != '/') {
        errno = EINVAL;
        return -1;
    }
    return sweep_in(AT_FDCWD, folder, 0);
}
