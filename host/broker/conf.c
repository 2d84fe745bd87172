#include "broker/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MARKER "HOLDFAST_NODE="

/* Text that grows in a buffer of fixed size; `full` latches. */
struct page {
    char *text;
    size_t len;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *page, const char *format, ...)
{
    size_t room = HF_CONF_TEXT_MAX + 1 - page->len;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(page->text + page->len, room, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= room)
        page->full = true;
    else
        page->len += (size_t)len;
}

static enum hf_err finish(const struct page *page, struct hf_fault *fault)
{
    if (!page->full)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                        "the broker's settings do not fit in %d bytes: listen on fewer addresses",
                        HF_CONF_TEXT_MAX);
}

bool hf_conf_path_fits(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "/._-+@";
    return path[strspn(path, allowed)] == '\0';
}

void hf_conf_marker(const struct hf_home *home, char marker[HF_PATH_MAX + 1])
{
    snprintf(marker, HF_PATH_MAX + 1, MARKER "%s", home->dir);
}

/* Of TLS 1.3, then of 1.2: all authenticated (AEAD), all with a key exchange of their own. The
 * broker's key is on P-256, so there is no use for RSA. */
static const char *const ciphers[] = {
    "TLS_AES_256_GCM_SHA384",        "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",  "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305",
};

static void put_ciphers(struct page *page)
{
    put(page, "    {ciphers, [");
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++)
        put(page, "%s\"%s\"", i ? ",\n               " : "", ciphers[i]);
    put(page, "]},\n");
}

/* RabbitMQ's own values, all named because naming one drops the others, but for the backlog: with
 * its 128 a crowd of strangers keeps boards from connecting. */
static void put_sockets(struct page *page)
{
    put(page, "tcp_listen_options.backlog = 1024\n"
              "tcp_listen_options.nodelay = true\n"
              "tcp_listen_options.linger.on = true\n"
              "tcp_listen_options.linger.timeout = 0\n"
              "tcp_listen_options.exit_on_close = false\n");
}

/* cluster_name: without it every connection may wait for a look-up of the host's name. */
static void put_rest(struct page *page, const char *dir, const struct hf_node_settings *node)
{
    put(page,
        "cluster_name = holdfast\n"
        "load_definitions = %s/" HF_CONF_DEFINITIONS "\n"
        "heartbeat = 10\n"
        "consumer_timeout = %lld\n"
        "max_message_size = %d\n"
        "vm_memory_high_watermark.relative = 0.4\n"
        "disk_free_limit.absolute = 200MB\n"
        "management.tcp.ip = 127.0.0.1\n"
        "management.tcp.port = %u\n"
        "log.file = broker.log\n"
        "log.file.level = info\n"
        "log.file.rotation.size = 10485760\n"
        "log.file.rotation.count = 3\n"
        "log.console = false\n",
        dir, HF_CONF_CONSUMER_TIMEOUT_S * 1000LL, HF_CONF_MESSAGE_MAX, node->management_port);
}

enum hf_err hf_conf_rabbitmq(const struct hf_home *home, const struct hf_broker_settings *settings,
                             char text[HF_CONF_TEXT_MAX + 1], struct hf_fault *fault)
{
    struct page page = {.text = text};
    put(&page, "# Written by every \"holdfast up\": changes made here are lost.\n"
               "listeners.tcp = none\n");
    for (size_t i = 0; i < settings->node.listen_count; i++)
        put(&page, "listeners.ssl.%zu = %s:%u\n", i + 1, settings->node.listen[i], settings->port);
    put_sockets(&page);
    put(&page, "ssl_cert_login_from = common_name\n"
               "auth_mechanisms.1 = EXTERNAL\n");
    put_rest(&page, home->dir, &settings->node);
    return finish(&page, fault);
}

/* Sessions that are taken up again would get around the list of revoked certificates. */
enum hf_err hf_conf_advanced(const struct hf_home *home, char text[HF_CONF_TEXT_MAX + 1],
                             struct hf_fault *fault)
{
    struct page page = {.text = text};
    const char *dir = home->dir;
    put(&page,
        "%%%% Written by every \"holdfast up\": changes made here are lost.\n"
        "[{rabbit, [{ssl_options, [\n"
        "    {cacertfile, \"%s/" HF_HOME_DEVICE_CA ".pem\"},\n"
        "    {certfile, \"%s/" HF_HOME_BROKER_CERT ".pem\"},\n"
        "    {keyfile, \"%s/" HF_HOME_BROKER_CERT ".key\"},\n",
        dir, dir, dir);
    put_ciphers(&page);
    put(&page,
        "    {versions, ['tlsv1.3', 'tlsv1.2']},\n"
        "    {supported_groups, [x25519, secp256r1]},\n"
        "    {eccs, [x25519, secp256r1]},\n"
        "    {client_renegotiation, false},\n"
        "    {reuse_sessions, false},\n"
        "    {verify, verify_peer},\n"
        "    {fail_if_no_peer_cert, true},\n"
        "    {depth, 1},\n"
        "    {crl_check, peer},\n"
        "    {crl_cache, {ssl_crl_hash_dir, {internal, [{dir, \"%s/" HF_HOME_CRL "\"}]}}}\n"
        "]}]}].\n",
        dir);
    return finish(&page, fault);
}

static void put_variable(struct page *page, const char *name, const char *value)
{
    put(page, "%s=%s", name, value);
    put(page, "%c", '\0');
}

static void put_number(struct page *page, const char *name, unsigned int value)
{
    char text[16];
    snprintf(text, sizeof text, "%u", value);
    put_variable(page, name, text);
}

enum hf_err hf_conf_environment(const struct hf_home *home,
                                const struct hf_broker_settings *settings, const char *programs,
                                char text[HF_CONF_TEXT_MAX + 1], struct hf_fault *fault)
{
    static const struct {
        const char *variable, *file;
    } files[] = {
        {"HOME", HF_CONF_HOME},
        {"RABBITMQ_CONF_ENV_FILE", HF_CONF_EMPTY},
        {"RABBITMQ_CONFIG_FILE", HF_CONF_FILE},
        {"RABBITMQ_ADVANCED_CONFIG_FILE", HF_CONF_ADVANCED},
        {"RABBITMQ_ENABLED_PLUGINS_FILE", HF_CONF_PLUGINS},
        {"RABBITMQ_MNESIA_BASE", HF_CONF_DATA},
        {"RABBITMQ_LOG_BASE", HF_CONF_LOG},
        {"RABBITMQ_PID_FILE", HF_HOME_NODE "/pid"},
    };
    static const char loopback[] = "-kernel inet_dist_use_interface {127,0,0,1}";
    struct page page = {.text = text};
    char value[HF_PATH_MAX + 1];
    put(&page, MARKER "%s", home->dir);
    put(&page, "%c", '\0');
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        hf_home_path(home, files[i].file, "", value);
        put_variable(&page, files[i].variable, value);
    }
    put_variable(&page, "LANG", "C.UTF-8");
    put_variable(&page, "LC_ALL", "C.UTF-8");
    put_number(&page, "ERL_EPMD_PORT", settings->node.epmd_port);
    put_variable(&page, "ERL_EPMD_ADDRESS", "127.0.0.1");
    put_variable(&page, "RABBITMQ_NODENAME", HF_CONF_NODE_NAME);
    put_number(&page, "RABBITMQ_DIST_PORT", settings->node.dist_port);
    put_variable(&page, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback);
    put_variable(&page, "RABBITMQ_CTL_ERL_ARGS", loopback);
    snprintf(value, sizeof value, "%s:/usr/sbin:/usr/bin:/sbin:/bin", programs);
    put_variable(&page, "PATH", value);
    put(&page, "%c", '\0');
    return finish(&page, fault);
}

enum hf_err hf_conf_shell(const char *environment, char text[HF_CONF_TEXT_MAX + 1],
                          struct hf_fault *fault)
{
    struct page page = {.text = text};
    put(&page, "# For rabbitmqctl: ( . ./env && rabbitmqctl status )\n");
    for (const char *at = environment; *at; at += strlen(at) + 1) {
        int name_len = (int)strcspn(at, "=");
        if (strncmp(at, MARKER, strlen(MARKER)) != 0)
            put(&page, "export %.*s='%s'\n", name_len, at, at + name_len + 1);
    }
    return finish(&page, fault);
}
