#include "broker/up.h"

#include "broker/listen.h"
#include "broker/node.h"
#include "broker/node_ports.h"
#include "broker/ports.h"
#include "pki/authority.h"
#include "pki/inspect.h"

#include <stdio.h>
#include <string.h>

static enum hf_err load(const struct hf_home *home, struct hf_broker_settings *settings,
                        struct hf_fault *fault)
{
    enum hf_err err = hf_broker_settings_load(home, settings, fault);
    if (err == HF_ERR_NOT_FOUND) {
        hf_broker_settings_init(settings, home);
        return hf_listen_set(&settings->node, NULL, 0, fault);
    }
    return err ? err
               : hf_broker_settings_want_private(settings, home,
                                                 ", so there is none to bring up here; move the "
                                                 "file away for a private one",
                                                 fault);
}

static bool has_san(const struct hf_node_settings *node, const char *name)
{
    for (size_t i = 0; i < node->san_count; i++)
        if (strcmp(node->san[i], name) == 0)
            return true;
    return false;
}

static enum hf_err add_san(struct hf_node_settings *node, const char *name, struct hf_fault *fault)
{
    struct hf_pki_names checked = {0};
    enum hf_err err = hf_pki_names_add(&checked, name, fault);
    if (err || has_san(node, checked.items[0].text))
        return err;
    if (node->san_count == HF_SAN_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "more than %d names for the certificate; broker.json lists them",
                            HF_SAN_MAX);
    snprintf(node->san[node->san_count++], sizeof node->san[0], "%s", checked.items[0].text);
    return HF_ERR_OK;
}

/* Wishes -> settings. A new port or address is tried out while an old node still runs. */
static enum hf_err apply(struct hf_broker_settings *settings, const struct hf_up_wishes *wishes,
                         struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    uint16_t old_port = settings->port;
    if (wishes->listen_count)
        err = hf_listen_set(&settings->node, wishes->listen, wishes->listen_count, fault);
    for (size_t i = 0; !err && i < wishes->san_count; i++)
        err = add_san(&settings->node, wishes->san[i], fault);
    for (size_t i = 0; !err && i < settings->node.listen_count; i++) {
        bool other_port = wishes->port && wishes->port != old_port;
        err = hf_port_check(settings->node.listen[i], other_port ? wishes->port : 0, fault);
    }
    if (wishes->port)
        settings->port = wishes->port;
    snprintf(settings->host, sizeof settings->host, "%s", hf_listen_local_host(&settings->node));
    return err;
}

enum hf_err hf_up_names(const struct hf_node_settings *node, struct hf_pki_names *names,
                        struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    hf_pki_names_of_machine(names);
    for (size_t i = 0; !err && i < node->listen_count; i++)
        if (!hf_listen_is_wildcard(node->listen[i]))
            err = hf_pki_names_add(names, node->listen[i], fault);
    for (size_t i = 0; !err && i < node->san_count; i++)
        err = hf_pki_names_add(names, node->san[i], fault);
    return err;
}

static enum hf_err certify(const struct hf_home *home, const struct hf_broker_settings *settings,
                           int64_t now_s, bool *renewed, struct hf_fault *fault)
{
    struct hf_pki_names names = {0};
    enum hf_err err = hf_up_names(&settings->node, &names, fault);
    return err ? err : hf_pki_setup(home, &names, now_s, renewed, fault);
}

static enum hf_err start(const struct hf_home *home, struct hf_broker_settings *settings,
                         int64_t now_s, void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault)
{
    struct hf_claims claims = {0};
    enum hf_err err = hf_node_ports_keep(settings, &claims, fault);
    if (!err)
        err = hf_node_stop(home, fault);
    if (!err)
        err = hf_node_ports_choose(settings, &claims, fault);
    if (!err)
        err = certify(home, settings, now_s, NULL, fault);
    if (!err)
        err = hf_node_prepare(home, settings, fault);
    if (!err)
        err = hf_broker_settings_save(home, settings, fault);
    if (!err)
        err = hf_node_start(home, settings, waiting, fault);
    hf_claim_release_all(&claims);
    return err;
}

/* Names are only ever added, and the other ports are not for wishing. */
static bool same(const struct hf_broker_settings *a, const struct hf_broker_settings *b)
{
    bool equal = a->port == b->port && a->node.san_count == b->node.san_count &&
                 a->node.listen_count == b->node.listen_count;
    for (size_t i = 0; equal && i < a->node.listen_count; i++)
        equal = strcmp(a->node.listen[i], b->node.listen[i]) == 0;
    return equal;
}

enum hf_err hf_up(const struct hf_home *home, const struct hf_up_wishes *wishes, int64_t now_s,
                  void (*waiting)(int64_t elapsed_ms), struct hf_up_outcome *outcome,
                  struct hf_fault *fault)
{
    struct hf_broker_settings *settings = &outcome->settings;
    struct hf_broker_settings before;
    pid_t pid = hf_node_pid(home);
    memset(outcome, 0, sizeof *outcome);
    enum hf_err err = load(home, settings, fault);
    before = *settings;
    if (!err)
        err = hf_node_check(home, fault);
    if (!err)
        err = apply(settings, wishes, fault);
    if (err)
        return err;
    if (pid && same(settings, &before) && hf_node_is_prepared(home, settings)) {
        outcome->what = HF_UP_RAN;
        err = certify(home, settings, now_s, &outcome->certificate_renewed, fault);
        if (!err && outcome->certificate_renewed)
            err = hf_node_reread_certificates(home, settings, fault);
        return err ? err : hf_node_wait(settings, pid, waiting, fault);
    }
    outcome->what = pid ? HF_UP_RESTARTED : HF_UP_STARTED;
    return start(home, settings, now_s, waiting, fault);
}

enum hf_err hf_up_renew(const struct hf_home *home, int64_t now_s, struct hf_up_renewal *out,
                        struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    struct hf_broker_settings settings;
    struct hf_pki_names names = {0};
    struct hf_pki_facts facts;
    hf_home_path(home, HF_HOME_BROKER_CERT, ".pem", path);
    enum hf_err err = hf_broker_settings_load(home, &settings, fault);
    if (!err)
        err = hf_broker_settings_want_private(&settings, home,
                                              ": its certificate is renewed by who runs it", fault);
    if (!err)
        err = hf_up_names(&settings.node, &names, fault);
    if (!err)
        err = hf_pki_renew_broker(home, &names, now_s, fault);
    if (!err)
        err = hf_node_reread_certificates(home, &settings, fault);
    if (!err)
        err = hf_pki_inspect(path, &facts, fault);
    if (err)
        return err;
    *out = (struct hf_up_renewal){.until_s = facts.not_after_s, .running = hf_node_pid(home) != 0};
    return HF_ERR_OK;
}
