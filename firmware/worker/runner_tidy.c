#include "worker/child.h"
#include "worker/runner_internal.h"
#include "worker/sweep.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_empty(const char *folder)
{
    const int fd = hf_sweep_open(folder);
    const bool empty = fd < 0 || hf_sweep_is_empty(fd);
    if (fd >= 0)
        (void)close(fd);
    return empty;
}

void hf_runner_tidy(struct hf_runner *runner)
{
    const pid_t parent = getpid();
    if (runner->work_folder[0] == '\0' || runner->tidier != 0 || is_empty(runner->work_folder))
        return;
    const pid_t pid = fork();
    if (pid == 0)
        hf_child_tidy(runner->confine, runner->slot, runner->work_folder, parent);
    if (pid > 0)
        runner->tidier = pid;
}

void hf_runner_reap_tidier(struct hf_runner *runner)
{
    if (runner->tidier != 0 && waitpid(runner->tidier, NULL, WNOHANG) != 0)
        runner->tidier = 0;
}

void hf_runner_await_tidier(struct hf_runner *runner)
{
    while (runner->tidier != 0 && waitpid(runner->tidier, NULL, 0) < 0 && errno == EINTR)
        continue;
    runner->tidier = 0;
}
