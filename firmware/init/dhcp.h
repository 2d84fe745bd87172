#ifndef HF_INIT_DHCP_H
#define HF_INIT_DHCP_H

/*
 * Keeps the board's network card in an address by DHCP, for ever: in a process of its own, so that
 * it may block. A card that is pulled and plugged in again is asked for anew, as is one whose cable
 * comes back. The name servers that it learns stand in /run/resolv.conf.
 */

/* `name`: the board's, told to the server. Never returns. */
_Noreturn void hf_dhcp_keep(const char *name);

#endif
