#include "broker/management.h"

#include "home/file.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PASSWORD_MAX 1024

struct hf_management {
    const struct hf_broker_settings *settings;
    CURL *curl;
    char *password;
    char *vhost; /* escaped, curl_free */
    int64_t date_s;
};

/* The bytes of an answer as they arrive, ended by a 0. */
struct bytes {
    char *data;
    size_t len, capacity;
    bool too_large;
};

static size_t receive(char *data, size_t one, size_t count, void *context)
{
    struct bytes *bytes = context;
    size_t len = one * count;
    if (len > HF_MANAGEMENT_ANSWER_MAX - bytes->len) {
        bytes->too_large = true;
        return 0;
    }
    if (len >= bytes->capacity - bytes->len) {
        size_t capacity = (bytes->len + len + 1) * 2;
        char *grown = realloc(bytes->data, capacity);
        if (!grown)
            return 0;
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    bytes->data[bytes->len] = '\0';
    return len;
}

static size_t read_header(char *data, size_t one, size_t count, void *context)
{
    struct hf_management *management = context;
    char date[64];
    size_t len = one * count;
    if (len > 5 && len < sizeof date && strncasecmp(data, "date:", 5) == 0) {
        memcpy(date, data + 5, len - 5);
        date[len - 5] = '\0';
        time_t at = curl_getdate(date, NULL);
        management->date_s = at > 0 ? (int64_t)at : 0;
    }
    return len;
}

int64_t hf_management_date_s(const struct hf_management *management)
{
    return management->date_s;
}

static enum hf_err read_password(struct hf_management *management, struct hf_fault *fault)
{
    enum hf_err err = hf_file_read(management->settings->management_password_file, PASSWORD_MAX,
                                   &management->password, NULL, fault);
    if (!err)
        management->password[strcspn(management->password, "\r\n")] = '\0';
    return err;
}

/* The rules of link/tls_context.h, in the words of OpenSSL. */
static void keep_rules(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_CIPHER_LIST, "ECDHE+AESGCM:ECDHE+CHACHA20");
    curl_easy_setopt(curl, CURLOPT_SSL_EC_CURVES, "X25519:P-256");
}

static enum hf_err make_curl(struct hf_management *management, struct hf_fault *fault)
{
    const struct hf_broker_settings *settings = management->settings;
    management->curl = curl_easy_init();
    if (management->curl)
        management->vhost = curl_easy_escape(management->curl, settings->vhost, 0);
    if (!management->vhost)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the management API");
    CURL *curl = management->curl;
    keep_rules(curl);
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings->management_user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, management->password);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)HF_MANAGEMENT_CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HF_MANAGEMENT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, management);
    if (strncmp(settings->management_url, "http://", 7) == 0)
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (settings->management_ca[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->management_ca);
    return HF_ERR_OK;
}

enum hf_err hf_management_open(const struct hf_broker_settings *settings,
                               struct hf_management **out, struct hf_fault *fault)
{
    *out = NULL;
    if (!settings->management_url[0])
        return hf_fault_set(fault, HF_ERR_MISSING, 0,
                            "broker.json names no management API: add \"management\" with "
                            "\"url\", \"user\" and \"password_file\"");
    struct hf_management *management = calloc(1, sizeof *management);
    if (!management)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the management API");
    management->settings = settings;
    enum hf_err err = read_password(management, fault);
    if (!err)
        err = make_curl(management, fault);
    if (err)
        hf_management_close(management);
    else
        *out = management;
    return err;
}

void hf_management_close(struct hf_management *management)
{
    if (!management)
        return;
    curl_free(management->vhost);
    curl_easy_cleanup(management->curl);
    if (management->password)
        explicit_bzero(management->password, strlen(management->password));
    free(management->password);
    free(management);
}

const char *hf_management_vhost(const struct hf_management *management)
{
    return management->settings->vhost;
}

const char *hf_management_vhost_escaped(const struct hf_management *management)
{
    return management->vhost;
}

static enum hf_err from_curl(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return HF_ERR_RESOLVE;
    case CURLE_COULDNT_CONNECT: return HF_ERR_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return HF_ERR_TIMED_OUT;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return HF_ERR_CLOSED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return HF_ERR_TLS;
    case CURLE_OUT_OF_MEMORY: return HF_ERR_NO_MEMORY;
    default: return HF_ERR_UNREACHABLE;
    }
}

/* "reason" is the sentence, "error" a key word; either may be missing. */
static const char *reason_in(const cJSON *answer)
{
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "reason"));
    if (!reason)
        reason = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "error"));
    return reason ? reason : "no reason given";
}

static const char *advice(const struct hf_broker_settings *settings, CURLcode code)
{
    if (code == CURLE_SSL_CONNECT_ERROR)
        return ": it must speak TLS 1.3, or 1.2 with AES-GCM or ChaCha20-Poly1305 and a "
               "certificate "
               "on P-256 or RSA; key exchange on X25519 or P-256";
    if (code != CURLE_COULDNT_CONNECT)
        return "";
    return settings->is_private ? ". Start the broker: holdfast up"
                                : "; is the broker up, and the plugin rabbitmq_management on?";
}

static enum hf_err refusal(const struct hf_management *management, long status, const char *method,
                           const char *path, const cJSON *answer, struct hf_fault *fault)
{
    if (status == 401)
        return hf_fault_set(fault, HF_ERR_AMQP_LOGIN, status,
                            "the management API at %s refuses user %s with the password in %s",
                            management->settings->management_url,
                            management->settings->management_user,
                            management->settings->management_password_file);
    return hf_fault_set(fault, status == 404 ? HF_ERR_NOT_FOUND : HF_ERR_HTTP, status,
                        "the management API answered %ld to %s %s: %s", status, method, path,
                        reason_in(answer));
}

static CURLcode transfer(struct hf_management *management, const char *method, const char *url,
                         const char *body, struct bytes *bytes)
{
    CURL *curl = management->curl;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, bytes);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return code;
}

static enum hf_err judge(struct hf_management *management, const char *method, const char *path,
                         const struct bytes *bytes, cJSON **answer, struct hf_fault *fault)
{
    long status = 0;
    curl_easy_getinfo(management->curl, CURLINFO_RESPONSE_CODE, &status);
    cJSON *json = bytes->len ? cJSON_ParseWithLength(bytes->data, bytes->len) : NULL;
    enum hf_err err = HF_ERR_OK;
    if (status < 200 || status > 299)
        err = refusal(management, status, method, path, json, fault);
    else if (bytes->len && !json)
        err =
            hf_fault_set(fault, HF_ERR_MALFORMED, status,
                         "%s does not answer as RabbitMQ's management API does: is \"url\" right?",
                         management->settings->management_url);
    if (answer && !err)
        *answer = json;
    else
        cJSON_Delete(json);
    return err;
}

static enum hf_err call(struct hf_management *management, const char *method, const char *path,
                        const char *body, cJSON **answer, struct hf_fault *fault)
{
    char url[HF_URL_MAX + HF_MANAGEMENT_PATH_MAX + 8];
    struct bytes bytes = {0};
    const char *base = management->settings->management_url;
    snprintf(url, sizeof url, "%s/api/%s", base, path);
    CURLcode code = transfer(management, method, url, body, &bytes);
    enum hf_err err = HF_ERR_OK;
    if (bytes.too_large)
        err = hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                           "the management API at %s answers with more than %d bytes to %s", base,
                           HF_MANAGEMENT_ANSWER_MAX, path);
    else if (code != CURLE_OK)
        err = hf_fault_set(fault, from_curl(code), code, "the management API at %s: %s%s", base,
                           curl_easy_strerror(code), advice(management->settings, code));
    else
        err = judge(management, method, path, &bytes, answer, fault);
    free(bytes.data);
    return err;
}

enum hf_err hf_management_call(struct hf_management *management, const char *method,
                               const char *path, const cJSON *body, cJSON **answer,
                               struct hf_fault *fault)
{
    if (answer)
        *answer = NULL;
    char *text = body ? cJSON_PrintUnformatted(body) : NULL;
    if (body && !text)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the management API");
    enum hf_err err = call(management, method, path, text, answer, fault);
    cJSON_free(text);
    return err;
}

enum hf_err hf_management_delete(struct hf_management *management, const char *path,
                                 struct hf_fault *fault)
{
    struct hf_fault own = {0};
    enum hf_err err = hf_management_call(management, "DELETE", path, NULL, NULL, &own);
    if (err == HF_ERR_OK || err == HF_ERR_NOT_FOUND)
        return HF_ERR_OK;
    return hf_fault_set(fault, err, own.raw, "%s", own.text);
}

enum hf_err hf_management_send(struct hf_management *management, const char *method,
                               const char *path, const struct hf_management_text *texts,
                               struct hf_fault *fault)
{
    cJSON *body = cJSON_CreateObject();
    bool ok = body;
    for (; ok && texts->key; texts++)
        ok = cJSON_AddStringToObject(body, texts->key, texts->value);
    enum hf_err err =
        ok ? hf_management_call(management, method, path, body, NULL, fault)
           : hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for the management API");
    cJSON_Delete(body);
    return err;
}
