#include "worker/rights.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union room {
    struct cmsghdr header;
    char space[CMSG_SPACE(HF_RIGHTS_MAX * sizeof(int))];
};

/* To the byte: into what CMSG_SPACE rounds it up to, the kernel would put one descriptor more. */
static struct msghdr message_of(const struct iovec *parts, uint8_t count, union room *room)
{
    memset(room, 0, sizeof *room);
    return (struct msghdr){.msg_iov = (struct iovec *)(uintptr_t)parts,
                           .msg_iovlen = count,
                           .msg_control = room->space,
                           .msg_controllen = CMSG_LEN(HF_RIGHTS_MAX * sizeof(int))};
}

int hf_rights_send(int fd, const struct iovec *parts, uint8_t count, const struct hf_rights *rights,
                   int flags)
{
    union room room;
    struct msghdr message = message_of(parts, count, &room);
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    const size_t bytes = (size_t)rights->count * sizeof *rights->list;
    ssize_t sent;
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = (socklen_t)CMSG_LEN(bytes); /* size_t in glibc */
    memcpy(CMSG_DATA(part), rights->list, bytes);
    message.msg_controllen = bytes > 0 ? (socklen_t)CMSG_SPACE(bytes) : 0;
    do {
        sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

ssize_t hf_rights_receive(int fd, const struct iovec *parts, uint8_t count,
                          struct hf_rights *rights)
{
    union room room;
    struct msghdr message = message_of(parts, count, &room);
    ssize_t got;
    do {
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    const struct cmsghdr *part = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
    rights->count = 0;
    if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
        const size_t bytes = part->cmsg_len - CMSG_LEN(0);
        rights->count = (int)(bytes / sizeof *rights->list);
        memcpy(rights->list, CMSG_DATA(part), bytes);
    }
    return got;
}

void hf_rights_drop(struct hf_rights *rights)
{
    while (rights->count > 0)
        (void)close(rights->list[--rights->count]);
}
