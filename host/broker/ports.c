#include "broker/ports.h"

#include "home/file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE_MAX    (64 * 1024 * 1024)
#define STATE_LISTEN 0x0A
#define CHOICES      200
#define PORT_AMQP    5672 /* everybody's plain AMQP: never ours, even when it is free just now */

/* The n-th word of a line, from 0; the end of the line when it has fewer. */
static const char *word(const char *line, int n)
{
    line += strspn(line, " ");
    for (; n > 0; n--) {
        line += strcspn(line, " \n");
        line += strspn(line, " ");
    }
    return line;
}

/* "sl: ADDRESS:PORT ADDRESS:PORT STATE tx:rx tr:when retrnsmt uid timeout INODE", in hexadecimal
 * but for the last. */
unsigned long hf_port_listener_inode(const char *proc_net_tcp, uint16_t port)
{
    for (const char *line = strchr(proc_net_tcp, '\n'); line; line = strchr(line, '\n')) {
        line++;
        const char *local = strchr(word(line, 1), ':');
        if (local && strtoul(local + 1, NULL, 16) == port &&
            strtoul(word(line, 3), NULL, 16) == STATE_LISTEN)
            return strtoul(word(line, 9), NULL, 10);
    }
    return 0;
}

static unsigned long find_listener(uint16_t port)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    unsigned long inode = 0;
    for (size_t i = 0; i < 2 && inode == 0; i++) {
        char *text = NULL;
        if (hf_file_read(tables[i], TABLE_MAX, &text, NULL, NULL) == HF_ERR_OK)
            inode = hf_port_listener_inode(text, port);
        free(text);
    }
    return inode;
}

static bool has_socket(pid_t pid, void *context)
{
    char folder[64], target[64];
    bool found = false;
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(folder);
    if (!fds)
        return false;
    for (const struct dirent *fd = readdir(fds); fd && !found; fd = readdir(fds)) {
        ssize_t len = readlinkat(dirfd(fds), fd->d_name, target, sizeof target - 1);
        if (len < 0)
            continue;
        target[len] = '\0';
        found = strcmp(target, context) == 0;
    }
    closedir(fds);
    return found;
}

bool hf_port_held(uint16_t port, struct hf_port_holder *holder)
{
    char socket_name[64];
    unsigned long inode = find_listener(port);
    if (inode == 0)
        return false;
    if (!holder)
        return true;
    memset(holder, 0, sizeof *holder);
    snprintf(socket_name, sizeof socket_name, "socket:[%lu]", inode);
    pid_t pid = hf_process_each(has_socket, socket_name);
    if (pid && hf_process_name(pid, holder->name))
        holder->pid = pid;
    return true;
}

static socklen_t socket_address(const char *address, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return 0;
}

/* An errno; 0 when it can be bound. */
static int try_bind(const char *address, uint16_t port)
{
    const int on = 1;
    struct sockaddr_storage to;
    socklen_t len = socket_address(address, port, &to);
    if (len == 0)
        return EADDRNOTAVAIL;
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* as the broker does: TIME_WAIT */
    int number = bind(fd, (struct sockaddr *)&to, len) == 0 ? 0 : errno;
    close(fd);
    return number;
}

static enum hf_err busy(uint16_t port, int number, struct hf_fault *fault)
{
    struct hf_port_holder holder = {0};
    if (!hf_port_held(port, &holder))
        return hf_fault_set(fault, HF_ERR_BUSY, number, "port %u is in use", port);
    if (holder.pid == 0)
        return hf_fault_set(fault, HF_ERR_BUSY, number, "port %u is held by another user's process",
                            port);
    return hf_fault_set(fault, HF_ERR_BUSY, number, "port %u is held by process %d (%s)", port,
                        (int)holder.pid, holder.name);
}

enum hf_err hf_port_check(const char *address, uint16_t port, struct hf_fault *fault)
{
    int number = try_bind(address, port);
    switch (number) {
    case 0: return HF_ERR_OK;
    case EADDRINUSE: return busy(port, number, fault);
    case EACCES:
        return hf_fault_set(fault, HF_ERR_DENIED, number,
                            "this user may not listen on port %u: choose one from 1024 on", port);
    default:
        return hf_fault_set(fault, HF_ERR_INVALID, number,
                            "cannot listen on %s: %s (it must be an address of this machine)",
                            address, strerror(number));
    }
}

static enum hf_err check_all(const struct hf_port_place *place, uint16_t port,
                             struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < place->count; i++)
        err = hf_port_check(place->addresses[i], port, fault);
    return err;
}

/* Claimed first: what is free before that may be somebody's by then. */
static enum hf_err take(const struct hf_port_place *place, uint16_t port, struct hf_claims *claims,
                        struct hf_fault *fault)
{
    if (port == PORT_AMQP || !hf_claim(claims, port))
        return HF_ERR_BUSY;
    enum hf_err err = check_all(place, port, fault);
    if (err)
        hf_claim_release(claims, port);
    return err;
}

enum hf_err hf_port_choose(const struct hf_port_place *place, uint16_t first,
                           struct hf_claims *claims, uint16_t *out, struct hf_fault *fault)
{
    for (unsigned int port = first; port < (unsigned int)first + CHOICES && port <= HF_PORT_MAX;
         port++) {
        enum hf_err err = take(place, (uint16_t)port, claims, fault);
        if (err == HF_ERR_OK)
            *out = (uint16_t)port;
        if (err != HF_ERR_BUSY)
            return err;
    }
    return hf_fault_set(fault, HF_ERR_BUSY, 0, "none of the ports from %u to %u is free", first,
                        first + CHOICES - 1);
}
