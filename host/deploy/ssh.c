#include "deploy/ssh.h"

#include "deploy/advice.h"
#include "deploy/script.h"
#include "home/file.h"
#include "wire/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX (2 * HF_SSH_OPTIONS_MAX + 24)
#define STEP_MS       200
#define GONE          255 /* ssh's own exit code for its own failures */

enum hf_err hf_ssh_open(struct hf_ssh *ssh, const char *target, const char *const *options,
                        struct hf_fault *fault)
{
    *ssh = (struct hf_ssh){.target = target, .options = options};
    bool fit = target[0] != '\0' && target[0] != '-';
    for (const char *at = target; *at; at++)
        fit = fit && isgraph((unsigned char)*at);
    if (!fit)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is no address for ssh: expected USER@HOST", target);
    (void)snprintf(ssh->folder, sizeof ssh->folder, "/tmp/holdfast-ssh-XXXXXX");
    if (!mkdtemp(ssh->folder)) {
        ssh->folder[0] = '\0';
        return hf_fault_set(fault, HF_ERR_IO, errno, "no folder in /tmp: %s", strerror(errno));
    }
    return HF_ERR_OK;
}

/* The script and its words as one line for the shell at the other side; the caller frees it. */
static char *remote_line(const struct hf_ssh *ssh, const struct hf_ssh_call *call)
{
    char *line = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&line, &len);
    if (!to)
        return NULL;
    fputs(ssh->sudo ? "sudo -n sh -c '" : "sh -c '", to);
    for (const char *at = hf_deploy_script; *at; at++) {
        if (*at == '\'')
            fputs("'\\''", to);
        else
            fputc(*at, to);
    }
    fputs("' holdfast", to);
    for (size_t i = 0; call->words[i]; i++)
        fprintf(to, " '%s'", call->words[i]);
    if (fclose(to) != 0) {
        free(line);
        line = NULL;
    }
    return line;
}

static void become_ssh(const struct hf_ssh *ssh, const char *line, const int *pipes)
{
    char path[128];
    const char *words[ARGUMENTS_MAX] = {"ssh", "-T"};
    size_t count = 2;
    for (size_t i = 0; ssh->options && ssh->options[i] && i < HF_SSH_OPTIONS_MAX; i++) {
        words[count++] = "-o"; /* the user's first: of two ssh takes the first */
        words[count++] = ssh->options[i];
    }
    (void)snprintf(path, sizeof path, "ControlPath=%s/s", ssh->folder);
    const char *const ours[] = {"ConnectTimeout=15", "ControlMaster=auto", "ControlPersist=60",
                                path, ssh->batch ? "BatchMode=yes" : NULL};
    for (size_t i = 0; i < sizeof ours / sizeof *ours && ours[i]; i++) {
        words[count++] = "-o";
        words[count++] = ours[i];
    }
    words[count++] = "--";
    words[count++] = ssh->target;
    words[count++] = line;
    for (int fd = 0; fd < 3; fd++)
        (void)dup2(pipes[fd], fd);
    (void)execvp("ssh", (char *const *)words);
    dprintf(STDERR_FILENO, "ssh cannot be started: %s\n", strerror(errno));
    _exit(GONE);
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct flow {
    struct hf_ssh_call *call;
    int in, out, err; /* our ends; -1: closed */
    size_t sent, kept;
};

static void shut(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void send_some(struct flow *flow)
{
    const char *input = flow->call->input;
    const size_t left = flow->call->input_len - flow->sent;
    const ssize_t sent = left > 0 ? write(flow->in, input + flow->sent, left) : 0;
    if (sent > 0)
        flow->sent += (size_t)sent;
    if (flow->sent == flow->call->input_len || (sent < 0 && errno != EAGAIN && errno != EINTR))
        shut(&flow->in);
}

static void take_output(struct flow *flow)
{
    char more[4096];
    const ssize_t got = read(flow->out, more, sizeof more);
    if (got <= 0)
        shut(&flow->out);
    for (ssize_t i = 0; i < got && flow->kept < HF_SSH_OUTPUT_MAX; i++)
        flow->call->output[flow->kept++] = more[i];
    flow->call->output[flow->kept] = '\0';
}

/* The end of what comes is kept: there ssh and the script say why they end. */
static void take_trouble(struct flow *flow)
{
    char *text = flow->call->trouble, more[sizeof flow->call->trouble];
    const ssize_t got = read(flow->err, more, sizeof more - 1);
    if (got <= 0) {
        shut(&flow->err);
        return;
    }
    size_t used = strlen(text), len = (size_t)got;
    if (used + len > sizeof more - 1) {
        const size_t cut = used + len - (sizeof more - 1);
        memmove(text, text + cut, used - (cut < used ? cut : used));
        used -= cut < used ? cut : used;
    }
    memcpy(text + used, more, len);
    text[used + len] = '\0';
}

static enum hf_err carry(struct flow *flow, const struct hf_ssh *ssh, struct hf_fault *fault)
{
    const int64_t end_ms = now_ms() + flow->call->limit_ms;
    while (flow->out >= 0 || flow->err >= 0) {
        struct pollfd fds[] = {{.fd = flow->in, .events = POLLOUT},
                               {.fd = flow->out, .events = POLLIN},
                               {.fd = flow->err, .events = POLLIN}};
        if (ssh->stopped && ssh->stopped())
            return hf_fault_set(fault, HF_ERR_INTERRUPTED, 0, "%s was being spoken to",
                                ssh->target);
        if (now_ms() > end_ms)
            return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "%s did not answer within %d s",
                                ssh->target, (int)(flow->call->limit_ms / 1000));
        if (poll(fds, 3, STEP_MS) <= 0)
            continue;
        if (fds[0].revents)
            send_some(flow);
        if (fds[1].revents)
            take_output(flow);
        if (fds[2].revents)
            take_trouble(flow);
    }
    return HF_ERR_OK;
}

static void clean(struct hf_ssh_call *call)
{
    char *text = call->trouble;
    size_t len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    hf_utf8_clean(text, true);
    for (char *at = text; *at; at++)
        if (*at == '\n')
            *at = ' ';
}

static enum hf_err judge(struct hf_ssh *ssh, struct hf_ssh_call *call, struct hf_fault *fault)
{
    char said[HF_ADVICE_MAX];
    if (call->exit_code == 0)
        return HF_ERR_OK;
    hf_advice_add(ssh->target, call->trouble[0] ? call->trouble : "it said nothing", said);
    if (call->exit_code == GONE)
        return hf_fault_set(fault, HF_ERR_IO, GONE, "ssh %s: %s", ssh->target, said);
    return hf_fault_set(fault, HF_ERR_IO, call->exit_code, "%s", said);
}

/* The shared connection outlives the call and holds no pipe of it: ssh's master closes stderr. */
static enum hf_err start(const struct hf_ssh *ssh, const char *line, struct flow *flow, pid_t *pid,
                         struct hf_fault *fault)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
    *pid = -1;
    if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0)
        *pid = fork();
    if (*pid == 0)
        become_ssh(ssh, line, (const int[]){in[0], out[1], err[1]});
    const int number = errno;
    shut(&in[0]);
    shut(&out[1]);
    shut(&err[1]);
    flow->in = in[1];
    flow->out = out[0];
    flow->err = err[0];
    if (*pid < 0)
        return hf_fault_set(fault, HF_ERR_IO, number, "ssh cannot be started: %s",
                            strerror(number));
    (void)fcntl(flow->in, F_SETFL, O_NONBLOCK);
    return HF_ERR_OK;
}

enum hf_err hf_ssh_run(struct hf_ssh *ssh, struct hf_ssh_call *call, struct hf_fault *fault)
{
    struct flow flow = {.call = call, .in = -1, .out = -1, .err = -1};
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int status = 0;
    pid_t pid = -1;
    call->output[0] = call->trouble[0] = '\0';
    char *line = remote_line(ssh, call);
    enum hf_err err = line ? start(ssh, line, &flow, &pid, fault)
                           : hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory");
    if (!err)
        err = carry(&flow, ssh, fault);
    if (pid > 0 && err)
        (void)kill(pid, SIGKILL);
    shut(&flow.in);
    shut(&flow.out);
    shut(&flow.err);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)signal(SIGPIPE, before);
    free(line);
    if (err != HF_ERR_OK)
        return err;
    clean(call);
    call->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : GONE;
    return judge(ssh, call, fault);
}

void hf_ssh_close(struct hf_ssh *ssh)
{
    char path[128];
    if (ssh->folder[0] == '\0')
        return;
    (void)snprintf(path, sizeof path, "ControlPath=%s/s", ssh->folder);
    const pid_t pid = fork();
    if (pid == 0) {
        const int nothing = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
            (void)dup2(nothing, fd);
        (void)execlp("ssh", "ssh", "-o", path, "-O", "exit", "--", ssh->target, (char *)NULL);
        _exit(GONE);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    (void)hf_file_remove_tree(ssh->folder, NULL);
    ssh->folder[0] = '\0';
}
