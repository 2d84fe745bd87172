#include "worker/child.h"
#include "worker/fds.h"
#include "worker/monitor_internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* One at a time is under way: there is one thread. */
static struct hf_petition petition;
static struct hf_reply reply;

static struct hf_task *prepare(enum hf_petition_kind kind)
{
    memset(&petition, 0, sizeof petition);
    petition.kind = kind;
    return &petition.task;
}

/* Root's end is ours, as the kernel would say a moment later: no task's, and none is to be told. */
static void leave_when_alone(int fd)
{
    struct pollfd line = {.fd = fd}; /* of nothing else than that it was closed */
    if (poll(&line, 1, 0) > 0)
        _exit(1);
}

static enum hf_err gone(int fd, struct hf_fault *fault)
{
    leave_when_alone(fd);
    return hf_fault_set(fault, HF_ERR_CLOSED, errno, "the monitor is gone");
}

/* What came with the answer is the caller's to close. */
static enum hf_err ask_with(int fd, const struct hf_rights *given, struct hf_rights *got,
                            struct hf_fault *fault)
{
    const struct iovec asked = {&petition, sizeof petition}, answered = {&reply, sizeof reply};
    got->count = 0;
    if (hf_rights_send(fd, &asked, 1, given, 0) != 0 ||
        hf_rights_receive(fd, &answered, 1, got) != (ssize_t)sizeof reply)
        return gone(fd, fault);
    const enum hf_err err = (enum hf_err)reply.err;
    reply.text[sizeof reply.text - 1] = '\0';
    return err == HF_ERR_OK ? err : hf_fault_set(fault, err, reply.raw, "%s", reply.text);
}

static enum hf_err ask(int fd, struct hf_fault *fault)
{
    struct hf_rights rights = {.count = 0};
    const enum hf_err err = ask_with(fd, &rights, &rights, fault);
    hf_rights_drop(&rights);
    return err;
}

void hf_monitor_follow(int fd)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    leave_when_alone(fd);
}

/* --- children --- */

enum hf_err hf_monitor_start(int fd, const struct hf_child_plan *plan, struct hf_brood_child *child,
                             struct hf_fault *fault)
{
    struct hf_rights given = {
        .count = 4, .list = {plan->stdio[1], plan->stdio[2], plan->stdio[3], plan->status_fd}};
    struct hf_rights got;
    if (plan->stdio[0] >= 0)
        given.list[given.count++] = plan->stdio[0];
    *prepare(HF_PETITION_START) = *plan->spec->order;
    petition.slot = plan->spec->slot;
    const enum hf_err err = ask_with(fd, &given, &got, fault);
    if (err == HF_ERR_OK && got.count == 1) {
        *child = (struct hf_brood_child){.pid = reply.pid, .end_fd = got.list[0]};
        return err;
    }
    hf_rights_drop(&got);
    return err == HF_ERR_OK ? gone(fd, fault) : err;
}

void hf_monitor_signal(int fd, const struct hf_brood_child *child, int number)
{
    (void)prepare(HF_PETITION_SIGNAL);
    petition.pid = child->pid;
    petition.number = number;
    (void)ask(fd, NULL);
}

bool hf_monitor_take_end(struct hf_brood_child *child, struct hf_brood_end *end)
{
    const ssize_t got = read(child->end_fd, end, sizeof *end);
    if (got < 0)
        return false; /* it does not block */
    if (got == 0)
        _exit(1); /* as in leave_when_alone() */
    hf_fds_close(&child->end_fd);
    child->pid = 0;
    return true;
}

void hf_monitor_kill(int fd, struct hf_brood_child *child)
{
    hf_monitor_signal(fd, child, HF_PETITION_KILL_AND_WAIT);
    hf_fds_close(&child->end_fd);
    child->pid = 0;
}

void hf_monitor_tidy(int fd, int slot)
{
    (void)prepare(HF_PETITION_TIDY);
    petition.slot = slot;
    (void)ask(fd, NULL);
}

/* --- what root may see, and do --- */

enum hf_err hf_monitor_find(int fd, const char *handler, struct hf_fault *fault)
{
    struct hf_task *task = prepare(HF_PETITION_FIND);
    (void)hf_str_copy(task->handler, sizeof task->handler, hf_str(handler));
    return ask(fd, fault);
}

enum hf_err hf_monitor_settings(int fd, struct hf_fault *fault)
{
    (void)prepare(HF_PETITION_SETTINGS);
    return ask(fd, fault);
}

void hf_monitor_stand(int fd)
{
    (void)prepare(HF_PETITION_STAND);
    (void)ask(fd, NULL);
}

bool hf_monitor_set_clock(int fd, int64_t unix_ms)
{
    (void)prepare(HF_PETITION_CLOCK);
    petition.time_ms = unix_ms;
    const bool done = ask(fd, NULL) == HF_ERR_OK;
    errno = reply.raw;
    return done;
}

void hf_monitor_tell(int fd, enum hf_service_word word)
{
    (void)prepare(HF_PETITION_TELL);
    petition.number = (int32_t)word;
    (void)ask(fd, NULL);
}
