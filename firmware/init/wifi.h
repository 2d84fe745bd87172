#ifndef HF_INIT_WIFI_H
#define HF_INIT_WIFI_H

/*
 * Keeps the board in a Wi-Fi, for ever: in a process of its own, so that it may block. Joins the
 * best access point of the network (wifi/choice.h), does the handshakes, and joins again when it is
 * lost, with pauses that grow from one second to a minute until a line was good for a minute. What
 * is in the way is said on the console each time. The address is init/dhcp.h's.
 */

/* `file`: the network, wire/network.h. Never returns. */
_Noreturn void hf_wifi_keep(const char *file);

#endif
