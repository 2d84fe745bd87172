#include "link/brokers.h"

#include "wire/str.h"

#include <string.h>

static struct hf_str trimmed(const char *text, size_t len)
{
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return (struct hf_str){text, len};
}

/* 0: no port. */
static uint16_t read_port(struct hf_str text)
{
    uint32_t port = 0;
    if (text.len == 0 || text.len > 5)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        port = port * 10 + (uint32_t)(text.data[i] - '0');
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Where the host ends: at the only colon, at the bracket of a v6 address, or at the end. */
static size_t host_length(struct hf_str entry)
{
    const char *colon = memchr(entry.data, ':', entry.len);
    const size_t at = colon != NULL ? (size_t)(colon - entry.data) : entry.len;
    const bool more = colon != NULL && memchr(colon + 1, ':', entry.len - at - 1) != NULL;
    return more ? entry.len : at;
}

static bool read_entry(struct hf_str entry, struct hf_broker *out)
{
    struct hf_str host = entry;
    struct hf_str rest = {entry.data + entry.len, 0};
    if (entry.len > 0 && entry.data[0] == '[') {
        const char *close = memchr(entry.data, ']', entry.len);
        if (close == NULL)
            return false;
        host = (struct hf_str){entry.data + 1, (size_t)(close - entry.data) - 1};
        rest = (struct hf_str){close + 1, entry.len - host.len - 2};
    } else if (entry.len > 0) {
        host.len = host_length(entry);
        rest = (struct hf_str){entry.data + host.len, entry.len - host.len};
    }
    if (rest.len > 0) {
        out->port =
            rest.data[0] == ':' ? read_port((struct hf_str){rest.data + 1, rest.len - 1}) : 0;
        if (out->port == 0)
            return false;
    }
    return host.len > 0 && hf_str_copy(out->host, sizeof out->host, host);
}

enum hf_err hf_brokers_parse(struct hf_brokers *brokers, const char *key, const char *text,
                             uint16_t port, struct hf_fault *fault)
{
    memset(brokers, 0, sizeof *brokers);
    for (;;) {
        const size_t len = strcspn(text, ",");
        const struct hf_str entry = trimmed(text, len);
        if (brokers->count == HF_BROKERS_MAX)
            return hf_fault_set(fault, HF_ERR_INVALID, 0, "%s names more than %d brokers", key,
                                HF_BROKERS_MAX);
        struct hf_broker *broker = &brokers->list[brokers->count];
        broker->port = port;
        if (!read_entry(entry, broker))
            return hf_fault_set(fault, HF_ERR_INVALID, 0,
                                "%s has '%.*s'; expected a name or address, with or "
                                "without :port, and commas between several",
                                key, (int)(entry.len < 80 ? entry.len : 80), entry.data);
        brokers->count++;
        if (text[len] == '\0')
            return HF_ERR_OK;
        text += len + 1;
    }
}

const struct hf_broker *hf_brokers_turn(struct hf_brokers *brokers)
{
    const struct hf_broker *broker = &brokers->list[brokers->next];
    brokers->next = (brokers->next + 1) % brokers->count;
    return broker;
}
