#include "flash/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_FOUND 127

static _Noreturn void become(const struct hf_tool *tool, int out)
{
    char path[PATH_MAX];
    const char *had = getenv("PATH");
    (void)snprintf(path, sizeof path, "%s:/usr/sbin:/sbin", had ? had : "/usr/bin:/bin");
    (void)setenv("PATH", path, 1);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(out >= 0 ? out : nothing, STDOUT_FILENO);
    (void)execvp(tool->words[0], (char *const *)tool->words);
    _exit(errno == ENOENT ? NOT_FOUND : 126);
}

static void take_output(const struct hf_tool *tool, int fd)
{
    char rest[512];
    size_t len = 0;
    for (;;) {
        const bool room = tool->output && len + 1 < tool->size;
        const ssize_t got =
            room ? read(fd, tool->output + len, tool->size - 1 - len) : read(fd, rest, sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        len += room ? (size_t)got : 0;
    }
    if (tool->output && tool->size > 0)
        tool->output[len] = '\0';
}

enum hf_err hf_tool_run(const struct hf_tool *tool, struct hf_fault *fault)
{
    int ends[2] = {-1, -1}, status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "no pipe: %s", strerror(errno));
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0)
        become(tool, ends[1]);
    (void)close(ends[1]);
    take_output(tool, ends[0]);
    (void)close(ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (pid < 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start %s: %s", tool->words[0],
                            strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return HF_ERR_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND && tool->package)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "%s is not installed: apt-get install %s",
                            tool->words[0], tool->package);
    return hf_fault_set(fault, HF_ERR_IO, 0, "%s failed (%s %d); what it said stands above",
                        tool->words[0], WIFEXITED(status) ? "exit" : "signal",
                        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
