#ifndef HF_BROKER_LISTEN_H
#define HF_BROKER_LISTEN_H

#include "broker/settings.h"
#include "pki/names.h"

/* The addresses a private broker listens on. */

/*
 * Replaces the list in `node` by `wanted`: addresses in their usual spelling, each once. Loopback
 * (127.0.0.1) is always among them, since the manager connects there, unless a wildcard covers it;
 * wildcards (0.0.0.0, ::) leave no others. HF_ERR_INVALID: no IP address. HF_ERR_TOO_LARGE.
 */
enum hf_err hf_listen_set(struct hf_node_settings *node, const char *const *wanted, size_t count,
                          struct hf_fault *fault);

/* How this machine itself reaches what listens there: 127.0.0.1, or ::1 when only :: is listed. */
const char *hf_listen_local_host(const struct hf_node_settings *node);

bool hf_listen_is_loopback(const char *address);
bool hf_listen_is_wildcard(const char *address);

/*
 * What boards are to connect to: the first address that is not loopback, for a wildcard the first
 * such address of `machine`. NULL when only this machine can connect. A view into the arguments.
 */
const char *hf_listen_public_host(const struct hf_node_settings *node,
                                  const struct hf_pki_names *machine);

#endif
