#ifndef TESTS_UNIT_WORKER_HOSTILE_H
#define TESTS_UNIT_WORKER_HOSTILE_H

#include "folder.h"
#include "worker/monitor_internal.h"
#include "worker/privilege.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/*
 * A worker that was taken over, at the monitor's socket: each test's `hostile` runs as the worker's
 * user in the worker's place, and its exit code is the line of what it should not have been able to
 * do, or that did not work; 0: all is as it should be.
 */

#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __LINE__ % 250 + 1;                                                             \
    } while (0)

#define MANAGER                                                                                    \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDGwnM7R1fdv0dz11IPVgxquLespv\n"                           \
    "0NotQQ+A2ZHbqKXu20/YymedKx13mVPNO4ktWk6w/eH6V6vQQa1AmBj8VQ==\n"                               \
    "-----END PUBLIC KEY-----\n"

static struct hf_config config;
static struct hf_privilege privilege;
static struct hf_agent agent;
static struct hf_fault fault;
static int (*hostile)(int fd);
static uid_t worker_uid, task_uid;

__attribute__((unused)) static int set_up(void **state)
{
    if (geteuid() != 0)
        return 0;
    worker_uid = 70000 + (uid_t)getpid();
    task_uid = worker_uid + 100000;
    memset(&config, 0, sizeof config);
    if (folder_make(state) != 0 || chmod(folder, 0711) != 0)
        return -1;
    folder_put("manager.pub", 0644, MANAGER);
    folder_put("key.pem", 0600, "the key");
    (void)snprintf(config.board, sizeof config.board, "unit-%d", (int)getpid());
    (void)snprintf(config.task_user, sizeof config.task_user, "%u", (unsigned)task_uid);
    (void)snprintf(config.worker_user, sizeof config.worker_user, "%u", (unsigned)worker_uid);
    (void)snprintf(config.state, sizeof config.state, "%s/state", folder);
    (void)snprintf(config.handlers, sizeof config.handlers, "%s/handlers", folder);
    (void)snprintf(config.require_signature, sizeof config.require_signature, "%s/manager.pub",
                   folder);
    (void)snprintf(config.tls.key, sizeof config.tls.key, "%s/key.pem", folder);
    config.max_payload_bytes = 1 << 20;
    config.slots = 1;
    config.limits.files = 64;
    if (mkdir(folder_path("handlers"), 0755) != 0)
        return -1;
    hf_agent_init(&agent, config.state, &hf_disk_real);
    return hf_privilege_find(&privilege, &config, &fault) == HF_ERR_OK ? 0 : -1;
}

__attribute__((unused)) static int tear_down(void **state)
{
    return geteuid() == 0 ? folder_delete(state) : 0;
}

static int play(void *context, const struct hf_monitor_inherited *inherited, int fd)
{
    (void)context;
    (void)inherited;
    hf_privilege_hold(&config);
    must(hf_privilege_drop(&privilege));
    hf_monitor_follow(fd);
    return hostile(fd);
}

/* The worker's exit status. */
__attribute__((unused)) static int live(enum hf_monitor_end *end, int (*what)(int fd))
{
    const struct hf_monitor_setup setup = {.config_path = "/nowhere/worker.json",
                                           .config = &config,
                                           .privilege = &privilege,
                                           .agent = &agent,
                                           .work = play};
    int status = -1;
    hostile = what;
    assert_int_equal(hf_monitor_run(&setup, end, &status, &fault), HF_ERR_OK);
    return status;
}

__attribute__((unused)) static void expect(int (*what)(int fd))
{
    enum hf_monitor_end end;
    if (geteuid() != 0)
        skip();
    const int status = live(&end, what);
    if (end != HF_MONITOR_LEFT || status != 0)
        fail_msg("status %d (the line of what failed, modulo 250, and 1)", status);
}

__attribute__((unused)) static void handler(const char *name, const char *script)
{
    char path[64];
    (void)snprintf(path, sizeof path, "handlers/%s", name);
    folder_put(path, 0755, script);
}

/* --- a start, as the worker asks for it --- */

static struct hf_petition petition;
static struct hf_reply reply;
static struct hf_rights ours, theirs, back;

/* Pipes for everything, and a payload. */
__attribute__((unused)) static void prepare(const char *name, const char *payload)
{
    memset(&petition, 0, sizeof petition);
    petition.kind = HF_PETITION_START;
    (void)snprintf(petition.task.id, sizeof petition.task.id, "task");
    (void)snprintf(petition.task.handler, sizeof petition.task.handler, "%s", name);
    petition.task.attempt = 1;
    theirs.count = ours.count = 4;
    for (int i = 0; i < 4; i++) {
        int ends[2];
        (void)!pipe2(ends, O_CLOEXEC);
        ours.list[i] = ends[0];
        theirs.list[i] = ends[1];
    }
    theirs.list[theirs.count++] = memfd_create("payload", MFD_CLOEXEC);
    (void)!write(theirs.list[4], payload, strlen(payload));
    (void)lseek(theirs.list[4], 0, SEEK_SET);
}

__attribute__((unused)) static int ask(int fd)
{
    const struct iovec asked = {&petition, sizeof petition}, answered = {&reply, sizeof reply};
    if (hf_rights_send(fd, &asked, 1, &theirs, 0) != 0 ||
        hf_rights_receive(fd, &answered, 1, &back) != (ssize_t)sizeof reply)
        return 1;
    hf_rights_drop(&theirs);
    return reply.err;
}

/* The exit code; the result is in `out`, what was logged in `log`. */
__attribute__((unused)) static int end_of(char *out, char *log, size_t size)
{
    struct hf_brood_end end;
    struct pollfd ended = {.fd = back.list[0], .events = POLLIN};
    memset(out, 0, size);
    memset(log, 0, size);
    (void)poll(&ended, 1, 60000);
    if (read(back.list[0], &end, sizeof end) != (ssize_t)sizeof end)
        return -1;
    (void)!read(ours.list[0], out, size - 1);
    (void)!read(ours.list[1], log, size - 1);
    return WIFEXITED(end.status) ? WEXITSTATUS(end.status) : -WTERMSIG(end.status);
}

#define HOSTILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
