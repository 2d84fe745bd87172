#include "folder.h"
#include "link/clock.h"
#include "link/pem.h"
#include "link/signature.h"
#include "worker/monitor_internal.h"
#include "worker/privilege.h"
#include "worker/upkeep_proof.h"
#include "worker/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

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

#define MANAGERS_KEY                                                                               \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEIKrtzNhi2Gd3nTrrKxwxntklCo0RBMd/COdz1iUDlIcjoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEDGwnM7R1fdv0dz11IPVgxquLespv0NotQQ+A2ZHbqKXu20/Yymed\n"                           \
    "Kx13mVPNO4ktWk6w/eH6V6vQQa1AmBj8VQ==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"

static struct hf_config config;
static struct hf_privilege privilege;
static struct hf_agent agent;
static struct hf_fault fault;
static int (*hostile)(int fd);
static uid_t worker_uid, task_uid;

static int set_up(void **state)
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

static int tear_down(void **state)
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
static int live(enum hf_monitor_end *end, int (*what)(int fd))
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

static void expect(int (*what)(int fd))
{
    enum hf_monitor_end end;
    if (geteuid() != 0)
        skip();
    const int status = live(&end, what);
    if (end != HF_MONITOR_LEFT || status != 0)
        fail_msg("status %d (the line of what failed, modulo 250, and 1)", status);
}

static void handler(const char *name, const char *script)
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
static void prepare(const char *name, const char *payload)
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

static int ask(int fd)
{
    const struct iovec asked = {&petition, sizeof petition}, answered = {&reply, sizeof reply};
    if (hf_rights_send(fd, &asked, 1, &theirs, 0) != 0 ||
        hf_rights_receive(fd, &answered, 1, &back) != (ssize_t)sizeof reply)
        return 1;
    hf_rights_drop(&theirs);
    return reply.err;
}

/* The exit code; the result is in `out`, what was logged in `log`. */
static int end_of(char *out, char *log, size_t size)
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

/* --- what it may do --- */

static int run_a_program(int fd)
{
    char out[256], log[256], wanted[64];
    prepare("who", "hello");
    must(ask(fd) == HF_ERR_OK && reply.pid > 0);
    must(end_of(out, log, sizeof out) == 0);
    (void)snprintf(wanted, sizeof wanted, "%u hello 64 task\n", (unsigned)task_uid);
    must(strcmp(out, wanted) == 0);
    return 0;
}

static void a_program_runs_as_the_task_user_within_the_settings_bounds(void **state)
{
    (void)state;
    handler("who", "#!/bin/sh\necho $(id -u) $(cat) $(ulimit -n) $HOLDFAST_TASK_ID\n");
    expect(run_a_program);
}

static int ask_for_more_files(int fd)
{
    char out[256], log[256];
    static const int64_t MORE[] = {100000, 0, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) {
        prepare("files-of-mine", "");
        petition.task.limits.files = MORE[i];
        must(ask(fd) == HF_ERR_OK && end_of(out, log, sizeof out) == 0);
        must(strcmp(out, "64\n") == 0);
    }
    return 0;
}

static void a_task_that_asks_for_looser_bounds_gets_the_settings(void **state)
{
    (void)state;
    handler("files-of-mine", "#!/bin/sh\nulimit -n\n");
    expect(ask_for_more_files);
}

static int ask_a_built_in_for_longer_files(int fd)
{
    static char payload[3 << 20];
    char out[256], log[256];
    int line[2];
    struct hf_spool spool;
    const struct hf_warm_task task = {.run = hf_builtin_find("echo")->run, .processor = -1};
    hf_spool_init(&spool);
    must(hf_spool_open(&spool, config.state, sizeof payload, NULL) == HF_ERR_OK);
    must(hf_spool_append(&spool, payload, sizeof payload, NULL) == HF_ERR_OK);
    prepare("echo", "");
    const int result = memfd_create("result", MFD_CLOEXEC);
    must(dup2(result, theirs.list[0]) >= 0 && hf_warm_socket(line) == 0);
    must(dup2(line[1], theirs.list[3]) >= 0);
    (void)close(line[1]);
    must(ask(fd) == HF_ERR_OK && hf_warm_send_task(line[0], &task, &spool) == 0);
    must(end_of(out, log, sizeof out) == -SIGXFSZ);
    must(lseek(result, 0, SEEK_END) == 1 << 20);
    return 0;
}

static void a_built_in_has_the_settings_bounds_whatever_comes_with_its_task(void **state)
{
    (void)state;
    config.limits.file_size_mb = 1;
    expect(ask_a_built_in_for_longer_files);
}

/* --- what it may not do --- */

static int run_what_is_not_allowed(int fd)
{
    static const char *const NAMES[] = {"exec",   "no-such",   "../evil", "/bin/sh",
                                        "sha256", "forbidden", "",        "hf-no-such"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        prepare(NAMES[i], "");
        must(ask(fd) < 0 && back.count == 0);
        petition.kind = HF_PETITION_FIND;
        must(ask(fd) < 0);
    }
    return 0;
}

static void no_handler_runs_that_the_settings_do_not_name(void **state)
{
    (void)state;
    (void)snprintf(config.allow_handlers, sizeof config.allow_handlers, "echo who");
    handler("forbidden", "#!/bin/sh\nexit 0\n");
    expect(run_what_is_not_allowed);
}

static int send_nonsense(int fd)
{
    static const int32_t SLOTS[] = {-1, 1, 6, INT32_MAX, INT32_MIN};
    char bytes[sizeof petition + 9];
    for (size_t i = 0; i < sizeof SLOTS / sizeof *SLOTS; i++) {
        prepare("who", "");
        petition.slot = SLOTS[i];
        must(ask(fd) == HF_ERR_INVALID);
        petition.kind = HF_PETITION_TIDY;
        must(ask(fd) == HF_ERR_OK);
    }
    prepare("who", "");
    theirs.count = 2;
    must(ask(fd) == HF_ERR_INVALID);
    prepare("who", "");
    (void)snprintf(petition.task.id, sizeof petition.task.id, "../id");
    must(ask(fd) == HF_ERR_INVALID);
    prepare("who", "");
    (void)snprintf(petition.task.job, sizeof petition.task.job, "$(job)");
    must(ask(fd) == HF_ERR_INVALID);
    for (size_t len = 1; len <= sizeof bytes; len += 211) {
        memset(bytes, 0xff, sizeof bytes);
        must(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
    }
    memset(&petition, 0xff, sizeof petition); /* texts without an end, a kind that is none */
    must(ask(fd) == HF_ERR_OK);
    petition.kind = HF_PETITION_FIND;
    must(ask(fd) < 0);
    return run_a_program(fd); /* and it is there still */
}

static void nonsense_is_refused_and_it_goes_on(void **state)
{
    (void)state;
    handler("who", "#!/bin/sh\necho $(id -u) $(cat) $(ulimit -n) $HOLDFAST_TASK_ID\n");
    expect(send_nonsense);
}

static int fill_the_slot(int fd)
{
    prepare("stays", "");
    must(ask(fd) == HF_ERR_OK);
    const int32_t first = reply.pid;
    hf_rights_drop(&back);
    for (int i = 0; i < 50; i++) {
        prepare("stays", "");
        must(ask(fd) == HF_ERR_BUSY);
        hf_rights_drop(&ours);
    }
    must(kill(first, 0) != 0 && errno == EPERM); /* not the worker's to end, but */
    petition.kind = HF_PETITION_SIGNAL;
    petition.number = HF_PETITION_KILL_AND_WAIT;
    petition.pid = first;
    must(ask(fd) == HF_ERR_OK);
    prepare("stays", "");
    must(ask(fd) == HF_ERR_OK && reply.pid != first);
    return 0;
}

static void a_slot_has_one_program_at_a_time(void **state)
{
    (void)state;
    handler("stays", "#!/bin/sh\nexec sleep 1000\n");
    expect(fill_the_slot);
}

static int send_with(int fd, const int *list, size_t count)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(64 * sizeof(int))];
    } room = {.space = ""};
    struct iovec byte = {"x", 1};
    const struct msghdr message = {.msg_iov = &byte,
                                   .msg_iovlen = 1,
                                   .msg_control = room.space,
                                   .msg_controllen = CMSG_SPACE(count * sizeof *list)};
    room.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof *list),
                                   .cmsg_level = SOL_SOCKET,
                                   .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&room.header), list, count * sizeof *list);
    return sendmsg(fd, &message, 0) == 1 ? 0 : -1;
}

static void no_more_descriptors_are_taken_than_there_is_room_for(void **state)
{
    (void)state;
    struct {
        struct hf_rights rights;
        int behind[2];
    } got;
    char byte;
    const int list[64] = {0};
    const int before = open_descriptors();
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    for (size_t count = 1; count <= 64; count++) {
        memset(&got, 0x7f, sizeof got);
        assert_int_equal(send_with(ends[0], list, count), 0);
        assert_int_equal(hf_rights_receive(ends[1], &(struct iovec){&byte, 1}, 1, &got.rights), 1);
        assert_int_equal(got.rights.count, count < HF_RIGHTS_MAX ? count : HF_RIGHTS_MAX);
        assert_int_equal(got.behind[0], 0x7f7f7f7f);
        hf_rights_drop(&got.rights);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(open_descriptors(), before);
}

static int end_a_runaway(int fd)
{
    char said[8];
    prepare("runs-away", "");
    must(ask(fd) == HF_ERR_OK);
    (void)poll(&(struct pollfd){.fd = ours.list[1], .events = POLLIN}, 1, 60000);
    must(read(ours.list[1], said, sizeof said) > 0);
    petition.kind = HF_PETITION_SIGNAL;
    petition.number = HF_PETITION_KILL_AND_WAIT;
    petition.pid = reply.pid;
    must(ask(fd) == HF_ERR_OK);
    return 0;
}

static void a_program_that_went_to_another_group_is_ended(void **state)
{
    (void)state;
    handler("runs-away", "#!/usr/bin/python3\n"
                         "import os, sys, time\n"
                         "os.setpgid(0, os.getpgid(os.getppid()))\n"
                         "print('gone', file=sys.stderr, flush=True)\n"
                         "time.sleep(1000)\n");
    expect(end_a_runaway);
}

static pid_t innocent;

static int end_others(int fd)
{
    const int32_t pids[] = {innocent, getppid(), 1, 0, -1, getpid()};
    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++) {
        memset(&petition, 0, sizeof petition);
        petition.pid = pids[i];
        petition.number = SIGKILL;
        petition.kind = HF_PETITION_SIGNAL;
        must(ask(fd) == HF_ERR_OK);
        petition.number = HF_PETITION_KILL_AND_WAIT;
        must(ask(fd) == HF_ERR_OK);
    }
    return 0;
}

static void only_its_own_children_are_signalled(void **state)
{
    (void)state;
    innocent = fork();
    if (innocent == 0)
        for (;;)
            (void)pause();
    (void)setpgid(innocent, innocent);
    if (geteuid() == 0)
        expect(end_others);
    assert_int_equal(waitpid(innocent, NULL, WNOHANG), 0);
    (void)kill(innocent, SIGKILL);
    (void)waitpid(innocent, NULL, 0);
    if (geteuid() != 0)
        skip();
}

static int forge_upkeep(int fd)
{
    static const char *const NAMES[] = {"hf-update", "hf-handlers"};
    static const char *const SIGNATURES[] = {
        "", "no base64 at all",
        "MEUCIQDpNDTgDxuRVrmVnqkTFpj5fIDuAGNh3VkGjjtHlGcrAwIgeVQHDh6aFX3WCjFTdyKzfTvzTSMuGgQRQYpL"
        "ZMQkXzo="};
    char out[256], log[256];
    for (size_t i = 0; i < 6; i++) {
        prepare(NAMES[i % 2], "a payload");
        (void)snprintf(petition.task.signature, sizeof petition.task.signature, "%s",
                       SIGNATURES[i / 2]);
        must(ask(fd) == HF_ERR_OK);
        must(end_of(out, log, sizeof out) == EX_NOPERM);
        must(strstr(log, "hf-sig is not the manager's for this task and board unit-") != NULL);
    }
    return 0;
}

static void upkeep_that_the_manager_did_not_sign_changes_nothing_of_roots(void **state)
{
    (void)state;
    expect(forge_upkeep);
    assert_int_equal(entries_in(folder_path("state/agent")), 0);
    assert_int_equal(entries_in(folder_path("state/handlers")), 0);
}

/* Else the worker's own descriptor would stay in place, to be filled after the check. */
static void signed_upkeep_without_a_payload_is_not_done(void **state)
{
    (void)state;
    struct hf_signer *manager = NULL;
    struct hf_task order = {.id = "task", .handler = "hf-handlers", .attempt = 1};
    struct hf_seal seal;
    uint8_t digest[HF_SHA256_BYTES];
    char target[HF_SEAL_TARGET_MAX + 1], log[256] = "";
    if (geteuid() != 0)
        skip();
    const struct hf_upkeep upkeep = {.row = hf_upkeep_find(order.handler),
                                     .config = &config,
                                     .order = &order,
                                     .worker = &privilege};
    const struct hf_handler_io io = {.in = memfd_create("payload", MFD_CLOEXEC),
                                     .log = memfd_create("log", MFD_CLOEXEC)};
    folder_put("manager.key", 0600, MANAGERS_KEY);
    (void)snprintf(target, sizeof target, "board %s", config.board);
    hf_digest_of("", 0, digest);
    hf_seal_task(&seal, &order, target, digest);
    assert_int_equal(hf_signer_load(folder_path("manager.key"), &manager, &fault), HF_ERR_OK);
    assert_int_equal(hf_signer_sign(manager, &seal, order.signature), HF_ERR_OK);
    hf_signer_free(manager);
    assert_int_equal(hf_upkeep_prove(&io, &upkeep), EX_DATAERR);
    assert_true(pread(io.log, log, sizeof log - 1, 0) > 0);
    assert_string_equal(log, "an empty payload\n");
    (void)close(io.in);
    (void)close(io.log);
}

static int ask_for_upkeep(int fd)
{
    prepare("hf-update", "");
    must(ask(fd) == HF_ERR_DENIED);
    return 0;
}

static void there_is_no_upkeep_where_no_signature_is_required(void **state)
{
    (void)state;
    config.require_signature[0] = '\0';
    expect(ask_for_upkeep);
}

static int change_roots_files(int fd)
{
    char from[560], to[600];
    struct hf_pem key;
    static const char *const ROOTS[] = {"agent", "handlers", "work", "work/0"};
    must(geteuid() == worker_uid && getuid() == worker_uid);
    must(setresuid(0, 0, 0) != 0 && setgid(0) != 0);
    must(open(config.tls.key, O_RDONLY) < 0 && errno == EACCES);
    must(hf_pem_read(config.tls.key, &key, NULL) == HF_ERR_OK); /* was opened before */
    must(strcmp((const char *)key.text, "the key") == 0);
    hf_pem_free(&key);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(from, sizeof from, "%s/%s", config.state, ROOTS[i]);
        (void)snprintf(to, sizeof to, "%s/elsewhere", config.state);
        must(rename(from, to) != 0 && rmdir(from) != 0 && chmod(from, 0777) != 0);
        (void)snprintf(to, sizeof to, "%s/planted", from);
        must(mkdir(to, 0700) != 0);
    }
    must(chmod(config.state, 0777) != 0);
    (void)snprintf(to, sizeof to, "%s/mine", config.state);
    const int mine = open(to, O_RDWR | O_CREAT | O_EXCL, 0600);
    must(mine >= 0 && unlink(to) == 0);
    return fd < 0;
}

static void what_root_trusts_is_not_the_workers_to_change(void **state)
{
    (void)state;
    expect(change_roots_files);
}

static int look_for_a_terminal(int fd)
{
    must(open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 && errno == ENXIO);
    return fd < 0;
}

/* In a process that has one. Its exit status. */
static int live_at_a_terminal(void)
{
    enum hf_monitor_end end;
    (void)setsid();
    const int other_end = posix_openpt(O_RDWR | O_CLOEXEC);
    if (other_end < 0 || grantpt(other_end) != 0 || unlockpt(other_end) != 0 ||
        open(ptsname(other_end), O_RDWR | O_CLOEXEC) < 0 ||
        open("/dev/tty", O_RDWR | O_CLOEXEC) < 0)
        return 2;
    return live(&end, look_for_a_terminal) == 0 && end == HF_MONITOR_LEFT ? 0 : 1;
}

static void monitors_terminal_is_not_the_workers_to_type_on(void **state)
{
    (void)state;
    int status = -1;
    if (geteuid() != 0)
        skip();
    const pid_t child = fork();
    if (child == 0)
        _exit(live_at_a_terminal());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static bool was_open[256]; /* before the monitor began */

static int find_what_is_open(int fd)
{
    struct stat info;
    for (int other = 3; other < 256; other++) {
        const bool held = fstat(other, &info) == 0 && S_ISREG(info.st_mode) &&
                          (fcntl(other, F_GETFL) & O_ACCMODE) == O_RDONLY; /* hf_privilege_hold */
        must(other == fd || was_open[other] || held || fcntl(other, F_GETFD) < 0);
    }
    return 0;
}

static void nothing_that_the_monitor_has_open_is_the_workers(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
    if (geteuid() == 0)
        assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    for (int fd = 0; fd < 256; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    config.slots = 2;
    expect(find_what_is_open);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)close(manager);
}

static int64_t before_ms;

static int set_the_clock(int fd)
{
    must(!hf_monitor_set_clock(fd, before_ms + 3600000) && errno == EPERM);
    must(hf_clock_unix_ms() < before_ms + 1800000);
    return 0;
}

static void the_clock_is_not_set_where_the_settings_do_not_say_so(void **state)
{
    (void)state;
    before_ms = hf_clock_unix_ms();
    expect(set_the_clock);
}

static int tell_lies(int fd)
{
    hf_monitor_tell(fd, HF_SERVICE_WORDS);
    hf_monitor_tell(fd, (enum hf_service_word) - 1);
    hf_monitor_tell(fd, (enum hf_service_word)INT32_MAX);
    hf_monitor_tell(fd, HF_SERVICE_FED);
    return 0;
}

static void a_service_manager_hears_no_other_words(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
    if (geteuid() == 0)
        assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    expect(tell_lies);
    (void)unsetenv("NOTIFY_SOCKET");
    assert_true(recv(manager, heard, sizeof heard - 1, 0) > 0);
    assert_string_equal(heard, "WATCHDOG=1");
    assert_true(recv(manager, heard, sizeof heard - 1, 0) < 0);
    (void)close(manager);
}

/* --- the end --- */

static int leave_a_program_and_die(int fd)
{
    char pid[32];
    prepare("stays", "");
    must(ask(fd) == HF_ERR_OK);
    (void)snprintf(pid, sizeof pid, "%d", (int)reply.pid);
    const int note = open(folder_path("state/pid"), O_WRONLY | O_CREAT, 0600);
    must(note >= 0 && write(note, pid, strlen(pid)) > 0);
    return raise(SIGKILL);
}

static void a_worker_that_dies_takes_its_programs_along(void **state)
{
    (void)state;
    enum hf_monitor_end end;
    char text[32] = "";
    if (geteuid() != 0)
        skip();
    handler("stays", "#!/bin/sh\nexec sleep 1000\n");
    assert_int_equal(live(&end, leave_a_program_and_die), SIGKILL);
    assert_int_equal(end, HF_MONITOR_DIED);
    const int note = open(folder_path("state/pid"), O_RDONLY);
    assert_true(read(note, text, sizeof text - 1) > 0);
    (void)close(note);
    assert_int_equal(kill((pid_t)strtol(text, NULL, 10), 0), -1);
    assert_int_equal(errno, ESRCH);
}

static int stay(int fd)
{
    const int note = open(folder_path("state/stays"), O_WRONLY | O_CREAT, 0600);
    must(fd >= 0 && signal(SIGUSR1, SIG_IGN) != SIG_ERR && close(note) == 0);
    for (;;)
        hf_monitor_tell(fd, HF_SERVICE_FED);
}

static void a_worker_that_does_not_go_when_it_is_told_twice_is_killed(void **state)
{
    (void)state;
    enum hf_monitor_end end;
    int status = 0;
    if (geteuid() != 0)
        skip();
    const pid_t monitor = fork();
    if (monitor == 0)
        _exit(live(&end, stay) == SIGKILL && end == HF_MONITOR_DIED ? 0 : 1);
    while (access(folder_path("state/stays"), F_OK) != 0)
        (void)usleep(10000);
    while (waitpid(monitor, &status, WNOHANG) == 0) { /* two that come together are one */
        (void)kill(monitor, SIGTERM);
        (void)usleep(10000);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_runs_as_the_task_user_within_the_settings_bounds),
        TEST(a_task_that_asks_for_looser_bounds_gets_the_settings),
        TEST(a_built_in_has_the_settings_bounds_whatever_comes_with_its_task),
        TEST(no_handler_runs_that_the_settings_do_not_name),
        TEST(nonsense_is_refused_and_it_goes_on),
        TEST(a_slot_has_one_program_at_a_time),
        cmocka_unit_test(no_more_descriptors_are_taken_than_there_is_room_for),
        TEST(a_program_that_went_to_another_group_is_ended),
        TEST(only_its_own_children_are_signalled),
        TEST(upkeep_that_the_manager_did_not_sign_changes_nothing_of_roots),
        TEST(signed_upkeep_without_a_payload_is_not_done),
        TEST(there_is_no_upkeep_where_no_signature_is_required),
        TEST(what_root_trusts_is_not_the_workers_to_change),
        TEST(monitors_terminal_is_not_the_workers_to_type_on),
        TEST(nothing_that_the_monitor_has_open_is_the_workers),
        TEST(the_clock_is_not_set_where_the_settings_do_not_say_so),
        TEST(a_service_manager_hears_no_other_words),
        TEST(a_worker_that_dies_takes_its_programs_along),
        TEST(a_worker_that_does_not_go_when_it_is_told_twice_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
