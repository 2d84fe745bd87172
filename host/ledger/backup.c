#include "ledger/backup.h"

#include "home/file.h"
#include "ledger/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536
#define PART  ".part" /* what is being written, beside the database and in the folder of bodies */

static enum hf_err copy_database(struct hf_ledger *ledger, sqlite3 *to, struct hf_fault *fault)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", ledger->sqlite, "main");
    int code = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(to);
    int end = backup ? sqlite3_backup_finish(backup) : SQLITE_OK;
    if (code == SQLITE_DONE && end == SQLITE_OK)
        return HF_ERR_OK;
    return hf_db_fault(ledger, end ? end : code, "copying it", fault);
}

/* --- Files --- */

static enum hf_err copy_bytes(int from, int to, const char *name, struct hf_fault *fault)
{
    char piece[PIECE];
    ssize_t got = 0;
    while ((got = read(from, piece, sizeof piece)) > 0) {
        if (write(to, piece, (size_t)got) != got)
            return hf_file_fault(fault, errno ? errno : ENOSPC, "cannot write", name);
    }
    if (got < 0)
        return hf_file_fault(fault, errno, "cannot read bodies file", name);
    return fsync(to) == 0 ? HF_ERR_OK : hf_file_fault(fault, errno, "cannot sync", name);
}

/* It gets its name when it is whole: one that is there already is taken as it is. */
static enum hf_err write_file(int in, int to, const char *name, struct hf_fault *fault)
{
    int out = openat(to, PART, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return hf_file_fault(fault, errno, "cannot make bodies file", name);
    enum hf_err err = copy_bytes(in, out, name, fault);
    close(out);
    if (err == HF_ERR_OK && renameat(to, PART, to, name) != 0)
        err = hf_file_fault(fault, errno, "cannot name bodies file", name);
    if (err != HF_ERR_OK)
        (void)unlinkat(to, PART, 0);
    return err;
}

/* A link where that is possible: files of bodies are never changed. */
static enum hf_err copy_file(int from, int to, const char *name, struct hf_fault *fault)
{
    if (linkat(from, name, to, name, 0) == 0 || errno == EEXIST)
        return HF_ERR_OK;
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return hf_file_fault(fault, errno, "cannot open bodies file", name);
    enum hf_err err = write_file(in, to, name, fault);
    close(in);
    return err;
}

static enum hf_err copy_files(struct hf_ledger *ledger, sqlite3 *copy, int to, int64_t *count,
                              struct hf_fault *fault)
{
    sqlite3_stmt *row = NULL;
    enum hf_err err = HF_ERR_OK;
    int code = sqlite3_prepare_v2(copy, HF_DB_BODY_FILES, -1, &row, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    while (code == SQLITE_ROW && err == HF_ERR_OK) {
        err =
            copy_file(ledger->bodies.folder, to, (const char *)sqlite3_column_text(row, 0), fault);
        ++*count;
        code = sqlite3_step(row);
    }
    sqlite3_finalize(row);
    if (err != HF_ERR_OK || code == SQLITE_DONE)
        return err;
    return hf_db_fault(ledger, code, "reading its copy", fault);
}

static enum hf_err copy_bodies(struct hf_ledger *ledger, sqlite3 *copy, const char *path,
                               int64_t *count, struct hf_fault *fault)
{
    char folder[PATH_MAX];
    int len = snprintf(folder, sizeof folder, "%s.bodies", path);
    if (len < 0 || (size_t)len >= sizeof folder)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot make the folder of", path);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return hf_file_fault(fault, errno, "cannot make the folder", folder);
    int to = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to < 0)
        return hf_file_fault(fault, errno, "cannot open the folder", folder);
    enum hf_err err = copy_files(ledger, copy, to, count, fault);
    if (err == HF_ERR_OK && fsync(to) != 0)
        err = hf_file_fault(fault, errno, "cannot sync the folder", folder);
    close(to);
    if (*count == 0)
        (void)rmdir(folder);
    return err;
}

/* --- All of it --- */

static enum hf_err see_that_it_is_new(const char *path, struct hf_fault *fault)
{
    if (access(path, F_OK) != 0)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_EXISTS, 0, "%.200s is there already: name another file",
                        path);
}

/* One at a time: a file without a name is one that another took back just now. One that was killed
 * left what it had. */
static enum hf_err begin_part(int fd, const char *part, const char *path, struct hf_fault *fault)
{
    struct stat status;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &status) != 0 || status.st_nlink == 0)
        return hf_fault_set(fault, HF_ERR_BUSY, 0,
                            "another backup to %.200s is being made: wait for it, or name another "
                            "file",
                            path);
    enum hf_err err = see_that_it_is_new(path, fault); /* or that other has just made it */
    if (err == HF_ERR_OK && ftruncate(fd, 0) != 0)
        err = hf_file_fault(fault, errno, "cannot empty", part);
    return err;
}

static enum hf_err copy_all(struct hf_ledger *ledger, const char *part, const char *path,
                            struct hf_backup *out, struct hf_fault *fault)
{
    sqlite3 *copy = NULL;
    enum hf_err err = HF_ERR_OK;
    if (sqlite3_open_v2(part, &copy, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        err = hf_fault_set(fault, HF_ERR_IO, 0, "cannot open %.200s as a database", part);
    if (err == HF_ERR_OK)
        err = copy_database(ledger, copy, fault);
    if (err == HF_ERR_OK) /* one file, not three */
        (void)sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    if (err == HF_ERR_OK)
        err = copy_bodies(ledger, copy, path, &out->files, fault);
    sqlite3_close(copy);
    return err;
}

static enum hf_err fill_part(int fd, struct hf_ledger *ledger, const char *part, const char *path,
                             struct hf_backup *out, struct hf_fault *fault)
{
    enum hf_err err = copy_all(ledger, part, path, out, fault);
    if (err == HF_ERR_OK && fsync(fd) != 0)
        err = hf_file_fault(fault, errno, "cannot sync", part);
    out->bytes = (int64_t)lseek(fd, 0, SEEK_END);
    if (err == HF_ERR_OK && rename(part, path) != 0)
        err = hf_file_fault(fault, errno, "cannot rename", part);
    if (err != HF_ERR_OK)
        (void)unlink(part);
    return err;
}

enum hf_err hf_ledger_backup(struct hf_ledger *ledger, const char *path, struct hf_backup *out,
                             struct hf_fault *fault)
{
    char part[PATH_MAX];
    *out = (struct hf_backup){0};
    int len = snprintf(part, sizeof part, "%s" PART, path);
    if (len < 0 || (size_t)len >= sizeof part)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot make", path);
    enum hf_err err = see_that_it_is_new(path, fault);
    if (err != HF_ERR_OK)
        return err;
    int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_file_fault(fault, errno, "cannot make", part);
    err = begin_part(fd, part, path, fault);
    if (err == HF_ERR_OK)
        err = fill_part(fd, ledger, part, path, out, fault);
    close(fd);
    return err ? err : hf_file_sync_name(path, fault);
}
