#ifndef HF_BROKER_NODE_PORTS_H
#define HF_BROKER_NODE_PORTS_H

#include "broker/claim.h"
#include "broker/settings.h"
#include "wire/fault.h"

/*
 * Which ports the private node gets, each time that it is started. Boards know the TLS port, so
 * once chosen it is kept, or it is an error. The inner ones (management, distribution, epmd) are
 * known to nobody but this machine: one that somebody has taken while the node was down is chosen
 * anew. They have to be free on every address of the machine, although the node listens on
 * loopback only: RabbitMQ looks at all of them before it starts.
 */

/*
 * Fills in the ports of `settings` that are 0 and those that are to be changed, with the
 * management URL; they stay claimed until `claims` are released, and should be until the node
 * listens. HF_ERR_BUSY: the TLS port is taken, and by whom; or none is free. HF_ERR_INVALID,
 * HF_ERR_DENIED as hf_port_check. After an error the ports of `settings` are undefined.
 */
enum hf_err hf_node_ports_choose(struct hf_broker_settings *settings, struct hf_claims *claims,
                                 struct hf_fault *fault);

#endif
