#ifndef HF_LINK_BROKERS_H
#define HF_LINK_BROKERS_H

#include "wire/fault.h"

#include <stdint.h>

/* The brokers of a setting "host", tried in turn: "name", "name:port", "[v6 address]:port",
 * separated by commas. Pure. */

#define HF_BROKERS_MAX      8
#define HF_BROKERS_HOST_MAX 255 /* bytes, without the final 0 */

struct hf_broker {
    char host[HF_BROKERS_HOST_MAX + 1];
    uint16_t port;
};

struct hf_brokers {
    uint32_t count, next;
    struct hf_broker list[HF_BROKERS_MAX];
};

/* `port` is for those that name none; `key` is what the setting is called. HF_ERR_INVALID: an empty
 * or malformed entry, or too many; the fault quotes it. */
enum hf_err hf_brokers_parse(struct hf_brokers *brokers, const char *key, const char *text,
                             uint16_t port, struct hf_fault *fault);

/* The one to try now; each call moves on to the next, and after the last to the first. */
const struct hf_broker *hf_brokers_turn(struct hf_brokers *brokers);

#endif
