#ifndef HF_MANAGER_BUNDLE_H
#define HF_MANAGER_BUNDLE_H

#include "home/home.h"
#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A board's bundle: the folder whose files, put into /etc/holdfast on the board, are all that
 * its worker needs: worker.json, ca.pem (who may have signed the broker), cert.pem, key.pem
 * (who the board is) and manager.pub (whose work it does). key.pem is the board's identity: whoever
 * has it can take tasks in its name. A bundle for a request made on the board has none: it is there
 * already.
 */

struct hf_bundle {
    const char *dir;   /* the folder; made when it is not there */
    const char *board; /* valid names (wire/ident.h) */
    const char *pool;
    const char *host; /* what the board connects to */
    uint16_t port;
    const char *vhost;
    int64_t consumer_timeout_s; /* of the broker: no task may run longer */
    const char *ca;             /* path of the certificate that becomes ca.pem */
    const char
        *signing;      /* path of the key that becomes manager.pub; NULL: unsigned work is taken */
    bool sign_results; /* with key.pem */
    const char *csr;   /* path of the board's own request; NULL: a key is made here */
    const char *authority; /* base path of the CA that signs cert.pem (pki/authority.h) */
};

/* Whether any of the files is there already. */
bool hf_bundle_exists(const char *dir);

/*
 * Makes key and certificate and writes the files, worker.json last: a folder without it is
 * not ready. HF_ERR_TOO_LARGE: the path is too long. Errors of hf_pki_leaf_make, hf_pki_csr_load,
 * hf_file_read, hf_file_write.
 */
enum hf_err hf_bundle_write(const struct hf_bundle *bundle, int64_t now_s, struct hf_fault *fault);

#define HF_BUNDLE_JSON_MAX 2047

/* Pure: the text of worker.json. HF_ERR_TOO_LARGE, HF_ERR_NO_MEMORY. */
enum hf_err hf_bundle_json(const struct hf_bundle *bundle, char text[HF_BUNDLE_JSON_MAX + 1],
                           struct hf_fault *fault);

#endif
