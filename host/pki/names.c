#include "pki/names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LABEL_MAX 63

static bool label_char(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

/* Labels of letters, digits and inner hyphens (RFC 1123); the last is not all digits. */
static bool dns_valid(const char *text)
{
    size_t len = strlen(text);
    const char *label = text;
    if (len == 0 || len > HF_PKI_NAME_MAX)
        return false;
    for (;;) {
        size_t size = strcspn(label, ".");
        if (size == 0 || size > LABEL_MAX || label[0] == '-' || label[size - 1] == '-')
            return false;
        for (size_t i = 0; i < size; i++)
            if (!label_char(label[i]))
                return false;
        if (label[size] == '\0')
            return strspn(label, "0123456789") != size;
        label += size + 1;
    }
}

static bool parse(struct hf_pki_name *name, const char *text)
{
    memset(name, 0, sizeof *name);
    if (inet_pton(AF_INET, text, name->address) == 1) {
        name->address_len = 4;
        inet_ntop(AF_INET, name->address, name->text, sizeof name->text);
    } else if (inet_pton(AF_INET6, text, name->address) == 1) {
        name->address_len = 16;
        inet_ntop(AF_INET6, name->address, name->text, sizeof name->text);
    } else {
        if (!dns_valid(text))
            return false;
        for (size_t i = 0; text[i]; i++)
            name->text[i] = (char)tolower((unsigned char)text[i]);
    }
    return true;
}

static bool contains(const struct hf_pki_names *names, const struct hf_pki_name *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].address_len == name->address_len &&
            strcmp(names->items[i].text, name->text) == 0)
            return true;
    return false;
}

enum hf_err hf_pki_names_add(struct hf_pki_names *names, const char *text, struct hf_fault *fault)
{
    struct hf_pki_name name;
    if (!parse(&name, text))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" is neither a host name nor an IP address", text);
    if (contains(names, &name))
        return HF_ERR_OK;
    if (names->count == HF_PKI_NAMES_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "a certificate can carry at most %d names; \"%s\" is one too many",
                            HF_PKI_NAMES_MAX, text);
    names->items[names->count++] = name;
    return HF_ERR_OK;
}

static void add_hostname(struct hf_pki_names *names)
{
    char host[HF_PKI_NAME_MAX + 1] = "";
    char local[sizeof host + sizeof ".local"];
    if (gethostname(host, sizeof host - 1) != 0)
        return;
    hf_pki_names_add(names, host, NULL);
    if (strchr(host, '.'))
        return;
    snprintf(local, sizeof local, "%s.local", host);
    hf_pki_names_add(names, local, NULL);
}

static void add_interfaces(struct hf_pki_names *names)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        const void *address = NULL;
        if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET)
            address = &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr;
        else if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET6)
            address = &((const struct sockaddr_in6 *)(const void *)at->ifa_addr)->sin6_addr;
        if (address && inet_ntop(at->ifa_addr->sa_family, address, text, sizeof text))
            hf_pki_names_add(names, text, NULL);
    }
    freeifaddrs(all);
}

void hf_pki_names_of_machine(struct hf_pki_names *names)
{
    hf_pki_names_add(names, "localhost", NULL);
    hf_pki_names_add(names, "127.0.0.1", NULL);
    hf_pki_names_add(names, "::1", NULL);
    add_hostname(names);
    add_interfaces(names);
}

bool hf_pki_names_cover(const struct hf_pki_names *have, const struct hf_pki_names *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!contains(have, &wanted->items[i]))
            return false;
    return true;
}
