#include "worker/update.h"

#include "handlers/io.h"
#include "wire/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define HEAD_BYTES  1024
#define SELF_TEST_S 30
#define FRESH       "new"

/* --- what came --- */

const char *hf_update_doubt(const void *head, size_t len, const void *self)
{
    const ElfW(Ehdr) *const mine = self;
    ElfW(Ehdr) elf;
    if (len < sizeof elf || memcmp(head, ELFMAG, SELFMAG) != 0)
        return "it is no Linux program";
    memcpy(&elf, head, sizeof elf);
    if (memcmp(elf.e_ident, mine->e_ident, EI_VERSION + 1) != 0 || elf.e_machine != mine->e_machine)
        return "it is a program for another processor";
    if ((elf.e_type != ET_EXEC && elf.e_type != ET_DYN) || elf.e_phnum == 0 ||
        elf.e_phentsize != sizeof(ElfW(Phdr)) || elf.e_phoff > len ||
        elf.e_phnum > (len - (size_t)elf.e_phoff) / sizeof(ElfW(Phdr)))
        return "it is no program as the workers are";
    for (size_t i = 0; i < elf.e_phnum; i++) {
        ElfW(Phdr) part;
        memcpy(&part, (const char *)head + elf.e_phoff + i * sizeof part, sizeof part);
        if (part.p_type == PT_INTERP)
            return "it is not static";
    }
    return NULL;
}

static const char *look(int fd, off_t begin, int64_t size)
{
    char head[HEAD_BYTES];
    union {
        ElfW(Ehdr) elf;
        char bytes[sizeof(ElfW(Ehdr))];
    } self = {.bytes = ""};
    const int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const ssize_t own_len = own < 0 ? -1 : pread(own, self.bytes, sizeof self.bytes, 0);
    const ssize_t len = pread(fd, head, sizeof head, begin);
    if (own >= 0)
        (void)close(own);
    if (len < 0 || own_len < (ssize_t)sizeof self.bytes)
        return "it cannot be read";
    if (size < HF_UPDATE_BYTES_MIN || size > HF_UPDATE_BYTES_MAX)
        return "no worker is so small or so large";
    return hf_update_doubt(head, (size_t)len, self.bytes);
}

/* --- its place --- */

static int copy(const struct hf_disk *disk, int from, int to)
{
    char data[4096];
    off_t at = 0;
    ssize_t got;
    while ((got = read(from, data, sizeof data)) > 0) {
        if (hf_disk_write_all(disk, to, data, (size_t)got, at) != 0)
            return -1;
        at += got;
    }
    if (got < 0 || fchmod(to, 0700) != 0)
        return -1;
    return hf_disk_sync(disk, to);
}

/* The folder itself must be there after a power cut too. */
static int make_folder(const struct hf_agent *agent, const char *state)
{
    if (mkdir(agent->folder, 0700) != 0)
        return errno == EEXIST ? 0 : -1;
    return hf_disk_sync_folder(agent->keep.disk, state);
}

static int put(const struct hf_agent *agent, int folder, int payload)
{
    const int to = agent->keep.disk->create(folder, FRESH);
    const int failed = to < 0 ? -1 : copy(agent->keep.disk, payload, to);
    const int error = errno;
    if (to >= 0)
        (void)close(to);
    errno = error;
    return failed;
}

/* --- whether it runs here --- */

_Noreturn static void test_itself(const struct hf_agent *agent, const char *config_path)
{
    char path[sizeof agent->folder + sizeof FRESH + 1], config[] = "--config",
                                                        test[] = "--self-test";
    char *argv[] = {path, config, (char *)config_path, test, NULL};
    char *env[] = {NULL};
    (void)snprintf(path, sizeof path, "%s/" FRESH, agent->folder);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    (void)alarm(SELF_TEST_S);
    (void)execve(path, argv, env);
    (void)fprintf(stderr, "%s: %s%s\n", path, strerror(errno),
                  errno == EACCES ? " (is its disk mounted noexec?)" : "");
    _exit(127);
}

static int run_self_test(const struct hf_handler_io *io, const struct hf_agent *agent,
                         const char *config_path)
{
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0)
        test_itself(agent, config_path);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (pid > 0 && WIFSIGNALED(status))
        return hf_io_fail(io, EX_UNAVAILABLE, "it does not run here: signal %d (%s)",
                          WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return hf_io_fail(io, EX_UNAVAILABLE, "its self test fails here: see above");
    return EX_OK;
}

/* --- all of it --- */

static int no_room(const struct hf_handler_io *io, const struct hf_agent *agent)
{
    return hf_io_fail(io, EX_TEMPFAIL, "cannot write in %s: %s", agent->folder, strerror(errno));
}

static int go_on_trial(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                       struct hf_agent *agent, int folder, const struct hf_agent_hash *hash)
{
    char name[HF_AGENT_NAME_LEN + 1];
    struct hf_fault fault;
    hf_agent_name(hash, name);
    if (agent->keep.disk->rename(folder, FRESH, name) != 0 || agent->keep.disk->sync(folder) != 0)
        return no_room(io, agent);
    if (agent->is_base) {
        agent->mark.base = agent->self;
        memcpy(agent->mark.base_path, agent->self_path, sizeof agent->mark.base_path);
    }
    hf_agent_try(&agent->mark, hash, upkeep->task, upkeep->attempt);
    if (hf_agent_write(agent, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_TEMPFAIL, "%s", fault.text);
    return HF_UPKEEP_BECOME;
}

static int install(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                   struct hf_agent *agent, const struct hf_agent_hash *hash)
{
    const int folder = make_folder(agent, upkeep->config->state) == 0
                           ? open(agent->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                           : -1;
    if (folder < 0)
        return no_room(io, agent);
    int code = put(agent, folder, io->in) == 0 ? run_self_test(io, agent, upkeep->config_path)
                                               : no_room(io, agent);
    if (code == EX_OK)
        code = go_on_trial(io, upkeep, agent, folder, hash);
    else
        (void)agent->keep.disk->remove(folder, FRESH);
    (void)close(folder);
    return code;
}

static int say_done(const struct hf_handler_io *io, const struct hf_agent *agent)
{
    char line[200], hex[2 * sizeof agent->self.bytes + 1];
    hf_hex(hex, agent->self.bytes, sizeof agent->self.bytes);
    const int len = snprintf(line, sizeof line,
                             "{\"sha256\":\"%s\",\"version\":\"" HOLDFAST_VERSION
                             "\",\"board\":\"" HOLDFAST_BOARD "\"}\n",
                             hex);
    return hf_io_write(io, line, (size_t)len) == 0
               ? EX_OK
               : hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
}

/* The last one's task, under the same attempt: it is asked for once more. */
static bool is_again(const struct hf_agent_mark *mark, const struct hf_upkeep *upkeep)
{
    return strcmp(mark->task, upkeep->task) == 0 && mark->attempt == upkeep->attempt;
}

static int judge(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                 struct hf_agent *agent, const struct hf_agent_hash *hash)
{
    const struct hf_agent_mark *mark = &agent->mark;
    if (!hf_agent_is_fresh(mark->task, mark->attempt, upkeep->task, upkeep->attempt))
        return hf_io_fail(io, EX_NOPERM, "older than this board's last update (task %s)",
                          mark->task);
    if (hf_agent_is(hash, &agent->self))
        return say_done(io, agent);
    if (is_again(mark, upkeep))
        return hf_agent_is(hash, &mark->failed)
                   ? hf_io_fail(io, EX_SOFTWARE, "rolled back: %s", mark->reason)
                   : hf_io_fail(io, EX_NOPERM, "done before, and not put back: send another task");
    if (!agent->is_base && !hf_agent_is_set(&mark->base))
        return hf_io_fail(io, EX_TEMPFAIL, "%s/%s is lost: start this worker anew", agent->folder,
                          agent->keep.name);
    return -1;
}

int hf_update_with(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                   struct hf_agent *agent)
{
    struct hf_fault fault = {0};
    struct hf_agent_hash hash;
    const off_t begin = lseek(io->in, 0, SEEK_CUR);
    if (hf_agent_know(agent, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_UNAVAILABLE, "%s", fault.text);
    const enum hf_err err = hf_agent_read(agent, &fault);
    if (err != HF_ERR_OK)
        (void)hf_io_fail(io, 0, "%s", fault.text);
    if (err != HF_ERR_OK && err != HF_ERR_MALFORMED)
        return EX_TEMPFAIL;
    if (begin < 0 || hf_agent_hash_fd(io->in, &hash) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    const off_t end = lseek(io->in, 0, SEEK_CUR);
    const int code = judge(io, upkeep, agent, &hash);
    if (code >= 0)
        return code;
    const char *doubt = look(io->in, begin, (int64_t)(end - begin));
    if (doubt)
        return hf_io_fail(io, EX_DATAERR, "no worker for this board: %s", doubt);
    (void)lseek(io->in, begin, SEEK_SET);
    return install(io, upkeep, agent, &hash);
}

int hf_upkeep_update(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    struct hf_agent agent;
    hf_agent_init(&agent, upkeep->config->state, &hf_disk_real);
    return hf_update_with(io, upkeep, &agent);
}
