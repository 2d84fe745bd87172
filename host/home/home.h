#ifndef HF_HOME_HOME_H
#define HF_HOME_HOME_H

#include "wire/fault.h"

/*
 * The data folder: everything that Holdfast keeps on the laptop lies under one folder, and this
 * header is the map of it. $HOLDFAST_HOME, else $XDG_DATA_HOME/holdfast, else
 * ~/.local/share/holdfast. It is made with mode 0700: it holds private keys.
 */

#define HF_PATH_MAX     511 /* bytes of a path inside the data folder, without the final 0 */
#define HF_HOME_DIR_MAX 400 /* bytes of the folder itself */

#define HF_HOME_LOCK        "lock"          /* held by what changes the broker: home/lock.h */
#define HF_HOME_BROKER      "broker.json"   /* where the broker is: broker/settings.h */
#define HF_HOME_LEDGER      "ledger.db"     /* SQLite */
#define HF_HOME_LEDGER_WAL  "ledger.db-wal" /* SQLite makes these two beside it */
#define HF_HOME_LEDGER_SHM  "ledger.db-shm"
#define HF_HOME_BODIES      "bodies" /* payloads and results too large for it: ledger/bodies.h */
#define HF_HOME_OUTBOX_LOCK "outbox.lock"    /* held by whoever publishes: manager/turn.h */
#define HF_HOME_SERVE_LOCK  "serve.lock"     /* held by "serve" */
#define HF_HOME_PASSWORD    "admin.password" /* of the private broker's management API; 0600 */

/* Keys and certificates. Those of a base name end in .pem and .key. */
#define HF_HOME_PKI          "pki"
#define HF_HOME_SERVER_CA    "pki/server-ca"  /* signs the broker */
#define HF_HOME_DEVICE_CA    "pki/device-ca"  /* signs boards and the manager */
#define HF_HOME_SUCCESSION   "pki/succession" /* while new ones take over: pki/succession.h */
#define HF_HOME_BROKER_CERT  "pki/broker"
#define HF_HOME_MANAGER_CERT "pki/manager"
#define HF_HOME_CRL          "pki/crl"         /* folder: what the device CA signed and revoked */
#define HF_HOME_HANG_UP      "pki/crl/hang-up" /* there is to be closed: manager/revocation.h */
#define HF_HOME_SIGNING      "pki/signing"     /* .key and .pub: pki/signing.h */

#define HF_HOME_NODE "broker" /* what the private RabbitMQ node keeps: broker/node.h */

struct hf_home {
    char dir[HF_HOME_DIR_MAX + 1]; /* absolute, no trailing slash */
};

/*
 * Finds the data folder and makes it when it is not there. HF_ERR_INVALID: the path is not
 * absolute or too long. HF_ERR_IO, HF_ERR_DENIED, HF_ERR_NO_SPACE: it cannot be made.
 */
enum hf_err hf_home_open(struct hf_home *out, struct hf_fault *fault);

/* Only finds it; never touches the disk. HF_ERR_INVALID as above. */
enum hf_err hf_home_find(struct hf_home *out, struct hf_fault *fault);

/*
 * dir + "/" + name + suffix; `name` is one of the constants above or a path made of them. A path
 * that is too long is cut, which cannot happen with names under 100 bytes.
 */
void hf_home_path(const struct hf_home *home, const char *name, const char *suffix,
                  char out[HF_PATH_MAX + 1]);

#endif
