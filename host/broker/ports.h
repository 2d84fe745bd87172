#ifndef HF_BROKER_PORTS_H
#define HF_BROKER_PORTS_H

#include "broker/claim.h"
#include "broker/process.h"
#include "broker/settings.h"

#include <stdint.h>

/*
 * TCP ports of this machine: which are free, and who holds one. Ours stay below 32768, where the
 * kernel's ephemeral ports begin, so that no outgoing connection takes one while the broker is
 * down.
 */

#define HF_PORT_MAX 32767u

struct hf_port_holder {
    pid_t pid; /* 0: somebody listens, but this user may not see who */
    char name[HF_PROCESS_NAME_MAX + 1];
};

/* Whether anybody listens on the port, whatever the address, and who; `holder` may be NULL. */
bool hf_port_held(uint16_t port, struct hf_port_holder *holder);

/*
 * Whether a listener could be opened. HF_ERR_BUSY: somebody has it; the fault names who.
 * HF_ERR_INVALID: the address is no address of this machine. HF_ERR_DENIED: ports below 1024 are
 * not for this user.
 */
enum hf_err hf_port_check(const char *address, uint16_t port, struct hf_fault *fault);

/* Where a port has to be free. */
struct hf_port_place {
    const char (*addresses)[HF_ADDRESS_MAX + 1];
    size_t count;
};

/*
 * The first port from `first` on that is free on all addresses and not claimed, here or elsewhere;
 * `claims` hold it then. HF_ERR_BUSY: none of the next 200 is. HF_ERR_INVALID as above.
 */
enum hf_err hf_port_choose(const struct hf_port_place *place, uint16_t first,
                           struct hf_claims *claims, uint16_t *out, struct hf_fault *fault);

/* Pure: the inode of the first listener on `port` in the text of /proc/net/tcp or tcp6; 0: none. */
unsigned long hf_port_listener_inode(const char *proc_net_tcp, uint16_t port);

#endif
