#ifndef HF_TEST_LINK_LOOPBACK_H
#define HF_TEST_LINK_LOOPBACK_H

/* Sockets on 127.0.0.1 for tests, and a look at what a test leaves behind. */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static inline struct sockaddr_in loopback_address(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A socket bound to a free port; -1 when there is none. */
static inline int loopback_bind(uint16_t *port)
{
    struct sockaddr_in address = loopback_address(0);
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *port = 0;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

static inline int loopback_listen(uint16_t *port, int backlog)
{
    const int fd = loopback_bind(port);
    return fd >= 0 && listen(fd, backlog) == 0 ? fd : -1;
}

/* One that nobody can connect to any more: Linux drops what comes while the backlog is full.
 * `fds[0]` listens, the others fill; close them all. */
#define LOOPBACK_FULL 4
static inline bool loopback_full(uint16_t *port, int fds[LOOPBACK_FULL])
{
    for (int i = 1; i < LOOPBACK_FULL; i++)
        fds[i] = -1;
    fds[0] = loopback_listen(port, 0);
    const struct sockaddr_in address = loopback_address(*port);
    for (int i = 1; i < LOOPBACK_FULL; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fds[i] < 0)
            return false;
        (void)connect(fds[i], (const struct sockaddr *)&address, sizeof address);
    }
    return fds[0] >= 0;
}

static inline void loopback_close(const int *fds, int count)
{
    for (int i = 0; i < count; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
}

/* One of them is the look itself: for comparing only. */
static inline int loopback_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        (void)closedir(dir);
    return count;
}

static inline bool loopback_no_children(void)
{
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

#endif
