/* resumption ADDRESS PORT CA CERT KEY ROUNDS: to a TLS server called localhost, ROUNDS times a full
 * handshake and one that resumes its session. Prints "VERSION FULL RESUMED": the least CPU time of
 * either, in ms. Without these words it reads them from its standard input, as a handler does. */

#include "link/tls_context.h"
#include "link/tls_internal.h"
#include "link/tls_platform.h"

#include <arpa/inet.h>
#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORD_MAX 64
#define WORDS    6

struct words {
    const char *address, *port, *rounds;
    struct hf_tls_files files;
};

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

static int dial(const struct words *words)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)strtoul(words->port, NULL, 10)),
                                        .sin_addr = {.s_addr = inet_addr(words->address)}};
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
static double shake_hands(const mbedtls_ssl_config *config, const struct words *words, bool resume,
                          mbedtls_ssl_session *session, const char **version)
{
    mbedtls_ssl_context ssl;
    int fd = dial(words);
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

static void read_words(struct words *out, int argc, char **argv)
{
    static char text[WORDS][WORD_MAX];
    const char *word[WORDS];
    for (int i = 0; i < WORDS; i++) {
        if (argc == 1)
            check("six words on the standard input", scanf("%63s", text[i]) - 1);
        word[i] = argc == 1 ? text[i] : argv[i + 1];
    }
    *out = (struct words){.address = word[0],
                          .port = word[1],
                          .files = {.ca = word[2], .cert = word[3], .key = word[4]},
                          .rounds = word[5]};
}

int main(int argc, char **argv)
{
    struct words words;
    struct hf_tls_context *context = NULL;
    struct hf_fault fault = {0};
    const char *version = "";
    double full = 1e9, resumed = 1e9;
    if (argc != 1 && argc != WORDS + 1) {
        fputs("usage: resumption ADDRESS PORT CA CERT KEY ROUNDS\n", stderr);
        return 2;
    }
    read_words(&words, argc, argv);
    hf_tls_platform_set_floor(0, false); /* where it runs the year may be 1970 */
    if (hf_tls_context_load(&words.files, &context, &fault) != HF_ERR_OK) {
        fprintf(stderr, "resumption: %s\n", fault.text);
        return 1;
    }
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &context->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    for (unsigned long left = strtoul(words.rounds, NULL, 10); left > 0; left--) {
        mbedtls_ssl_session session;
        mbedtls_ssl_session_init(&session);
        const double first = shake_hands(&context->config, &words, false, &session, &version);
        const double again = shake_hands(&context->config, &words, true, &session, &version);
        full = first < full ? first : full;
        resumed = again < resumed ? again : resumed;
        mbedtls_ssl_session_free(&session);
    }
    hf_tls_context_free(context);
    printf("%s %.3f %.3f\n", version, full, resumed);
    return 0;
}
