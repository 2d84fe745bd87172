#include "manager/serve_hook.h"

#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool hf_hook_is_busy(const struct hf_hook *hook)
{
    return hook->pid != 0;
}

static void become(const struct hf_hook *hook, const struct hf_hook_facts *facts, int in)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    dup2(in, STDIN_FILENO);
    for (size_t i = 0; facts->vars[i]; i++)
        (void)putenv((char *)(uintptr_t)facts->vars[i]);
    execl("/bin/sh", "sh", "-c", hook->command, (char *)NULL);
    _exit(127);
}

/* JSON of a line fits into a pipe, so it is there before anybody reads it. */
static enum hf_err fill_pipe(int out, const char *json, struct hf_fault *fault)
{
    size_t len = strlen(json);
    if (write(out, json, len) != (ssize_t)len || write(out, "\n", 1) != 1)
        return hf_file_fault(fault, errno, "cannot write to", "the hook");
    return HF_ERR_OK;
}

enum hf_err hf_hook_start(struct hf_hook *hook, const struct hf_hook_facts *facts, int64_t now_ms,
                          struct hf_fault *fault)
{
    int ends[2];
    if (hook->pid != 0)
        return hf_fault_set(fault, HF_ERR_BUSY, 0, "the hook still runs");
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hf_file_fault(fault, errno, "cannot make a pipe for", "the hook");
    enum hf_err err = fill_pipe(ends[1], facts->json, fault);
    close(ends[1]);
    pid_t pid = err == HF_ERR_OK ? fork() : 0;
    if (err == HF_ERR_OK && pid == 0)
        become(hook, facts, ends[0]);
    close(ends[0]);
    if (err != HF_ERR_OK)
        return err;
    if (pid < 0)
        return hf_file_fault(fault, errno, "cannot start", "the hook");
    (void)setpgid(pid, pid);
    hook->pid = pid;
    hook->killed = false;
    hook->end_ms = now_ms + HF_HOOK_MS;
    return HF_ERR_OK;
}

bool hf_hook_is_over(struct hf_hook *hook, int64_t now_ms, int *code)
{
    int status = 0;
    if (hook->pid == 0)
        return false;
    pid_t pid = waitpid(hook->pid, &status, WNOHANG);
    if (pid == 0) {
        if (now_ms >= hook->end_ms && !hook->killed)
            hook->killed = kill(-hook->pid, SIGKILL) == 0;
        return false;
    }
    hook->pid = 0;
    *code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

void hf_hook_stop(struct hf_hook *hook)
{
    if (hook->pid == 0)
        return;
    (void)kill(-hook->pid, SIGKILL);
    (void)waitpid(hook->pid, NULL, 0);
    hook->pid = 0;
}
