#ifndef HF_MANAGER_USE_H
#define HF_MANAGER_USE_H

#include "broker/settings.h"
#include "wire/fault.h"

/*
 * Makes a broker elsewhere (a company's, a cluster) the one of this data folder: writes
 * broker.json, and makes the manager's certificate when none is given. Asks no broker.
 */

struct hf_use_request {
    const char *address; /* as broker/address.h reads it */
    const char *ca;      /* file: who signed the broker */
    const char *cert;    /* files of the manager; NULL, both: made here, signed by pki/device-ca */
    const char *key;
    const char *management_url; /* NULL: there is none; then enroll, status and doctor cannot ask */
    const char *management_user;
    const char *management_password_file;
    const char *management_ca;   /* NULL: the system's */
    int64_t consumer_timeout_ms; /* of the broker's settings; 0: RabbitMQ's default */
    bool force;                  /* although a private broker is known here */
};

/*
 * HF_ERR_INVALID: a wrong or missing part of the request. HF_ERR_EXISTS: a private broker is known
 * here. HF_ERR_NOT_FOUND and others: a file that is named cannot be read. Errors of
 * hf_pki_leaf_make, hf_broker_settings_save. broker.json is as it was on an error.
 */
enum hf_err hf_use(const struct hf_home *home, const struct hf_use_request *request, int64_t now_s,
                   struct hf_broker_settings *out, struct hf_fault *fault);

#endif
