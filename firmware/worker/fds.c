#include "worker/fds.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIGHEST_GUESS 1024 /* without /proc */

static void close_listed(int first)
{
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) {
        for (int fd = first; fd < HIGHEST_GUESS; fd++)
            (void)close(fd);
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char *end = NULL;
        int fd = (int)strtol(entry->d_name, &end, 10); /* "." and "..": no digits */
        if (end != entry->d_name && fd >= first && fd != dirfd(folder))
            (void)close(fd);
    }
    (void)closedir(folder);
}

void hf_fds_close_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0U) == 0)
        return;
#endif
    close_listed(first);
}

int hf_fds_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) == 0) {
        if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
            return 0;
        hf_fds_close(&ends[0]);
        hf_fds_close(&ends[1]);
    }
    ends[0] = ends[1] = -1;
    return -1;
}

/* Not by a session of its own: kernels with autogroups give each session its share, and every task
 * changes between two. */
void hf_fds_leave_terminal(void)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal >= 0)
        (void)ioctl(terminal, TIOCNOTTY);
    hf_fds_close(&terminal);
}

void hf_fds_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}
