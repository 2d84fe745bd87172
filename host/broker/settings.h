#ifndef HF_BROKER_SETTINGS_H
#define HF_BROKER_SETTINGS_H

#include "home/home.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * broker.json in the data folder: where the broker is and who we are to it. `holdfast up` writes
 * it for the private broker, `holdfast use` for one elsewhere, and every other command reads it. It
 * may be written by hand; comments (// and block ones) are allowed, and paths are relative to
 * the data folder:
 *
 *   {
 *     "host": "rabbit1.example.org, rabbit2.example.org", "port": 5671, "vhost": "holdfast",
 *     "consumer_timeout_s": 7200,
 *     "tls": {"ca": "pki/company-ca.pem", "cert": "pki/manager.pem", "key": "pki/manager.key"},
 *     "management": {"url": "https://rabbit.example.org:15671", "user": "holdfast-admin",
 *                    "password_file": "admin.password", "ca": "pki/company-ca.pem"}
 *   }
 *
 * Such a broker must trust pki/device-ca.pem for client certificates (`holdfast enroll` makes
 * that CA when it is not there), offer EXTERNAL, and take the common name as the user's.
 * "node" is there only for the private broker. "consumer_timeout_s" is that of the broker's own
 * settings: no API tells it.
 */

#define HF_HOST_MAX    255 /* bytes of a host name or address, and of a list of them */
#define HF_URL_MAX     511 /* bytes of the management URL */
#define HF_USER_MAX    127 /* bytes of the management user's name */
#define HF_VHOST_MAX   127 /* bytes */
#define HF_LISTEN_MAX  16  /* addresses a private broker listens on */
#define HF_SAN_MAX     16  /* names given with --san */
#define HF_ADDRESS_MAX 45  /* bytes of an IPv4 or IPv6 address as text */

#define HF_PORT_AMQPS 5671

#define HF_CONSUMER_TIMEOUT_S         1800 /* RabbitMQ's default */
#define HF_CONSUMER_TIMEOUT_PRIVATE_S (8 * 24 * 3600)

/* The private node: what `up` chose and keeps to. */
struct hf_node_settings {
    uint16_t epmd_port, dist_port, management_port; /* on loopback; 0: not chosen yet */
    size_t listen_count;
    char listen[HF_LISTEN_MAX][HF_ADDRESS_MAX + 1]; /* addresses of the TLS port */
    size_t san_count;
    char san[HF_SAN_MAX][HF_HOST_MAX + 1]; /* further names and addresses for its certificate */
};

struct hf_broker_settings {
    char host[HF_HOST_MAX + 1]; /* how it is reached: one address, or a cluster's several with
                                   commas between them (link/brokers.h) */
    uint16_t port;              /* AMQP over TLS */
    char vhost[HF_VHOST_MAX + 1];
    char ca[HF_PATH_MAX + 1]; /* who may have signed the broker; the paths are absolute */
    char cert[HF_PATH_MAX + 1];
    char key[HF_PATH_MAX + 1];

    char management_url[HF_URL_MAX + 1]; /* http only to loopback; no trailing slash */
    char management_user[HF_USER_MAX + 1];
    char management_password_file[HF_PATH_MAX + 1];
    char management_ca[HF_PATH_MAX + 1]; /* empty: the system's */

    int64_t consumer_timeout_s; /* after which it takes an unacked task away */

    bool is_private; /* a node of this data folder; `node` counts only then */
    struct hf_node_settings node;
};

/* HF_ERR_INVALID unless the broker is a private one: `why` ends the sentence that says that
 * broker.json of `home` names one elsewhere. */
enum hf_err hf_broker_settings_want_private(const struct hf_broker_settings *settings,
                                            const struct hf_home *home, const char *why,
                                            struct hf_fault *fault);

/* What a new private broker starts from: ports 0, no listen address, paths of `home`. */
void hf_broker_settings_init(struct hf_broker_settings *out, const struct hf_home *home);

/*
 * Reads broker.json. HF_ERR_NOT_FOUND: there is none (`fault` says how to get one).
 * HF_ERR_MALFORMED, HF_ERR_MISSING, HF_ERR_INVALID, HF_ERR_TOO_LARGE: `fault` names file and key.
 * `out` is then undefined.
 */
enum hf_err hf_broker_settings_load(const struct hf_home *home, struct hf_broker_settings *out,
                                    struct hf_fault *fault);

/* The pure half of it: JSON text -> settings; `path` is only for the fault. */
enum hf_err hf_broker_settings_parse(const struct hf_home *home, const char *path, char *json,
                                     struct hf_broker_settings *out, struct hf_fault *fault);

/* Takes slashes off the end of the management URL, and HF_ERR_INVALID when a password may not go
 * there; `key` is what it is called. */
enum hf_err hf_broker_settings_check_url(struct hf_broker_settings *settings, const char *key,
                                         struct hf_fault *fault);

/* Writes broker.json, mode 0600. Errors of hf_file_write, HF_ERR_NO_MEMORY. */
enum hf_err hf_broker_settings_save(const struct hf_home *home,
                                    const struct hf_broker_settings *settings,
                                    struct hf_fault *fault);

#endif
