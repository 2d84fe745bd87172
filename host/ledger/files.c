#include "home/file.h"
#include "ledger/db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Files of bodies that nothing in the ledger refers to. */

static enum hf_err is_used(sqlite3_stmt *asks, const struct hf_ledger *ledger, const char *name,
                           bool *used, struct hf_fault *fault)
{
    (void)sqlite3_reset(asks);
    int code = sqlite3_bind_text(asks, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(asks);
    *used = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return HF_ERR_OK;
    return hf_db_fault(ledger, code, "looking for unused files", fault);
}

static bool is_old(int folder, const char *name, int64_t older_s)
{
    struct stat about;
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode) &&
           (int64_t)time(NULL) - (int64_t)about.st_mtime >= older_s;
}

static enum hf_err look(struct hf_ledger *ledger, DIR *folder, sqlite3_stmt *asks, int64_t older_s,
                        bool remove, int64_t *count, struct hf_fault *fault)
{
    const struct dirent *entry = NULL;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && (entry = readdir(folder))) {
        bool used = false;
        if (entry->d_name[0] == '.' || !is_old(ledger->bodies.folder, entry->d_name, older_s))
            continue;
        err = is_used(asks, ledger, entry->d_name, &used, fault);
        if (err != HF_ERR_OK || used)
            continue;
        ++*count;
        if (remove)
            (void)unlinkat(ledger->bodies.folder, entry->d_name, 0);
    }
    return err;
}

enum hf_err hf_db_unused_files(struct hf_ledger *ledger, int64_t older_s, bool remove,
                               int64_t *count, struct hf_fault *fault)
{
    /* A table of the names: no index is kept for a question that is asked once in a while. */
    static const char gather[] =
        "CREATE TEMP TABLE IF NOT EXISTS used(name TEXT PRIMARY KEY) WITHOUT ROWID;"
        "DELETE FROM temp.used;"
        "INSERT OR IGNORE INTO temp.used SELECT name FROM (" HF_DB_BODY_FILES ");";
    sqlite3_stmt *asks = NULL;
    enum hf_err err = HF_ERR_OK;
    int fd = openat(ledger->bodies.folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    *count = 0;
    if (!folder) {
        err = hf_file_fault(fault, errno, "cannot read the folder of", "bodies");
        if (fd >= 0)
            close(fd);
        return err;
    }
    if (sqlite3_exec(ledger->sqlite, gather, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(ledger->sqlite, "SELECT 1 FROM temp.used WHERE name = ?1", -1, &asks,
                           NULL) != SQLITE_OK)
        err = hf_db_fault(ledger, sqlite3_extended_errcode(ledger->sqlite),
                          "looking for unused files", fault);
    if (err == HF_ERR_OK)
        err = look(ledger, folder, asks, older_s, remove, count, fault);
    sqlite3_finalize(asks);
    closedir(folder);
    return err;
}
