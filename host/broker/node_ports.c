#include "broker/node_ports.h"

#include "broker/ports.h"

#include <stdio.h>
#include <time.h>

#define FIRST_MANAGEMENT_PORT 15671
#define FIRST_DIST_PORT       25671
#define FIRST_EPMD_PORT       24369 /* not 4369: that one is the epmd of the whole machine */

#define PATIENCE_MS 1000
#define TRIES       20

static const char any_address[1][HF_ADDRESS_MAX + 1] = {"0.0.0.0"};

enum hf_err hf_node_ports_keep(const struct hf_broker_settings *settings, struct hf_claims *claims,
                               struct hf_fault *fault)
{
    const struct timespec pause = {.tv_nsec = PATIENCE_MS * 1000000L / TRIES};
    if (settings->port == 0 || hf_claim_is_held(claims, settings->port))
        return HF_ERR_OK;
    for (int i = 0; i < TRIES; i++) {
        if (hf_claim(claims, settings->port))
            return HF_ERR_OK;
        nanosleep(&pause, NULL);
    }
    return hf_fault_set(fault, HF_ERR_BUSY, 0,
                        "another \"holdfast up\" is about to use port %u: let it end and try "
                        "again, or choose another with --port (and tell the boards)",
                        settings->port);
}

static enum hf_err check_tls_port(const struct hf_broker_settings *settings, struct hf_fault *fault)
{
    struct hf_fault why;
    const struct hf_node_settings *node = &settings->node;
    for (size_t i = 0; i < node->listen_count; i++) {
        enum hf_err err = hf_port_check(node->listen[i], settings->port, &why);
        if (err == HF_ERR_BUSY)
            return hf_fault_set(fault, err, why.raw,
                                "%s, and the broker needs it on %s: end that process, or choose "
                                "another with --port (and tell the boards)",
                                why.text, node->listen[i]);
        if (err)
            return hf_fault_set(fault, err, why.raw, "%s", why.text);
    }
    return HF_ERR_OK;
}

static enum hf_err choose_tls_port(struct hf_broker_settings *settings, struct hf_claims *claims,
                                   struct hf_fault *fault)
{
    const struct hf_port_place place = {settings->node.listen, settings->node.listen_count};
    if (settings->port == 0)
        return hf_port_choose(&place, HF_PORT_AMQPS, claims, &settings->port, fault);
    enum hf_err err = hf_node_ports_keep(settings, claims, fault);
    return err ? err : check_tls_port(settings, fault);
}

static enum hf_err choose_inner_port(uint16_t *port, uint16_t first, struct hf_claims *claims,
                                     struct hf_fault *fault)
{
    const struct hf_port_place anywhere = {any_address, 1};
    if (*port && hf_claim(claims, *port)) {
        if (hf_port_check(any_address[0], *port, NULL) == HF_ERR_OK)
            return HF_ERR_OK;
        hf_claim_release(claims, *port);
    }
    return hf_port_choose(&anywhere, first, claims, port, fault);
}

enum hf_err hf_node_ports_choose(struct hf_broker_settings *settings, struct hf_claims *claims,
                                 struct hf_fault *fault)
{
    struct hf_node_settings *node = &settings->node;
    enum hf_err err = choose_tls_port(settings, claims, fault);
    if (!err)
        err = choose_inner_port(&node->management_port, FIRST_MANAGEMENT_PORT, claims, fault);
    if (!err)
        err = choose_inner_port(&node->dist_port, FIRST_DIST_PORT, claims, fault);
    if (!err)
        err = choose_inner_port(&node->epmd_port, FIRST_EPMD_PORT, claims, fault);
    snprintf(settings->management_url, sizeof settings->management_url, "http://127.0.0.1:%u",
             node->management_port);
    return err;
}
