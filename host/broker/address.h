#ifndef HF_BROKER_ADDRESS_H
#define HF_BROKER_ADDRESS_H

#include "broker/settings.h"

/*
 * A broker as a person names it: "amqps://host[:port][,host[:port]]...[/vhost]". Pure. Several
 * hosts are the nodes of one cluster. The vhost may have %XX; without one it is "holdfast".
 */

/*
 * Sets host, port and vhost of `out` and nothing else. HF_ERR_INVALID: no such address (also
 * "amqp://", which is not encrypted, and one with a user or password in it); the fault says what
 * was expected. HF_ERR_TOO_LARGE. `out` is then undefined.
 */
enum hf_err hf_address_parse(const char *url, struct hf_broker_settings *out,
                             struct hf_fault *fault);

#endif
