#ifndef HF_INIT_DHCP_H
#define HF_INIT_DHCP_H

#include "init/nic.h"

/*
 * Keeps a network card of the board in an address by DHCP, for ever: in a process of its own, so
 * that it may block. A card that is pulled and plugged in again is asked for anew, as is one whose
 * line comes back. The name servers that it learns stand in /run/resolv.conf, the last lease's
 * where there are several.
 */

/* `name`: the board's, told to the server. `kind`: the first card of it. Never returns. */
_Noreturn void hf_dhcp_keep(const char *name, enum hf_nic_kind kind);

#endif
