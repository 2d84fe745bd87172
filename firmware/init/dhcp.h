#ifndef HF_INIT_DHCP_H
#define HF_INIT_DHCP_H

#include "init/nic.h"

/*
 * Keeps a network card of the board in an address by DHCP, for ever: in a process of its own, so
 * that it may block. A card that is pulled and plugged in again is asked for anew, as is one whose
 * line comes back; an address is not kept longer than its lease lasts. What it learns of name
 * servers is init/resolv.h's while there is a line.
 */

/* `name`: the board's, told to the server. `kind`: the first card of it. Never returns. */
_Noreturn void hf_dhcp_keep(const char *name, enum hf_nic_kind kind);

#endif
