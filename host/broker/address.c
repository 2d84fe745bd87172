#include "broker/address.h"

#include "link/brokers.h"
#include "wire/topology.h"

#include <stdio.h>
#include <string.h>

#define SCHEME "amqps://"

static enum hf_err check_scheme(const char *url, struct hf_fault *fault)
{
    if (strncmp(url, SCHEME, strlen(SCHEME)) == 0)
        return HF_ERR_OK;
    if (strncmp(url, "amqp://", 7) == 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%.120s is not encrypted, and Holdfast speaks TLS only: give its "
                            "amqps:// address (port 5671 as a rule)",
                            url);
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "\"%.120s\" is no broker's address: expected amqps://HOST[:PORT][/VHOST], "
                        "with commas between the HOSTs of a cluster",
                        url);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX, none of them a zero; false: a bad one, or too long. */
static bool unescape(const char *from, char *to, size_t size)
{
    size_t len = 0;
    for (; *from; from++) {
        int c = (unsigned char)*from;
        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = high * 16 + low;
            from += 2;
        }
        if (len + 1 == size)
            return false;
        to[len++] = (char)c;
    }
    to[len] = '\0';
    return true;
}

static enum hf_err take_hosts(const char *hosts, size_t len, struct hf_broker_settings *out,
                              struct hf_fault *fault)
{
    struct hf_brokers brokers;
    if (memchr(hosts, '@', len))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "the address must not name a user or password: the manager logs in "
                            "with its certificate (--cert, --key)");
    if (!hf_str_copy(out->host, sizeof out->host, (struct hf_str){hosts, len}))
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "the list of hosts is over %d bytes",
                            HF_HOST_MAX);
    out->port = HF_PORT_AMQPS;
    return hf_brokers_parse(&brokers, "the address", out->host, out->port, fault);
}

enum hf_err hf_address_parse(const char *url, struct hf_broker_settings *out,
                             struct hf_fault *fault)
{
    enum hf_err err = check_scheme(url, fault);
    if (err)
        return err;
    const char *hosts = url + strlen(SCHEME);
    size_t len = strcspn(hosts, "/");
    const char *vhost = hosts[len] == '/' ? hosts + len + 1 : "";
    err = take_hosts(hosts, len, out, fault);
    if (err)
        return err;
    if (strpbrk(vhost, "/?#") || !unescape(vhost, out->vhost, sizeof out->vhost))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%.100s\" is no vhost for an address: write / in it as %%2F, and "
                            "leave out ? and #",
                            vhost);
    if (out->vhost[0] == '\0')
        snprintf(out->vhost, sizeof out->vhost, "%s", HF_VHOST);
    return HF_ERR_OK;
}
