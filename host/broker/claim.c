#include "broker/claim.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static size_t find(const struct hf_claims *claims, uint16_t port)
{
    size_t at = 0;
    while (at < claims->count && claims->held[at].port != port)
        at++;
    return at;
}

/* -1 with errno. */
static int take_name(uint16_t port)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int text = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "holdfast.port.%u", port);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)text);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, len) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

bool hf_claim(struct hf_claims *claims, uint16_t port)
{
    if (claims->count == HF_CLAIMS_MAX)
        return false;
    int fd = take_name(port);
    if (fd < 0)
        return errno != EADDRINUSE;
    claims->held[claims->count].port = port;
    claims->held[claims->count++].fd = fd;
    return true;
}

bool hf_claim_is_held(const struct hf_claims *claims, uint16_t port)
{
    return find(claims, port) < claims->count;
}

void hf_claim_release(struct hf_claims *claims, uint16_t port)
{
    size_t at = find(claims, port);
    if (at == claims->count)
        return;
    close(claims->held[at].fd);
    claims->held[at] = claims->held[--claims->count];
}

void hf_claim_release_all(struct hf_claims *claims)
{
    while (claims->count)
        hf_claim_release(claims, claims->held[0].port);
}
