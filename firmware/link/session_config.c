#include "link/pages.h"
#include "link/session_internal.h"

#define STEP_MS_DEFAULT 10000

static bool copy(char *to, size_t size, const char *from)
{
    return hf_str_copy(to, size, hf_str(from));
}

static uint32_t or_default(uint32_t ms)
{
    return ms > 0 ? ms : STEP_MS_DEFAULT;
}

static const char *copy_texts(struct hf_session *session, const struct hf_session_config *config)
{
    const char *name = config->server_name != NULL ? config->server_name : config->host;
    if (config->host == NULL || config->host[0] == '\0' ||
        !copy(session->host, sizeof session->host, config->host))
        return "host";
    if (config->vhost == NULL || !copy(session->vhost, sizeof session->vhost, config->vhost))
        return "vhost";
    if (config->password != NULL && (config->user == NULL || config->user[0] == '\0'))
        return "user";
    if (config->user != NULL && !copy(session->user, sizeof session->user, config->user))
        return "user";
    if (config->password != NULL &&
        !copy(session->password, sizeof session->password, config->password))
        return "password";
    if (config->client_name != NULL &&
        !copy(session->client_name, sizeof session->client_name, config->client_name))
        return "client_name";
    if (!copy(session->server_name, sizeof session->server_name, name))
        return "server_name";
    return NULL;
}

static enum hf_err configure(struct hf_session *session, const struct hf_session_config *config,
                             struct hf_fault *fault)
{
    const char *bad = copy_texts(session, config);
    if (bad == NULL && config->tls == NULL)
        bad = "tls";
    if (bad == NULL && config->port == 0)
        bad = "port";
    if (bad == NULL && config->channels > HF_SESSION_CHANNELS_MAX)
        bad = "channels";
    if (bad == NULL && (config->heartbeat_s < 1 || config->heartbeat_s > 3600))
        bad = "heartbeat_s";
    if (bad != NULL)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "the broker's '%s' is missing, too long or out of range", bad);
    session->external = config->password == NULL;
    session->port = config->port;
    session->channel_count = config->channels;
    session->heartbeat_s = config->heartbeat_s;
    session->resolve_ms = or_default(config->resolve_ms);
    session->connect_ms = or_default(config->connect_ms);
    session->tls_ms = or_default(config->tls_ms);
    session->login_ms = or_default(config->login_ms);
    session->send_buffer_bytes = config->send_buffer_bytes > 3 * HF_SESSION_FRAME_MAX
                                     ? config->send_buffer_bytes
                                     : 3 * HF_SESSION_FRAME_MAX;
    session->tls = config->tls;
    return HF_ERR_OK;
}

enum hf_err hf_session_new(const struct hf_session_config *config, struct hf_session **out,
                           struct hf_fault *fault)
{
    struct hf_session *session = hf_pages_new(sizeof *session);
    if (session == NULL)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory for a connection");
    const enum hf_err err = configure(session, config, fault);
    if (err != HF_ERR_OK) {
        hf_session_free(session);
        return err;
    }
    *out = session;
    return HF_ERR_OK;
}
