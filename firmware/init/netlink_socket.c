#include "init/netlink_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ROOM     32768 /* an access point's entry has some thousand bytes, a datagram many of them */
#define ANSWER_S 5     /* the kernel answers at once, or is broken */

int hf_netlink_open(int protocol)
{
    const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    const struct timeval limit = {.tv_sec = ANSWER_S};
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

bool hf_netlink_join(int fd, uint32_t group)
{
    return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0;
}

/* True: the answer is over; errno is 0 or why it failed. */
static bool is_last(const struct nlmsghdr *message)
{
    int32_t error = 0;
    if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE)
        return false;
    if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error))
        memcpy(&error, NLMSG_DATA(message), sizeof error);
    errno = error < 0 ? -error : 0;
    return true;
}

static bool send_numbered(int fd, struct hf_netlink *message, uint32_t number)
{
    struct nlmsghdr *head = (struct nlmsghdr *)message->bytes;
    head->nlmsg_seq = number;
    errno = EMSGSIZE;
    return !message->broken && send(fd, message->bytes, message->len, 0) == (ssize_t)message->len;
}

bool hf_netlink_ask(int fd, struct hf_netlink *message, hf_netlink_taker *take, void *context)
{
    static _Alignas(NLMSG_ALIGNTO) uint8_t answer[ROOM];
    static uint32_t number;
    if (!send_numbered(fd, message, ++number))
        return false;
    for (;;) {
        const ssize_t len = recv(fd, answer, sizeof answer, 0);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return false;
        const struct nlmsghdr *part;
        for (size_t at = 0; (part = hf_netlink_part(answer, (size_t)len, &at));) {
            if (part->nlmsg_seq != number)
                continue;
            if (is_last(part))
                return errno == 0;
            if (take)
                take(context, part);
        }
    }
}

bool hf_netlink_tell(int protocol, struct hf_netlink *message)
{
    const int fd = hf_netlink_open(protocol);
    const bool told = fd >= 0 && hf_netlink_ask(fd, message, NULL, NULL);
    const int number = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = number;
    return told;
}

bool hf_netlink_take(int fd, hf_netlink_taker *take, void *context)
{
    static _Alignas(NLMSG_ALIGNTO) uint8_t told[ROOM];
    const ssize_t len = recv(fd, told, sizeof told, MSG_DONTWAIT);
    size_t at = 0;
    const struct nlmsghdr *message = len > 0 ? hf_netlink_part(told, (size_t)len, &at) : NULL;
    if (message)
        take(context, message);
    return message != NULL;
}
