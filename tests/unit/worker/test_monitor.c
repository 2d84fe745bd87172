#include "hostile.h"
#include "worker/upkeep_proof.h"
#include "worker/warm.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

/* Programs that a worker which was taken over has the monitor start, and the end of both. */

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

/* Its descriptors are closed a moment before the kernel ends its children. */
static void a_monitor_that_dies_is_the_end_of_no_task(void **state)
{
    (void)state;
    int ends[2], status = 0;
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[1]);
    const pid_t worker = fork();
    if (worker == 0) {
        struct hf_brood_child child = {.pid = getpid(), .end_fd = ends[0]};
        struct hf_brood_end how;
        (void)hf_brood_take_end(&child, &how);
        _exit(77); /* it would be told of */
    }
    (void)close(ends[0]);
    assert_int_equal(waitpid(worker, &status, 0), worker);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(a_program_runs_as_the_task_user_within_the_settings_bounds),
        HOSTILE(a_task_that_asks_for_looser_bounds_gets_the_settings),
        HOSTILE(a_built_in_has_the_settings_bounds_whatever_comes_with_its_task),
        HOSTILE(no_handler_runs_that_the_settings_do_not_name),
        HOSTILE(nonsense_is_refused_and_it_goes_on),
        HOSTILE(a_slot_has_one_program_at_a_time),
        cmocka_unit_test(no_more_descriptors_are_taken_than_there_is_room_for),
        HOSTILE(a_program_that_went_to_another_group_is_ended),
        HOSTILE(only_its_own_children_are_signalled),
        HOSTILE(a_worker_that_dies_takes_its_programs_along),
        cmocka_unit_test(a_monitor_that_dies_is_the_end_of_no_task),
        HOSTILE(a_worker_that_does_not_go_when_it_is_told_twice_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
