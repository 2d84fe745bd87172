#include "broker/listen.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LOOPBACK "127.0.0.1"
#define ANY_IPV4 "0.0.0.0"
#define ANY_IPV6 "::"

bool hf_listen_is_wildcard(const char *address)
{
    return strcmp(address, ANY_IPV4) == 0 || strcmp(address, ANY_IPV6) == 0;
}

bool hf_listen_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "localhost") == 0;
}

static bool usual_spelling(const char *text, char out[HF_ADDRESS_MAX + 1])
{
    unsigned char address[16];
    int family = AF_INET;
    if (inet_pton(AF_INET, text, address) != 1) {
        family = AF_INET6;
        if (inet_pton(AF_INET6, text, address) != 1)
            return false;
    }
    return inet_ntop(family, address, out, HF_ADDRESS_MAX + 1);
}

static bool has(const struct hf_node_settings *node, const char *address)
{
    for (size_t i = 0; i < node->listen_count; i++)
        if (strcmp(node->listen[i], address) == 0)
            return true;
    return false;
}

static enum hf_err add(struct hf_node_settings *node, const char *text, struct hf_fault *fault)
{
    char address[HF_ADDRESS_MAX + 1];
    if (!usual_spelling(text, address))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "cannot listen on \"%s\": give an IPv4 or IPv6 address of this "
                            "machine, or 0.0.0.0 for all",
                            text);
    if (has(node, address))
        return HF_ERR_OK;
    if (node->listen_count == HF_LISTEN_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "more than %d addresses to listen on: use 0.0.0.0 for all",
                            HF_LISTEN_MAX);
    snprintf(node->listen[node->listen_count++], sizeof node->listen[0], "%s", address);
    return HF_ERR_OK;
}

/* One wildcard is kept: "::" takes IPv4 connections too, and both together would be in conflict. */
static void keep_wildcard(struct hf_node_settings *node)
{
    const char *kept = has(node, ANY_IPV6) ? ANY_IPV6 : has(node, ANY_IPV4) ? ANY_IPV4 : NULL;
    if (!kept)
        return;
    snprintf(node->listen[0], sizeof node->listen[0], "%s", kept);
    node->listen_count = 1;
}

enum hf_err hf_listen_set(struct hf_node_settings *node, const char *const *wanted, size_t count,
                          struct hf_fault *fault)
{
    struct hf_node_settings fresh = *node;
    fresh.listen_count = 0;
    memset(fresh.listen, 0, sizeof fresh.listen);
    enum hf_err err = add(&fresh, LOOPBACK, fault);
    for (size_t i = 0; !err && i < count; i++)
        err = add(&fresh, wanted[i], fault);
    if (err)
        return err;
    keep_wildcard(&fresh);
    *node = fresh;
    return HF_ERR_OK;
}

const char *hf_listen_local_host(const struct hf_node_settings *node)
{
    return has(node, ANY_IPV6) ? "::1" : LOOPBACK;
}

static bool is_link_local(const char *address)
{
    return strncasecmp(address, "fe80:", 5) == 0 || strncmp(address, "169.254.", 8) == 0;
}

/* IPv4 first: it is what a board's network has for certain. */
static const char *first_of_machine(const struct hf_pki_names *machine, size_t address_len)
{
    for (size_t i = 0; i < machine->count; i++) {
        const struct hf_pki_name *name = &machine->items[i];
        if (name->address_len == address_len && !hf_listen_is_loopback(name->text) &&
            !is_link_local(name->text))
            return name->text;
    }
    return NULL;
}

const char *hf_listen_public_host(const struct hf_node_settings *node,
                                  const struct hf_pki_names *machine)
{
    for (size_t i = 0; i < node->listen_count; i++) {
        const char *address = node->listen[i];
        if (hf_listen_is_wildcard(address)) {
            const char *found = first_of_machine(machine, 4);
            if (!found && strcmp(address, ANY_IPV6) == 0)
                found = first_of_machine(machine, 16);
            return found;
        }
        if (!hf_listen_is_loopback(address))
            return address;
    }
    return NULL;
}
