/*
 * What goes between the monitor, which is root, and the process that speaks to the network: the
 * bytes as a petition to root, with as many descriptors as the first byte says, and as root's
 * answer. All slots are in use, by children that are none, so that nothing is started.
 */
#include "fuzz.h"
#include "worker/child.h"
#include "worker/monitor_internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_PID INT32_MAX /* above what the kernel hands out */

static struct hf_config config = {.board = "a",
                                  .handlers = "/var/empty/handlers",
                                  .state = "/var/empty/state",
                                  .require_signature = "/var/empty/manager.pub",
                                  .slots = 2};
static const struct hf_privilege privilege;
static struct hf_agent agent;
static const struct hf_monitor_setup setup = {.config_path = "/var/empty/worker.json",
                                              .config = &config,
                                              .privilege = &privilege,
                                              .agent = &agent};
static struct hf_monitor monitor;
static int theirs; /* the other end of the monitor's socket */

static void open_line(int *one, int *other)
{
    int ends[2];
    fuzz_must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    *one = ends[0];
    *other = ends[1];
}

static void begin(void)
{
    monitor = (struct hf_monitor){.setup = &setup, .config = &config};
    open_line(&monitor.fd, &theirs);
    monitor.service = (struct hf_service){
        .notify_fd = open("/dev/null", O_WRONLY | O_CLOEXEC), .monitor_fd = -1, .watchdog_fd = -1};
}

static void fill_slots(void)
{
    for (int i = 0; i < HF_WARDS_MAX; i++)
        monitor.wards[i] = (struct hf_ward){
            .child = {.pid = NO_PID - i, .end_fd = -1}, .slot = i / 2, .warm = i % 2, .end_fd = -1};
    for (int i = 0; i < HF_CONFIG_SLOTS_MAX; i++)
        monitor.broods[i] = (struct hf_brood){.monitor_fd = -1, .guard = {.fd = -1}};
}

static int lowest_free(void)
{
    const int fd = dup(theirs);
    (void)close(fd);
    return fd;
}

static void petition(const void *bytes, size_t len, int descriptors)
{
    struct hf_reply reply;
    struct hf_rights back, given = {.count = descriptors};
    const struct iovec asked = {(void *)(uintptr_t)bytes, len}, room = {&reply, sizeof reply};
    const int before = lowest_free();
    for (int i = 0; i < descriptors; i++)
        given.list[i] = monitor.service.notify_fd;
    fill_slots();
    if (len == 0 || hf_rights_send(theirs, &asked, 1, &given, 0) != 0)
        return; /* longer than a message may be */
    fuzz_must(hf_monitor_obey(&monitor));
    fuzz_must(lowest_free() == before);
    if (len != sizeof(struct hf_petition))
        return; /* not answered */
    fuzz_must(hf_rights_receive(theirs, &room, 1, &back) == (ssize_t)sizeof reply);
    fuzz_must(back.count == 0 && memchr(reply.text, '\0', sizeof reply.text) != NULL);
    fuzz_must((reply.err == HF_ERR_OK) == (reply.text[0] == '\0'));
}

/* What the worker makes of an answer: to whether a program may run, and to a start. */
static void answer(const void *bytes, size_t len)
{
    static const struct hf_task task = {.id = "task-1"};
    const struct hf_run_spec spec = {.order = &task};
    const int fd = monitor.service.notify_fd;
    const struct hf_child_plan plan = {
        .spec = &spec, .stdio = {-1, fd, fd, fd}, .status_fd = fd, .guard_fd = -1};
    struct hf_brood_child child;
    struct hf_fault fault = {0};
    int ours, roots;
    open_line(&ours, &roots);
    const int before = lowest_free();
    if (len > 0 && send(roots, bytes, len, 0) == (ssize_t)len &&
        send(roots, bytes, len, 0) == (ssize_t)len) {
        const enum hf_err err = hf_monitor_find(ours, "sha256", &fault);
        fuzz_must(err == HF_ERR_OK || fault.err == err);
        fuzz_must(hf_monitor_start(ours, &plan, &child, &fault) != HF_ERR_OK);
    }
    fuzz_must(lowest_free() == before);
    (void)close(ours);
    (void)close(roots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct hf_petition asked;
    static struct hf_reply answered;
    const size_t rest = len > 0 ? len - 1 : 0;
    const int descriptors = len > 0 ? data[0] % (HF_RIGHTS_MAX + 1) : 0;
    if (monitor.setup == NULL)
        begin();
    petition(data, len, descriptors);
    answer(data, len);
    memset(&asked, 0, sizeof asked);
    memset(&answered, 0, sizeof answered);
    if (rest > 0) {
        memcpy(&asked, data + 1, rest < sizeof asked ? rest : sizeof asked);
        memcpy(&answered, data + 1, rest < sizeof answered ? rest : sizeof answered);
    }
    petition(&asked, sizeof asked, descriptors);
    answer(&answered, sizeof answered);
    return 0;
}
