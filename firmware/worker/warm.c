#include "worker/warm.h"

#include "worker/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
    struct hf_warm_task task;
    int64_t base_bytes; /* of the payload in its file */
};

union rights {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

void hf_warm_init(struct hf_warm *warm)
{
    *warm = (struct hf_warm){.status_fd = -1, .fds = {-1, -1, -1}};
}

void hf_warm_discard(struct hf_warm *warm)
{
    hf_brood_kill(&warm->child);
    hf_fds_close(&warm->status_fd);
    for (size_t i = 0; i < 3; i++)
        hf_fds_close(&warm->fds[i]);
    hf_warm_init(warm);
}

int hf_warm_socket(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
            return 0;
        hf_fds_close(&ends[0]);
        hf_fds_close(&ends[1]);
    }
    ends[0] = ends[1] = -1;
    return -1;
}

/* --- a task --- */

static void attach(struct msghdr *message, union rights *rights, int fd)
{
    memset(rights, 0, sizeof *rights);
    message->msg_control = rights->space;
    message->msg_controllen = sizeof rights->space;
    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(part), &fd, sizeof fd);
}

/* The payload's own descriptor goes: only the child moves its offset, as spools never do. */
int hf_warm_send_task(int fd, const struct hf_warm_task *task, const struct hf_spool *payload)
{
    struct header header = {.task = *task, .base_bytes = payload->base_bytes};
    union rights rights;
    struct iovec part = {&header, sizeof header};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (payload->fd >= 0)
        attach(&message, &rights, payload->fd);
    return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* -1: none came with the message. */
static int attached(struct msghdr *message)
{
    const struct cmsghdr *part = CMSG_FIRSTHDR(message);
    int fd = -1;
    if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(part), sizeof fd);
    return fd;
}

/* An empty payload has no descriptor to be sent. */
static bool place_payload(int fd, int64_t base_bytes, int empty_fd)
{
    if (fd < 0)
        return dup2(empty_fd, STDIN_FILENO) == STDIN_FILENO;
    if (fd > STDIN_FILENO) {
        (void)dup2(fd, STDIN_FILENO);
        (void)close(fd);
    }
    return lseek(STDIN_FILENO, (off_t)base_bytes, SEEK_SET) >= 0;
}

bool hf_warm_next_task(int fd, int empty_fd, struct hf_warm_task *task)
{
    struct header header;
    union rights rights;
    struct iovec part = {&header, sizeof header};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = rights.space,
                             .msg_controllen = sizeof rights.space};
    ssize_t got;
    do {
        got = recvmsg(fd, &message, 0);
    } while (got < 0 && errno == EINTR);
    if (got < (ssize_t)sizeof header)
        return false;
    *task = header.task;
    return place_payload(attached(&message), header.base_bytes, empty_fd);
}

/* --- the report --- */

void hf_warm_send_report(int fd, const struct hf_warm_report *report)
{
    (void)send(fd, report, sizeof *report, MSG_NOSIGNAL); /* a worker that is gone needs none */
}

bool hf_warm_take_report(int fd, struct hf_warm_report *report)
{
    struct hf_warm_report got;
    /* One byte more than it has: word of a failed start is longer, and not for here. */
    if (recv(fd, &got, sizeof got, MSG_PEEK | MSG_TRUNC) != (ssize_t)sizeof got)
        return false;
    return recv(fd, report, sizeof *report, 0) == (ssize_t)sizeof *report;
}
