#ifndef HF_INIT_NETLINK_SOCKET_H
#define HF_INIT_NETLINK_SOCKET_H

#include "wifi/netlink.h"

/* Conversations with the kernel over netlink. Functions that return false leave the reason in
 * errno. */

typedef void hf_netlink_taker(void *context, const struct nlmsghdr *message);

/* A socket for `protocol` (NETLINK_GENERIC), closed by close(); -1: errno says why. */
int hf_netlink_open(int protocol);

/* Hears what is told to that group. */
bool hf_netlink_join(int fd, uint32_t group);

/* Sends it, numbered, and waits for the end of its answer, each part of which `take` gets (NULL:
 * nobody). What comes late of an earlier one is passed over. */
bool hf_netlink_ask(int fd, struct hf_netlink *message, hf_netlink_taker *take, void *context);

/* The same over a socket of its own, for what has no answer but yes and no. */
bool hf_netlink_tell(int protocol, struct hf_netlink *message);

/* One message of a group that was joined; never blocks. False: there is none. */
bool hf_netlink_take(int fd, hf_netlink_taker *take, void *context);

#endif
