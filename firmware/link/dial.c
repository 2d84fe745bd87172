#include "link/dial.h"

#include "link/clock.h"
#include "wire/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRY_MS_MIN 1000 /* a share of the time below this is no try, unless no more is left */

enum hf_err hf_dial_start(struct hf_dial *dial, const char *host, uint16_t port, int64_t now_ms,
                          uint32_t resolve_ms, uint32_t connect_ms, struct hf_fault *fault)
{
    memset(dial, 0, sizeof *dial);
    dial->fd = -1;
    dial->resolve.fd = -1;
    if (host == NULL || host[0] == '\0' ||
        !hf_str_copy(dial->host, sizeof dial->host, hf_str(host)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "a host name has 1 to %d bytes",
                            HF_DIAL_HOST_MAX);
    dial->port = port;
    dial->connect_ms = connect_ms;
    dial->deadline_ms = now_ms + resolve_ms;
    dial->end_ms = dial->deadline_ms + connect_ms;
    const enum hf_err err = hf_resolve_start(&dial->resolve, host, port, &dial->last);
    dial->phase = HF_DIAL_RESOLVING;
    if (dial->resolve.child == 0)
        dial->deadline_ms = now_ms; /* nothing to wait for: step at once */
    if (err == HF_ERR_OK)
        return HF_ERR_OK;
    dial->phase = HF_DIAL_CONNECTING; /* the first step finds no address and tells why */
    dial->resolve.answer.count = 0;
    if (fault != NULL)
        *fault = dial->last;
    return err;
}

static void address_text(const struct hf_address *address, char *out, size_t size)
{
    const void *bytes =
        address->storage.ss_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)&address->storage)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)&address->storage)->sin_addr;
    if (inet_ntop(address->storage.ss_family, bytes, out, (socklen_t)size) == NULL)
        (void)snprintf(out, size, "?");
}

static void note_failure(struct hf_dial *dial, int number)
{
    char address[64];
    address_text(&dial->resolve.answer.list[dial->next - 1], address, sizeof address);
    const enum hf_err err = number == ETIMEDOUT      ? HF_ERR_TIMED_OUT
                            : number == ECONNREFUSED ? HF_ERR_REFUSED
                                                     : HF_ERR_UNREACHABLE;
    (void)hf_fault_set(&dial->last, err, number, "cannot reach %s port %u (address %s): %s%s",
                       dial->host, dial->port, address, strerror(number),
                       err == HF_ERR_REFUSED ? "; is the broker up, and this its port?" : "");
    if (dial->fd >= 0)
        (void)close(dial->fd);
    dial->fd = -1;
}

static void set_options(int fd)
{
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/* An equal share of the time that is left, for each address that is left. */
static int64_t try_deadline(const struct hf_dial *dial, int64_t now_ms)
{
    const int64_t left_ms = dial->end_ms > now_ms ? dial->end_ms - now_ms : 0;
    const int64_t share_ms = left_ms / (dial->resolve.answer.count - dial->next);
    if (share_ms >= TRY_MS_MIN)
        return now_ms + share_ms;
    return now_ms + (left_ms < TRY_MS_MIN ? left_ms : TRY_MS_MIN);
}

/* Begins a try at the next address; false when none is left. */
static bool try_next(struct hf_dial *dial, int64_t now_ms)
{
    while (dial->next < dial->resolve.answer.count) {
        dial->deadline_ms = try_deadline(dial, now_ms);
        const struct hf_address *address = &dial->resolve.answer.list[dial->next++];
        dial->fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          IPPROTO_TCP);
        if (dial->fd >= 0) {
            set_options(dial->fd);
            if (connect(dial->fd, (const struct sockaddr *)&address->storage, address->len) == 0 ||
                errno == EINPROGRESS)
                return true;
        }
        note_failure(dial, errno);
    }
    return false;
}

/* 0: connected. EINPROGRESS: not yet. Else why it failed. */
static int try_result(const struct hf_dial *dial, int64_t now_ms)
{
    struct pollfd ready = {.fd = dial->fd, .events = POLLOUT};
    int number = 0;
    socklen_t len = sizeof number;
    if (poll(&ready, 1, 0) <= 0)
        return now_ms >= dial->deadline_ms ? ETIMEDOUT : EINPROGRESS;
    if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0)
        return errno;
    return number;
}

static enum hf_err step_connect(struct hf_dial *dial, int64_t now_ms, int *fd,
                                struct hf_fault *fault)
{
    while (dial->fd >= 0 || try_next(dial, now_ms)) {
        const int number = try_result(dial, now_ms);
        if (number == EINPROGRESS)
            return HF_ERR_WOULD_READ;
        if (number == 0) {
            *fd = dial->fd;
            dial->fd = -1;
            dial->phase = HF_DIAL_IDLE;
            return HF_ERR_OK;
        }
        note_failure(dial, number);
    }
    dial->phase = HF_DIAL_IDLE;
    if (fault != NULL)
        *fault = dial->last;
    return dial->last.err;
}

enum hf_err hf_dial_step(struct hf_dial *dial, int64_t now_ms, int *fd, struct hf_fault *fault)
{
    if (dial->phase == HF_DIAL_RESOLVING) {
        enum hf_err err = hf_resolve_step(&dial->resolve, dial->host, fault);
        if (err == HF_ERR_WOULD_READ && now_ms >= dial->deadline_ms)
            err = hf_fault_set(fault, HF_ERR_TIMED_OUT, 0,
                               "no name server said in time what address %s has", dial->host);
        if (err != HF_ERR_OK) {
            if (err != HF_ERR_WOULD_READ)
                hf_dial_cancel(dial);
            return err;
        }
        dial->phase = HF_DIAL_CONNECTING;
        if (dial->end_ms > now_ms + dial->connect_ms)
            dial->end_ms = now_ms + dial->connect_ms;
    }
    if (dial->phase == HF_DIAL_CONNECTING)
        return step_connect(dial, now_ms, fd, fault);
    return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "no connection was begun");
}

void hf_dial_pollfd(const struct hf_dial *dial, struct pollfd *out)
{
    const bool resolving = dial->phase == HF_DIAL_RESOLVING;
    out->fd = resolving ? dial->resolve.fd : dial->fd;
    out->events = resolving ? POLLIN : POLLOUT;
    out->revents = 0;
}

int64_t hf_dial_deadline(const struct hf_dial *dial)
{
    return dial->phase == HF_DIAL_IDLE ? INT64_MAX : dial->deadline_ms;
}

void hf_dial_cancel(struct hf_dial *dial)
{
    hf_resolve_cancel(&dial->resolve);
    if (dial->fd >= 0)
        (void)close(dial->fd);
    dial->fd = -1;
    dial->phase = HF_DIAL_IDLE;
}

enum hf_err hf_dial_wait(const char *host, uint16_t port, uint32_t most_ms, int *fd,
                         struct hf_fault *fault)
{
    struct hf_dial dial;
    int64_t now_ms = hf_clock_mono_ms();
    enum hf_err err = hf_dial_start(&dial, host, port, now_ms, most_ms, most_ms, fault);
    if (err != HF_ERR_OK)
        return err;
    dial.end_ms = now_ms + most_ms;
    while ((err = hf_dial_step(&dial, now_ms, fd, fault)) == HF_ERR_WOULD_READ) {
        struct pollfd ready;
        const int64_t left_ms = hf_dial_deadline(&dial) - hf_clock_mono_ms();
        hf_dial_pollfd(&dial, &ready);
        if (left_ms > 0)
            (void)poll(&ready, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
        now_ms = hf_clock_mono_ms();
    }
    hf_dial_cancel(&dial);
    return err;
}

void hf_dial_address(int fd, char *out, size_t size)
{
    struct hf_address peer = {.len = sizeof peer.storage};
    out[0] = '\0';
    if (getpeername(fd, (struct sockaddr *)&peer.storage, &peer.len) == 0)
        address_text(&peer, out, size);
}

void hf_dial_limit_silence(int fd, uint32_t ms)
{
    const unsigned user_timeout = ms;
    const int probes = 3;
    const int every_s = ms / 4000 > 0 ? (int)(ms / 4000) : 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout, sizeof user_timeout);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &every_s, sizeof every_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every_s, sizeof every_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}
