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
 * Claims the TLS port that boards know already, if there is one: to be called while an old node
 * still listens on it, so that nobody chooses it in the moment when it does not. Waits a second for
 * somebody who only looks whether it is free. HF_ERR_BUSY: another `up` is about to use it.
 */
enum hf_err hf_node_ports_keep(const struct hf_broker_settings *settings, struct hf_claims *claims,
                               struct hf_fault *fault);

/*
 * Fills in the ports of `settings` that are 0 and those that are to be changed, with the
 * management URL; they stay claimed until `claims` are released, and should be until the node
 * listens. HF_ERR_BUSY: the TLS port is taken, and by whom; or none is free. HF_ERR_INVALID,
 * HF_ERR_DENIED as hf_port_check. After an error the ports of `settings` are undefined.
 */
enum hf_err hf_node_ports_choose(struct hf_broker_settings *settings, struct hf_claims *claims,
                                 struct hf_fault *fault);

#endif
