#ifndef HF_WORKER_CHECK_H
#define HF_WORKER_CHECK_H

#include "link/tls_context.h"
#include "worker/config.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * `holdfast-worker --check`: goes the whole way that a worker goes, to each broker of the settings,
 * one line a step with its time: name, TCP, TLS, login, channels, queues. Where it fails the line
 * says what is wrong and how to mend it.
 *
 *     certificate ok              valid until 2027-11-24
 *     state       ok              /var/lib/holdfast
 *     broker lab.example port 5671
 *       resolve   ok         2 ms
 *       connect   ok         1 ms 192.0.2.7
 *       tls       FAILED    14 ms the certificate was issued for ...
 *
 * Does no work: each queue is consumed until the broker has granted it, and whatever it hands out
 * meanwhile, one message a queue at most, is its own again when the connection ends a moment later.
 * It may be run beside the worker of the same settings, whose state folder is not locked.
 */

struct hf_check_setup {
    const struct hf_config *config; /* all is borrowed */
    struct hf_tls_context *tls;
    FILE *out;
    bool gives; /* the worker's start gives the state folder to the user of this process */
};

/* True: all is well. Blocks until all is tried; each step has its deadline, so for a minute a
 * broker at most. */
bool hf_check_run(const struct hf_check_setup *setup);

#endif
