#include "worker/pushed.h"

#include "handlers/io.h"
#include "wire/hex.h"
#include "worker/agent.h"
#include "worker/bytes.h"
#include "worker/sweep.h"
#include "worker/ustar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define MARK       "mark"
#define MARK_BYTES (2 * sizeof(struct hf_agent_hash) + 4 + 2 + HF_ID_MAX)
#define LIST_BYTES (HF_PUSHED_FILES_MAX * (HF_NAME_MAX + 3) + 1)

/* --- the mark --- */

static void name_path(struct hf_pushed *pushed)
{
    char name[HF_AGENT_NAME_LEN + 1];
    pushed->path[0] = '\0';
    hf_agent_name(&pushed->current, name);
    if (hf_agent_is_set(&pushed->current))
        (void)snprintf(pushed->path, sizeof pushed->path, "%s/%s", pushed->folder, name);
}

enum hf_err hf_pushed_open(struct hf_pushed *pushed, const char *state_folder,
                           const struct hf_disk *disk, struct hf_fault *fault)
{
    uint8_t bytes[MARK_BYTES];
    size_t len = 0;
    memset(pushed, 0, sizeof *pushed);
    (void)snprintf(pushed->folder, sizeof pushed->folder, "%s/handlers", state_folder);
    pushed->keep = (struct hf_keep){
        .folder = pushed->folder, .disk = disk, .name = MARK, .magic = "HFPUSHED", .version = 1};
    const enum hf_err err = hf_keep_read(&pushed->keep, bytes, sizeof bytes, &len, fault);
    if (err != HF_ERR_OK)
        return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
    struct hf_bytes_in in = {.data = bytes, .left = len};
    const size_t hashes = 2 * sizeof pushed->current;
    const struct hf_str both = hf_bytes_get_raw(&in, hashes);
    pushed->attempt = hf_bytes_get_u32(&in);
    hf_bytes_get_text(&in, pushed->task, sizeof pushed->task);
    if (in.bad || in.left != 0)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s/" MARK " holds no mark",
                            pushed->folder);
    memcpy(&pushed->current, both.data, sizeof pushed->current);
    memcpy(&pushed->before, both.data + sizeof pushed->current, sizeof pushed->before);
    name_path(pushed);
    return HF_ERR_OK;
}

static enum hf_err write_mark(const struct hf_pushed *pushed, struct hf_fault *fault)
{
    uint8_t bytes[MARK_BYTES];
    struct hf_bytes_out out = {.data = bytes, .size = sizeof bytes};
    hf_bytes_put_raw(&out, &pushed->current, sizeof pushed->current);
    hf_bytes_put_raw(&out, &pushed->before, sizeof pushed->before);
    hf_bytes_put_u32(&out, pushed->attempt);
    hf_bytes_put_text(&out, hf_str(pushed->task));
    return hf_keep_write(&pushed->keep, bytes, out.len, fault);
}

/* --- a set --- */

static int no_room(const struct hf_handler_io *io, const struct hf_pushed *pushed)
{
    return hf_io_fail(io, EX_TEMPFAIL, "cannot write in %s: %s", pushed->folder, strerror(errno));
}

static int copy(const struct hf_handler_io *io, int to, uint32_t bytes)
{
    char data[HF_USTAR_BLOCK];
    while (bytes > 0) {
        const size_t part = bytes < sizeof data ? bytes : sizeof data;
        if (hf_io_read_all(io, data, sizeof data) != (ssize_t)sizeof data) {
            errno = 0;
            return -1;
        }
        const struct hf_handler_io file = {.out = to};
        if (hf_io_write(&file, data, part) != 0)
            return -1;
        bytes -= (uint32_t)part;
    }
    return 0;
}

/* Whoever handlers run as must be able to read it. */
static int unpack_file(const struct hf_handler_io *io, int folder, const struct hf_ustar *file)
{
    const int to =
        openat(folder, file->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0)
        return -1;
    int failed = copy(io, to, file->bytes);
    if (failed == 0)
        failed = fchmod(to, file->executable ? 0755 : 0644) != 0 || fsync(to) != 0 ? -1 : 0;
    const int error = errno;
    (void)close(to);
    errno = error;
    return failed;
}

static void note(char *list, const char *name)
{
    const size_t used = strlen(list);
    (void)snprintf(list + used, LIST_BYTES - used, "%s\"%s\"", used > 0 ? "," : "", name);
}

static int unpack(const struct hf_handler_io *io, const struct hf_pushed *pushed, int folder,
                  char *list)
{
    uint8_t block[HF_USTAR_BLOCK];
    struct hf_ustar entry;
    for (int files = 0;;) {
        if (hf_io_read_all(io, block, sizeof block) != (ssize_t)sizeof block)
            return hf_io_fail(io, EX_DATAERR, "the archive has no end");
        const enum hf_ustar_kind kind = hf_ustar_read(block, &entry);
        if (kind == HF_USTAR_END)
            return fsync(folder) == 0 ? EX_OK : no_room(io, pushed);
        if (kind == HF_USTAR_BAD)
            return hf_io_fail(io, EX_DATAERR, "no archive of handlers: %s", entry.why);
        if (kind == HF_USTAR_FOLDER)
            continue;
        if (++files > HF_PUSHED_FILES_MAX)
            return hf_io_fail(io, EX_DATAERR, "more than %d files", HF_PUSHED_FILES_MAX);
        errno = 0;
        if (unpack_file(io, folder, &entry) == 0)
            note(list, entry.name);
        else if (errno == 0 || errno == EEXIST)
            return hf_io_fail(io, EX_DATAERR, "the archive ends in a file, or has one twice: %s",
                              entry.name);
        else
            return no_room(io, pushed);
    }
}

static void drop_folder(const char *path)
{
    (void)hf_sweep(path);
    (void)rmdir(path);
}

static int open_fresh(const struct hf_pushed *pushed, const char *state_folder, const char *path)
{
    if (mkdir(pushed->folder, 0755) == 0) {
        if (chmod(pushed->folder, 0755) != 0 ||
            hf_disk_sync_folder(pushed->keep.disk, state_folder) != 0)
            return -1;
    } else if (errno != EEXIST) {
        return -1;
    }
    drop_folder(path);
    if (mkdir(path, 0755) != 0 || chmod(path, 0755) != 0)
        return -1;
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void remove_older(const struct hf_pushed *pushed)
{
    char keep[2][HF_AGENT_NAME_LEN + 1], path[sizeof pushed->path + NAME_MAX];
    DIR *entries = opendir(pushed->folder);
    hf_agent_name(&pushed->current, keep[0]);
    hf_agent_name(&pushed->before, keep[1]);
    for (const struct dirent *entry; entries && (entry = readdir(entries));) {
        if (strlen(entry->d_name) < HF_AGENT_NAME_LEN || strcmp(entry->d_name, keep[0]) == 0 ||
            strcmp(entry->d_name, keep[1]) == 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", pushed->folder, entry->d_name);
        drop_folder(path);
    }
    if (entries)
        (void)closedir(entries);
}

/* --- all of it --- */

static int swap(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                struct hf_pushed *pushed, const struct hf_agent_hash *hash, const char *fresh)
{
    struct hf_fault fault;
    pushed->before = pushed->current;
    pushed->current = *hash;
    pushed->attempt = upkeep->attempt;
    (void)snprintf(pushed->task, sizeof pushed->task, "%s", upkeep->task);
    name_path(pushed);
    drop_folder(pushed->path); /* one that was in force before the last */
    if (rename(fresh, pushed->path) != 0 ||
        hf_disk_sync_folder(pushed->keep.disk, pushed->folder) != 0)
        return no_room(io, pushed);
    if (write_mark(pushed, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_TEMPFAIL, "%s", fault.text);
    remove_older(pushed);
    return EX_OK;
}

static int put(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
               struct hf_pushed *pushed, const struct hf_agent_hash *hash, char *list)
{
    char name[HF_AGENT_NAME_LEN + 1], fresh[sizeof pushed->path + 8];
    hf_agent_name(hash, name);
    (void)snprintf(fresh, sizeof fresh, "%s/%s.new", pushed->folder, name);
    const int folder = open_fresh(pushed, upkeep->config->state, fresh);
    int code = folder < 0 ? no_room(io, pushed) : unpack(io, pushed, folder, list);
    if (folder >= 0)
        (void)close(folder);
    /* The same set again is put in place of nothing. */
    if (code == EX_OK && !hf_agent_is(&pushed->current, hash))
        code = swap(io, upkeep, pushed, hash, fresh);
    drop_folder(fresh);
    return code;
}

static int say(const struct hf_handler_io *io, const struct hf_agent_hash *hash, const char *list)
{
    char hex[2 * sizeof hash->bytes + 1], text[sizeof hex + LIST_BYTES + 40];
    hf_hex(hex, hash->bytes, sizeof hash->bytes);
    const int len =
        snprintf(text, sizeof text, "{\"sha256\":\"%s\",\"handlers\":[%s]}\n", hex, list);
    return hf_io_write(io, text, (size_t)len) == 0
               ? EX_OK
               : hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
}

int hf_upkeep_handlers(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    struct hf_fault fault = {0};
    struct hf_pushed pushed;
    struct hf_agent_hash hash;
    char list[LIST_BYTES] = "";
    const enum hf_err err = hf_pushed_open(&pushed, upkeep->config->state, &hf_disk_real, &fault);
    if (err != HF_ERR_OK)
        (void)hf_io_fail(io, 0, "%s", fault.text);
    if (err != HF_ERR_OK && err != HF_ERR_MALFORMED)
        return EX_TEMPFAIL;
    const off_t begin = lseek(io->in, 0, SEEK_CUR);
    if (begin < 0 || hf_agent_hash_fd(io->in, &hash) != 0 || lseek(io->in, begin, SEEK_SET) < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    if (!hf_agent_is_fresh(pushed.task, pushed.attempt, upkeep->task, upkeep->attempt))
        return hf_io_fail(io, EX_NOPERM, "older than the last push to this board (task %s)",
                          pushed.task);
    const int code = put(io, upkeep, &pushed, &hash, list);
    return code == EX_OK ? say(io, &hash, list) : code;
}
