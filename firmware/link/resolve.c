#include "link/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void look_up(struct hf_resolve *resolve, const char *host, uint16_t port, int flags)
{
    char service[8];
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    (void)snprintf(service, sizeof service, "%u", port);
    resolve->answer.count = 0;
    resolve->answer.code = getaddrinfo(host, service, &hints, &found);
    if (resolve->answer.code != 0)
        return;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        if (resolve->answer.count == HF_RESOLVE_MAX ||
            at->ai_addrlen > sizeof(struct sockaddr_storage))
            break;
        struct hf_address *to = &resolve->answer.list[resolve->answer.count++];
        to->len = at->ai_addrlen;
        memcpy(&to->storage, at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(found);
}

_Noreturn static void answer_as_child(struct hf_resolve *resolve, const char *host, uint16_t port,
                                      int to)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    look_up(resolve, host, port, 0);
    const char *data = (const char *)&resolve->answer;
    size_t left = sizeof resolve->answer;
    while (left > 0) {
        const ssize_t sent = write(to, data, left);
        if (sent < 0 && errno != EINTR)
            break;
        if (sent > 0) {
            data += sent;
            left -= (size_t)sent;
        }
    }
    _exit(0);
}

enum hf_err hf_resolve_start(struct hf_resolve *resolve, const char *host, uint16_t port,
                             struct hf_fault *fault)
{
    int ends[2];
    memset(resolve, 0, sizeof *resolve);
    resolve->fd = -1;
    look_up(resolve, host, port, AI_NUMERICHOST);
    if (resolve->answer.code == 0 && resolve->answer.count > 0)
        return HF_ERR_OK;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "no pipe to look up %s: %s", host,
                            strerror(errno));
    const pid_t child = fork();
    if (child == 0)
        answer_as_child(resolve, host, port, ends[1]);
    (void)close(ends[1]);
    if (child < 0) {
        (void)close(ends[0]);
        return hf_fault_set(fault, HF_ERR_IO, errno, "no process to look up %s: %s", host,
                            strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    resolve->child = child;
    resolve->fd = ends[0];
    return HF_ERR_OK;
}

static enum hf_err judge(const struct hf_resolve *resolve, const char *host, struct hf_fault *fault)
{
    if (resolve->got != sizeof resolve->answer)
        return hf_fault_set(fault, HF_ERR_RESOLVE, 0, "the look-up of %s ended without an answer",
                            host);
    if (resolve->answer.code != 0 || resolve->answer.count == 0 ||
        resolve->answer.count > HF_RESOLVE_MAX)
        return hf_fault_set(fault, HF_ERR_RESOLVE, resolve->answer.code,
                            "the name %s has no address (%s): is it right, and does this machine "
                            "reach a name server?",
                            host, gai_strerror(resolve->answer.code));
    return HF_ERR_OK;
}

enum hf_err hf_resolve_step(struct hf_resolve *resolve, const char *host, struct hf_fault *fault)
{
    if (resolve->child == 0)
        return HF_ERR_OK; /* it was a numeric address */
    while (resolve->got < sizeof resolve->answer) {
        const ssize_t got = read(resolve->fd, (char *)&resolve->answer + resolve->got,
                                 sizeof resolve->answer - resolve->got);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return HF_ERR_WOULD_READ;
        if (got <= 0)
            break;
        resolve->got += (size_t)got;
    }
    const enum hf_err err = judge(resolve, host, fault);
    hf_resolve_cancel(resolve);
    return err;
}

void hf_resolve_cancel(struct hf_resolve *resolve)
{
    if (resolve->fd >= 0)
        (void)close(resolve->fd);
    resolve->fd = -1;
    if (resolve->child > 0) {
        (void)kill(resolve->child, SIGKILL);
        while (waitpid(resolve->child, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    resolve->child = 0;
}
