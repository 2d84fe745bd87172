#ifndef HF_BROKER_UP_H
#define HF_BROKER_UP_H

#include "broker/settings.h"
#include "pki/names.h"

/*
 * Brings the private broker up: settings, ports, certificates, node. What was chosen once is kept
 * in broker.json, so that enrolled boards find the broker again. Doing it again is no error and
 * changes nothing that runs, unless something new is asked for.
 */

struct hf_up_wishes {
    const char *const *listen; /* addresses; none: as before, at first loopback only */
    size_t listen_count;
    const char *const *san; /* names and addresses for the certificate, beside those kept */
    size_t san_count;
    uint16_t port; /* 0: as before, at first the next free one from 5671 on */
};

enum hf_up_what {
    HF_UP_STARTED,
    HF_UP_RAN,       /* it was up and was left alone */
    HF_UP_RESTARTED, /* it was up with other addresses, names, port, or an older version's files */
};

struct hf_up_outcome {
    enum hf_up_what what;
    bool certificate_renewed; /* while it ran, and taken up */
    struct hf_broker_settings settings;
};

/*
 * HF_ERR_INVALID: a wish cannot be met, or broker.json names a broker elsewhere. HF_ERR_BUSY: the
 * port that was asked for or is known to boards is held by somebody else; the fault names who.
 * Errors of hf_broker_settings_load, hf_pki_setup, hf_node_prepare, hf_node_start, hf_node_stop.
 */
enum hf_err hf_up(const struct hf_home *home, const struct hf_up_wishes *wishes, int64_t now_s,
                  void (*waiting)(int64_t elapsed_ms), struct hf_up_outcome *outcome,
                  struct hf_fault *fault);

/* What the private broker's certificate is to be good for. HF_ERR_TOO_LARGE, HF_ERR_INVALID. */
enum hf_err hf_up_names(const struct hf_node_settings *node, struct hf_pki_names *names,
                        struct hf_fault *fault);

struct hf_up_renewal {
    int64_t until_s; /* Unix time: end of the new certificate */
    bool running;    /* the broker uses it */
};

/*
 * A new key and certificate for the private broker, signed by the authority of before and good for
 * the same names; boards notice nothing. HF_ERR_NOT_FOUND: nothing was brought up yet.
 * HF_ERR_INVALID: broker.json names a broker elsewhere. Errors of hf_pki_renew_broker and
 * hf_node_reread_certificates.
 */
enum hf_err hf_up_renew(const struct hf_home *home, int64_t now_s, struct hf_up_renewal *out,
                        struct hf_fault *fault);

#endif
