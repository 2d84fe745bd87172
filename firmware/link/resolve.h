#ifndef HF_LINK_RESOLVE_H
#define HF_LINK_RESOLVE_H

#include "wire/fault.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * A host name's addresses without ever blocking the caller. getaddrinfo() can take minutes and
 * cannot be stopped, so a short-lived child process runs it and its answer is read from a pipe;
 * whoever loses patience ends the child. A numeric address needs no child.
 */

#define HF_RESOLVE_MAX 8 /* addresses that are kept, in the order the system prefers */

struct hf_address {
    socklen_t len;
    struct sockaddr_storage storage;
};

struct hf_resolve {
    int fd;      /* to poll for POLLIN; -1: done or not started */
    pid_t child; /* 0: none */
    size_t got;  /* bytes of the answer so far */
    struct {
        int32_t code; /* of getaddrinfo */
        uint32_t count;
        struct hf_address list[HF_RESOLVE_MAX];
    } answer;
};

/* Begins. HF_ERR_IO: no pipe or no process. On any error nothing is left to cancel. */
enum hf_err hf_resolve_start(struct hf_resolve *resolve, const char *host, uint16_t port,
                             struct hf_fault *fault);

/* HF_OK: answer.list holds answer.count (at least 1) addresses. HF_ERR_WOULD_READ: not yet.
 * HF_ERR_RESOLVE: no such name, or no name server answers. */
enum hf_err hf_resolve_step(struct hf_resolve *resolve, const char *host, struct hf_fault *fault);

/* Ends the child if there is one. Harmless at any time after hf_resolve_start. */
void hf_resolve_cancel(struct hf_resolve *resolve);

#endif
