#ifndef HF_MANAGER_ENROLL_H
#define HF_MANAGER_ENROLL_H

#include "manager/site.h"
#include "wire/fault.h"
#include "wire/ident.h"

/*
 * Makes a board known: its queues and user on the broker, and a bundle to take to the board. It
 * goes through the management API, so the broker may be anywhere. The ledger is told: it takes
 * results of known boards only, and checks them by what was issued here. Doing it again (with
 * `force`) gives the board a new certificate and revokes those that it has, which the private
 * broker then lets in no more.
 */

struct hf_enroll_request {
    const char *board;
    const char *pool;        /* NULL: "default" */
    const char *out_dir;     /* NULL: ./BOARD */
    const char *broker_host; /* NULL: chosen from where the broker listens */
    const char *csr;       /* file of the request that the board made; NULL: its key is made here */
    bool force;            /* overwrite a bundle that is there */
    bool keep_old;         /* certificates that it has stay good until they end */
    bool unsigned_results; /* it need not sign them */
};

struct hf_enrolled {
    char dir[HF_PATH_MAX + 1];
    char pool[HF_NAME_MAX + 1];
    char host[HF_HOST_MAX + 1]; /* what the board connects to */
    uint16_t port;
    bool only_this_machine;      /* `host` is loopback: no board elsewhere can reach it */
    int64_t certificate_until_s; /* Unix time */
};

/*
 * HF_ERR_INVALID: a name is not valid or not free to take, or the broker's certificate is not good
 * for the host. HF_ERR_EXISTS: a bundle or a user is there already. Errors of
 * hf_management_call, hf_bundle_write, the ledger. Nothing is written to the bundle before the
 * broker agreed.
 */
enum hf_err hf_enroll(const struct hf_site *site, const struct hf_enroll_request *request,
                      struct hf_enrolled *out, struct hf_fault *fault);

/*
 * The checks that need no broker, and `out` but for the certificate's end: names, folder, host.
 * HF_ERR_INVALID, HF_ERR_EXISTS, HF_ERR_TOO_LARGE as above.
 */
enum hf_err hf_enroll_plan(const struct hf_home *home, const struct hf_broker_settings *settings,
                           const struct hf_enroll_request *request, struct hf_enrolled *out,
                           struct hf_fault *fault);

#endif
