#ifndef HF_INIT_RESOLV_H
#define HF_INIT_RESOLV_H

#include "init/nic.h"

/*
 * The name servers that the board asks, in /run/resolv.conf: the cable's while there are any, else
 * the Wi-Fi's. They are not asked together, for each may know names that the other denies. Kinds
 * may be told of by processes of their own.
 */

/* `dns`: of cards of that kind from now on; NULL: none, their line is lost. */
void hf_resolv_set(enum hf_nic_kind kind, const uint32_t dns[HF_NIC_DNS_MAX]);

#endif
