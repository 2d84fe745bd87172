/* resumption PORT CA CERT KEY ROUNDS: to a TLS server on loopback, ROUNDS times a full handshake
 * and one that resumes its session. Prints "VERSION FULL RESUMED": the least CPU time of either, in
 * ms. */

#include "link/tls_context.h"
#include "link/tls_internal.h"

#include <arpa/inet.h>
#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void check(const char *what, int code)
{
    if (code == 0)
        return;
    fprintf(stderr, "resumption: %s: %d\n", what, code);
    exit(1);
}

static double cpu_ms(void)
{
    struct timespec now;
    check("clock", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now));
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int send_some(void *fd, const unsigned char *data, size_t len)
{
    const ssize_t sent = send(*(int *)fd, data, len, MSG_NOSIGNAL);
    return sent < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)sent;
}

static int receive_some(void *fd, unsigned char *data, size_t len)
{
    const ssize_t got = recv(*(int *)fd, data, len, 0);
    return got < 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : (int)got;
}

static int dial(const char *port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    check("connect", connect(fd, (const struct sockaddr *)&address, sizeof address));
    return fd;
}

/* With TLS 1.3 it comes after the handshake. */
static void take_session(mbedtls_ssl_context *ssl, mbedtls_ssl_session *session)
{
    unsigned char nothing[1];
    int code = 0;
    if (mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3) {
        do
            code = mbedtls_ssl_read(ssl, nothing, sizeof nothing);
        while (code == MBEDTLS_ERR_SSL_WANT_READ);
        check("no ticket came", code - MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    }
    check("session", mbedtls_ssl_get_session(ssl, session));
}

/* CPU time of the handshake, which resumes `session` or is a full one and makes it. */
static double shake_hands(const mbedtls_ssl_config *config, const char *port, bool resume,
                          mbedtls_ssl_session *session, const char **version)
{
    mbedtls_ssl_context ssl;
    int fd = dial(port);
    mbedtls_ssl_init(&ssl);
    check("setup", mbedtls_ssl_setup(&ssl, config));
    check("name", mbedtls_ssl_set_hostname(&ssl, "localhost"));
    mbedtls_ssl_set_bio(&ssl, &fd, send_some, receive_some, NULL);
    if (resume)
        check("session", mbedtls_ssl_set_session(&ssl, session));
    const double began = cpu_ms();
    check("handshake", mbedtls_ssl_handshake(&ssl));
    const double took = cpu_ms() - began;
    if (!resume)
        take_session(&ssl, session);
    *version = mbedtls_ssl_get_version(&ssl);
    (void)mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    (void)close(fd);
    return took;
}

int main(int argc, char **argv)
{
    struct hf_tls_context *context = NULL;
    struct hf_fault fault = {0};
    const char *version = "";
    double full = 1e9, resumed = 1e9;
    if (argc != 6) {
        fputs("usage: resumption PORT CA CERT KEY ROUNDS\n", stderr);
        return 2;
    }
    const struct hf_tls_files files = {.ca = argv[2], .cert = argv[3], .key = argv[4]};
    if (hf_tls_context_load(&files, &context, &fault) != HF_ERR_OK) {
        fprintf(stderr, "resumption: %s\n", fault.text);
        return 1;
    }
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &context->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    for (unsigned long left = strtoul(argv[5], NULL, 10); left > 0; left--) {
        mbedtls_ssl_session session;
        mbedtls_ssl_session_init(&session);
        const double first = shake_hands(&context->config, argv[1], false, &session, &version);
        const double again = shake_hands(&context->config, argv[1], true, &session, &version);
        full = first < full ? first : full;
        resumed = again < resumed ? again : resumed;
        mbedtls_ssl_session_free(&session);
    }
    hf_tls_context_free(context);
    printf("%s %.3f %.3f\n", version, full, resumed);
    return 0;
}
