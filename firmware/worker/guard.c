#include "worker/guard.h"

#include "worker/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void ignore_endings(void)
{
    static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        (void)signal(SIGNALS[i], SIG_IGN);
}

_Noreturn static void keep_guard(int from)
{
    (void)setsid();
    (void)prctl(PR_SET_NAME, "holdfast-guard");
    ignore_endings();
    (void)dup2(from, STDIN_FILENO);
    hf_fds_close_from(STDIN_FILENO + 1);

    pid_t group = 0;
    for (;;) {
        pid_t next = 0;
        ssize_t got = read(STDIN_FILENO, &next, sizeof next);
        if (got == (ssize_t)sizeof next)
            group = next;
        else if (got >= 0 || errno != EINTR)
            break;
    }
    if (group > 1)
        (void)kill(-group, SIGKILL);
    _exit(0);
}

void hf_guard_init(struct hf_guard *guard)
{
    *guard = (struct hf_guard){.fd = -1};
}

int hf_guard_ensure(struct hf_guard *guard)
{
    if (guard->pid > 0 && waitpid(guard->pid, NULL, WNOHANG) == 0)
        return 0;
    hf_fds_close(&guard->fd);
    guard->pid = 0;

    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pid_t pid = fork();
    if (pid == 0)
        keep_guard(ends[0]);
    int error = errno;
    (void)close(ends[0]);
    if (pid < 0) {
        (void)close(ends[1]);
        errno = error;
        return -1;
    }
    guard->fd = ends[1];
    guard->pid = pid;
    return 0;
}

void hf_guard_watch(int fd, pid_t group)
{
    if (fd >= 0 && write(fd, &group, sizeof group) < 0)
        return; /* it was killed: the next task gets another */
}

void hf_guard_close(struct hf_guard *guard)
{
    hf_fds_close(&guard->fd);
    if (guard->pid > 0)
        (void)kill(guard->pid, SIGKILL);
    while (guard->pid > 0 && waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    guard->pid = 0;
}
