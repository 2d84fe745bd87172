#ifndef HF_LINK_DIAL_H
#define HF_LINK_DIAL_H

#include "link/resolve.h"
#include "wire/fault.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * From a host name to a connected TCP socket, step by step from a poll() loop. Each address of the
 * name is tried in turn with its share of the time; what was tried is told in the fault.
 */

#define HF_DIAL_HOST_MAX 255 /* bytes, without the final 0 */

struct hf_dial {
    char host[HF_DIAL_HOST_MAX + 1];
    uint16_t port;
    uint32_t connect_ms;
    struct hf_resolve resolve;
    uint32_t next;       /* index of the address after the one that is tried now */
    int fd;              /* of the try under way; -1: none */
    int64_t deadline_ms; /* of the look-up, then of the try under way */
    int64_t end_ms;      /* of everything */
    enum { HF_DIAL_IDLE, HF_DIAL_RESOLVING, HF_DIAL_CONNECTING } phase;
    struct hf_fault last; /* why the last try failed */
};

/* Begins: at most `resolve_ms` for the name and `connect_ms` for all its addresses together.
 * HF_ERR_INVALID (no host, or too long), HF_ERR_IO. */
enum hf_err hf_dial_start(struct hf_dial *dial, const char *host, uint16_t port, int64_t now_ms,
                          uint32_t resolve_ms, uint32_t connect_ms, struct hf_fault *fault);

/*
 * HF_OK: `*fd` is connected, non-blocking, close-on-exec, with TCP_NODELAY and keepalive, and the
 * caller's. HF_ERR_WOULD_READ: under way. HF_ERR_RESOLVE, HF_ERR_TIMED_OUT, HF_ERR_REFUSED,
 * HF_ERR_UNREACHABLE: over.
 */
enum hf_err hf_dial_step(struct hf_dial *dial, int64_t now_ms, int *fd, struct hf_fault *fault);

void hf_dial_pollfd(const struct hf_dial *dial, struct pollfd *out);
int64_t hf_dial_deadline(const struct hf_dial *dial);

/* Lets go of everything. Harmless at any time after hf_dial_start. */
void hf_dial_cancel(struct hf_dial *dial);

/* The same for a caller without a loop: blocks until connected or `most_ms` have passed, name and
 * connection together. HF_OK and `*fd`, or any error of the above. */
enum hf_err hf_dial_wait(const char *host, uint16_t port, uint32_t most_ms, int *fd,
                         struct hf_fault *fault);

/* The address that was reached, as text ("192.0.2.1", "2001:db8::1"); `out` has `size` bytes. */
void hf_dial_address(int fd, char *out, size_t size);

/* Ends a connection whose sent bytes stay unacknowledged, or that is silent while idle, for about
 * `ms` (TCP_USER_TIMEOUT, keepalive). */
void hf_dial_limit_silence(int fd, uint32_t ms);

#endif
