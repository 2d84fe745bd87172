#ifndef HF_BROKER_CLAIM_H
#define HF_BROKER_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Ports that one `up` is about to use. Seconds pass between the choice of a port and the broker's
 * listening on it; a claim keeps every other `up` of this machine from the same choice meanwhile.
 *
 * A claim is a name in the kernel's abstract socket namespace. It lasts until it is released or
 * this process ends, however that happens, so none is ever stale; and it goes as far as ports do:
 * to the end of the network namespace. Nobody else is bound by it: that the port is free has to be
 * looked at besides, after it is claimed.
 */

#define HF_CLAIMS_MAX 4 /* the ports of a node */

/* Empty when zeroed. */
struct hf_claims {
    size_t count;
    struct {
        uint16_t port;
        int fd;
    } held[HF_CLAIMS_MAX];
};

/*
 * False: it is claimed, here or by another process, or HF_CLAIMS_MAX are held. True, and nothing
 * held, when the kernel gives us no such socket: a claim is a courtesy, not a need.
 */
bool hf_claim(struct hf_claims *claims, uint16_t port);

bool hf_claim_is_held(const struct hf_claims *claims, uint16_t port);

/* Gives one back; nothing happens when it is not held. */
void hf_claim_release(struct hf_claims *claims, uint16_t port);

void hf_claim_release_all(struct hf_claims *claims);

#endif
