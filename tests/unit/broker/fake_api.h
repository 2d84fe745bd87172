#ifndef HF_TESTS_FAKE_API_H
#define HF_TESTS_FAKE_API_H

#include "../scratch.h"
#include "broker/management.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A management API that a test scripts: an HTTP server on a loopback port that takes one request
 * on each connection, answers what the script says (204 without a body otherwise) and keeps what
 * was asked. It knows just enough HTTP for that.
 */

#define FAKE_LOG_MAX     16384
#define FAKE_REQUEST_MAX 65536

struct fake_answer {
    const char *request; /* "GET /api/overview"; a '?' and what follows does not count */
    int status;
    const char *body; /* NULL: none; FAKE_HANGS_UP: no answer at all */
};

#define FAKE_HANGS_UP ((const char *)1)

static struct {
    int fd;
    pthread_t thread;
    const struct fake_answer *script; /* ends with a NULL request */
    char log[FAKE_LOG_MAX];           /* "METHOD PATH BODY" a line; read it after a call */
    struct hf_broker_settings settings;
    struct hf_management *client;
} fake;

/* Head and body of one request, as far as its Content-Length says. */
static inline bool fake_read_request(int fd, char *request)
{
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, request + len, FAKE_REQUEST_MAX - 1 - len);
        if (n <= 0)
            return false;
        len += (size_t)n;
        request[len] = '\0';
        const char *body = strstr(request, "\r\n\r\n");
        const char *length = strcasestr(request, "\r\nContent-Length:");
        size_t wanted = length ? strtoul(length + 17, NULL, 10) : 0;
        if (body && strlen(body + 4) >= wanted)
            return true;
    }
}

static inline const struct fake_answer *fake_find(const char *method_and_path)
{
    static const struct fake_answer empty = {"", 204, NULL};
    size_t len = strcspn(method_and_path, "?");
    for (const struct fake_answer *a = fake.script; a->request; a++)
        if (strlen(a->request) == len && strncmp(a->request, method_and_path, len) == 0)
            return a;
    return &empty;
}

static inline void fake_serve(int fd)
{
    static char request[FAKE_REQUEST_MAX];
    char line[2048] = "";
    if (!fake_read_request(fd, request))
        return;
    const char *body = strstr(request, "\r\n\r\n") + 4;
    snprintf(line, sizeof line, "%.*s", (int)(strstr(request, " HTTP/") - request), request);
    size_t had = strlen(fake.log);
    snprintf(fake.log + had, sizeof fake.log - had, "%s %s\n", line, body);
    const struct fake_answer *answer = fake_find(line);
    if (answer->body == FAKE_HANGS_UP)
        return;
    const char *text = answer->body ? answer->body : "";
    dprintf(fd, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
            answer->status, strlen(text), text);
}

static inline void *fake_run(void *unused)
{
    for (int fd = accept(fake.fd, NULL, NULL); fd >= 0; fd = accept(fake.fd, NULL, NULL)) {
        fake_serve(fd);
        close(fd);
    }
    return unused;
}

static inline int fake_start(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    static const struct fake_answer nothing[] = {{NULL, 0, NULL}};
    if (scratch_make(state) != 0)
        return -1;
    memset(&fake, 0, sizeof fake);
    fake.script = nothing;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fake.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fake.fd, (struct sockaddr *)&address, len) != 0 || listen(fake.fd, 4) != 0 ||
        getsockname(fake.fd, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&fake.thread, NULL, fake_run, NULL) != 0)
        return -1;
    hf_broker_settings_init(&fake.settings, &scratch);
    snprintf(fake.settings.management_url, sizeof fake.settings.management_url,
             "http://127.0.0.1:%u", ntohs(address.sin_port));
    hf_file_write(scratch_path("admin.password"), "secret\n", 7, 0600, NULL);
    return hf_management_open(&fake.settings, &fake.client, NULL) == HF_ERR_OK ? 0 : -1;
}

static inline int fake_stop(void **state)
{
    hf_management_close(fake.client);
    shutdown(fake.fd, SHUT_RDWR);
    pthread_join(fake.thread, NULL);
    close(fake.fd);
    return scratch_drop(state);
}

#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_start, fake_stop)

#endif
