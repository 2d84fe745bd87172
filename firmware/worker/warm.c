#include "worker/warm.h"

#include "worker/fds.h"
#include "worker/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct header {
    struct hf_warm_task task;
    int64_t base_bytes; /* of the payload in its file */
};

/* As it comes, and as nobody believes it. */
struct report {
    int32_t mark; /* REPORT_MARK; a struct hf_child_failure begins with an errno */
    int32_t exit_code;
    uint8_t keep, swept, piped;
    int64_t peak_kb, cpu_us;
};

#define REPORT_MARK (-1)

void hf_warm_init(struct hf_warm *warm)
{
    *warm = (struct hf_warm){.child = HF_BROOD_NONE, .status_fd = -1, .fds = {-1, -1, -1}};
}

void hf_warm_discard(struct hf_warm *warm, const struct hf_brood *brood)
{
    hf_brood_kill(brood, &warm->child);
    hf_fds_close(&warm->status_fd);
    for (size_t i = 0; i < 3; i++)
        hf_fds_close(&warm->fds[i]);
    hf_warm_init(warm);
}

int hf_warm_socket(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
        if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
            return 0;
        hf_fds_close(&ends[0]);
        hf_fds_close(&ends[1]);
    }
    ends[0] = ends[1] = -1;
    return -1;
}

/* --- a task --- */

/* Of a payload that does not go along, its own descriptor does: only the child moves its offset, as
 * spools never do. */
int hf_warm_send_task(int fd, const struct hf_warm_task *task, const struct hf_spool *payload)
{
    struct header header = {.task = *task, .base_bytes = payload->base_bytes};
    char small[HF_WARM_SMALL];
    struct iovec parts[] = {{&header, sizeof header}, {small, 0}};
    const struct hf_rights rights = {.count = !task->plain && payload->fd >= 0,
                                     .list = {payload->fd}};
    if (task->plain && payload->fd >= 0 &&
        hf_spool_read(payload, 0, small, sizeof small, &parts[1].iov_len, NULL) != HF_ERR_OK)
        return -1;
    return hf_rights_send(fd, parts, 2, &rights, 0);
}

/* An empty payload has no descriptor to be sent. */
static bool place_payload(int fd, int64_t base_bytes, int empty_fd)
{
    if (fd < 0)
        return dup2(empty_fd, STDIN_FILENO) == STDIN_FILENO;
    if (fd > STDIN_FILENO) {
        (void)dup2(fd, STDIN_FILENO);
        (void)close(fd);
    }
    return lseek(STDIN_FILENO, (off_t)base_bytes, SEEK_SET) >= 0;
}

bool hf_warm_next_task(int fd, int empty_fd, struct hf_warm_task *task, char small[HF_WARM_SMALL],
                       size_t *small_len)
{
    struct header header;
    struct hf_rights rights;
    const struct iovec parts[] = {{&header, sizeof header}, {small, HF_WARM_SMALL}};
    const ssize_t got = hf_rights_receive(fd, parts, 2, &rights);
    if (got < (ssize_t)sizeof header)
        return false;
    *task = header.task;
    *small_len = (size_t)got - sizeof header;
    return task->plain ||
           place_payload(rights.count > 0 ? rights.list[0] : -1, header.base_bytes, empty_fd);
}

/* --- the report --- */

void hf_warm_send_report(int fd, const struct hf_warm_report *report, const char *out,
                         size_t out_len)
{
    struct report told = {.mark = REPORT_MARK,
                          .exit_code = report->exit_code,
                          .keep = report->keep,
                          .swept = report->swept,
                          .piped = report->piped,
                          .peak_kb = report->peak_kb,
                          .cpu_us = report->cpu_us};
    struct iovec parts[] = {{&told, sizeof told}, {(void *)(uintptr_t)out, out_len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    (void)sendmsg(fd, &message, MSG_NOSIGNAL); /* a worker that is gone needs none */
}

static int64_t at_least_0(int64_t number)
{
    return number > 0 ? number : 0;
}

void hf_warm_hear(int fd, struct hf_warm_word *word)
{
    struct report told;
    _Static_assert(sizeof told <= HF_WARM_REPORT_ROOM, "a report and its result fill a word");
    const ssize_t got = recv(fd, word->message, sizeof word->message, 0);
    word->kind = got > 0 ? HF_WARM_OTHER : HF_WARM_NOTHING;
    word->bytes = word->message;
    word->len = got > 0 ? (size_t)got : 0;
    if (word->len < sizeof told)
        return;
    memcpy(&told, word->message, sizeof told);
    if (told.mark != REPORT_MARK)
        return;
    word->kind = HF_WARM_REPORT;
    word->bytes += sizeof told;
    word->len -= sizeof told;
    word->report = (struct hf_warm_report){.exit_code = told.exit_code & 0xff,
                                           .keep = told.keep != 0,
                                           .swept = told.swept != 0,
                                           .piped = told.piped != 0,
                                           .peak_kb = at_least_0(told.peak_kb),
                                           .cpu_us = at_least_0(told.cpu_us)};
}
