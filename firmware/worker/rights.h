#ifndef HF_WORKER_RIGHTS_H
#define HF_WORKER_RIGHTS_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Messages of a socket of whole messages, with descriptors that go along (SCM_RIGHTS). */

#define HF_RIGHTS_MAX 5

struct hf_rights {
    int count;
    int list[HF_RIGHTS_MAX];
};

/* 0, or -1 with errno. `flags` as sendmsg() has them; SIGPIPE is none. */
int hf_rights_send(int fd, const struct iovec *parts, uint8_t count, const struct hf_rights *rights,
                   int flags);

/* Waits. Bytes of the message; 0: the other side is gone; -1 with errno. What came along is
 * close-on-exec, and the caller's; more than there is room for is closed. */
ssize_t hf_rights_receive(int fd, const struct iovec *parts, uint8_t count,
                          struct hf_rights *rights);

void hf_rights_drop(struct hf_rights *rights); /* closes them */

#endif
