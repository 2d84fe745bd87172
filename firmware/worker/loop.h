#ifndef HF_WORKER_LOOP_H
#define HF_WORKER_LOOP_H

#include "link/signature.h"
#include "link/tls_context.h"
#include "wire/fault.h"
#include "worker/agent.h"
#include "worker/config.h"
#include "worker/monitor.h"
#include "worker/service.h"

#include <stdbool.h>

/*
 * The worker's one loop: one thread, one ppoll(). Keeps the connection (again and again, with full
 * jitter), serves the slots and their children, publishes what they have done, says that the board
 * is there, and obeys the manager's commands and signals: the first SIGTERM finishes the task in
 * hand and leaves, the second leaves at once, SIGHUP reads the settings again.
 */

enum hf_loop_end {
    HF_LOOP_LEFT,   /* SIGTERM, or it could not start */
    HF_LOOP_RELOAD, /* the settings are to be read again */
    HF_LOOP_BECOME, /* this process is to become another program (worker/upkeep.h) */
    /* This program was on trial and has not stood it: without a connection, or with one. */
    HF_LOOP_UNCONNECTED,
    HF_LOOP_UNANSWERED,
};

struct hf_loop_setup {
    const char *config_path; /* checked before a reload is obeyed */
    const struct hf_config *config;
    struct hf_tls_context *tls;
    struct hf_agent *agent;            /* worker/agent.h; NULL: there are no other programs */
    const struct hf_verifier *manager; /* of require_signature; NULL: unsigned work is taken */
    struct hf_signer *signer;          /* of sign_results; NULL: results are not signed */
    int monitor_fd;                    /* worker/monitor.h; -1: there is none */
    const struct hf_monitor_inherited *inherited; /* likewise; NULL */
    struct hf_service *service;                   /* opened; the loop closes it */
    bool new_identity; /* with a certificate that is new (worker/renewal.h) */
};

/*
 * HF_ERR_OK: it ran, and `*end` says why it does no longer. Any other error means that it could not
 * start (the fault names the value and the mend). A broker that cannot be reached is not an error:
 * it is tried for ever.
 */
enum hf_err hf_loop_run(const struct hf_loop_setup *setup, enum hf_loop_end *end,
                        struct hf_fault *fault);

#endif
