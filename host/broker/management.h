#ifndef HF_BROKER_MANAGEMENT_H
#define HF_BROKER_MANAGEMENT_H

#include "broker/settings.h"
#include "wire/fault.h"

#include <cJSON.h>

/*
 * A client of RabbitMQ's management API (HTTP and JSON), for what AMQP cannot do: users,
 * permissions, policies, figures. One call at a time, each blocks for at most
 * HF_MANAGEMENT_TIMEOUT_S. Plain http goes to loopback only (settings.h sees to that) and past
 * any proxy; https is verified against the settings' CA or the system's. Redirects are not
 * followed: they could take the password elsewhere.
 */

#define HF_MANAGEMENT_CONNECT_S  5
#define HF_MANAGEMENT_TIMEOUT_S  30
#define HF_MANAGEMENT_ANSWER_MAX (32 * 1024 * 1024) /* bytes of an answer; more is an error */
#define HF_MANAGEMENT_PATH_MAX   1023               /* bytes of a path */

struct hf_management;

/*
 * Reads the password's file; does not connect yet. HF_ERR_MISSING: the settings name no
 * management URL. HF_ERR_NOT_FOUND, HF_ERR_DENIED, ...: the password's file. `*out` is to be
 * given to hf_management_close; NULL on an error. `settings` must outlive it.
 */
enum hf_err hf_management_open(const struct hf_broker_settings *settings,
                               struct hf_management **out, struct hf_fault *fault);

/* NULL is allowed. */
void hf_management_close(struct hf_management *management);

/* The vhost of the settings: as it is, and escaped for use in a path. */
const char *hf_management_vhost(const struct hf_management *management);
const char *hf_management_vhost_escaped(const struct hf_management *management);

/*
 * `method` on "/api/" + `path` (already escaped). `body` may be NULL and stays the caller's.
 * `answer` may be NULL; otherwise `*answer` becomes the JSON of the answer (NULL when it is
 * empty), which the caller deletes; it is NULL on an error.
 *
 * HF_ERR_RESOLVE, HF_ERR_UNREACHABLE, HF_ERR_REFUSED, HF_ERR_TIMED_OUT, HF_ERR_CLOSED, HF_ERR_TLS:
 * the way there. HF_ERR_AMQP_LOGIN: name or password are wrong (401). HF_ERR_NOT_FOUND: 404.
 * HF_ERR_TOO_LARGE, HF_ERR_MALFORMED: the answer. HF_ERR_HTTP: any other refusal; `fault` holds
 * the broker's reason and fault->raw the HTTP status.
 */
enum hf_err hf_management_call(struct hf_management *management, const char *method,
                               const char *path, const cJSON *body, cJSON **answer,
                               struct hf_fault *fault);

/* DELETE; what is not there is as good as deleted. Errors as above but HF_ERR_NOT_FOUND. */
enum hf_err hf_management_delete(struct hf_management *management, const char *path,
                                 struct hf_fault *fault);

/* The broker's clock when it answered last, Unix seconds (HTTP's Date); 0: it did not say. */
int64_t hf_management_date_s(const struct hf_management *management);

/* A member of a JSON object; a list of them ends with a NULL key. */
struct hf_management_text {
    const char *key, *value;
};

/* hf_management_call with an object of texts as the body, and an answer that does not matter. */
enum hf_err hf_management_send(struct hf_management *management, const char *method,
                               const char *path, const struct hf_management_text *texts,
                               struct hf_fault *fault);

#endif
