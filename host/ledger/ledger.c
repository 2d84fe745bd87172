#include "ledger/ledger.h"

#include "home/file.h"
#include "home/home.h"
#include "ledger/schema.h"
#include "link/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 20

/* FULL, not NORMAL: in WAL mode NORMAL does not sync at a commit, and a task that was handed in
 * would not survive a power cut. */
static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cache_size = -4000;"
                               "PRAGMA journal_size_limit = 67108864;";

/* SQLite would make the file with the umask's rights, and payloads are nobody else's business. */
static enum hf_err make_private(const char *path, struct hf_fault *fault)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_file_fault(fault, errno, "cannot open the ledger", path);
    close(fd);
    return HF_ERR_OK;
}

/* One thread, and no books of how much memory SQLite has: both cost a lock for each allocation. Has
 * no effect, and does no harm, once SQLite is in use. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum hf_err open_database(struct hf_ledger *ledger, int flags, struct hf_fault *fault)
{
    configure();
    int code = sqlite3_open_v2(ledger->path, &ledger->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return hf_db_fault(ledger, code, "opening it", fault);
    sqlite3_extended_result_codes(ledger->sqlite, 1);
    return HF_ERR_OK;
}

static enum hf_err open_folder(struct hf_ledger *ledger, struct hf_fault *fault)
{
    char path[PATH_MAX];
    const char *slash = strrchr(ledger->path, '/');
    int folder = slash ? (int)(slash - ledger->path) + 1 : 0;
    int len = snprintf(path, sizeof path, "%.*s" HF_HOME_BODIES, folder, ledger->path);
    if (len < 0 || (size_t)len >= sizeof path)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot open the ledger", ledger->path);
    return hf_bodies_open(&ledger->bodies, path, fault);
}

static enum hf_err set_up(struct hf_ledger *ledger, struct hf_fault *fault)
{
    int code = sqlite3_exec(ledger->sqlite, settings, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return hf_db_fault(ledger, code, "opening it", fault);
    return hf_schema_upgrade(ledger, hf_schema_steps, hf_schema_step_count, fault);
}

static enum hf_err see_whether_it_fits(struct hf_ledger *ledger, struct hf_fault *fault)
{
    return hf_schema_fits(ledger, hf_schema_step_count, fault);
}

/* SQLite's own patience does not reach everywhere: of two that switch one new database to WAL, the
 * second is told at once that it is locked. */
static enum hf_err patiently(enum hf_err (*step)(struct hf_ledger *, struct hf_fault *),
                             struct hf_ledger *ledger, struct hf_fault *fault)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const int64_t until_ms = hf_clock_mono_ms() + HF_LEDGER_PATIENCE_MS;
    int64_t left_ms = HF_LEDGER_PATIENCE_MS;
    for (;;) {
        sqlite3_busy_timeout(ledger->sqlite, (int)left_ms);
        enum hf_err err = step(ledger, fault);
        left_ms = until_ms - hf_clock_mono_ms();
        if (err != HF_ERR_BUSY || left_ms <= 0) {
            sqlite3_busy_timeout(ledger->sqlite, HF_LEDGER_PATIENCE_MS);
            return err;
        }
        nanosleep(&pause, NULL);
    }
}

static enum hf_err open_to_write(struct hf_ledger *ledger, struct hf_fault *fault)
{
    enum hf_err err = make_private(ledger->path, fault);
    if (err == HF_ERR_OK)
        err = open_database(ledger, SQLITE_OPEN_READWRITE, fault);
    if (err == HF_ERR_OK)
        err = patiently(set_up, ledger, fault);
    return err ? err : open_folder(ledger, fault);
}

static enum hf_err open_to_look(struct hf_ledger *ledger, struct hf_fault *fault)
{
    if (!hf_file_exists(ledger->path))
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "there is no ledger %s", ledger->path);
    enum hf_err err = open_database(ledger, SQLITE_OPEN_READONLY, fault);
    return err ? err : patiently(see_whether_it_fits, ledger, fault);
}

static enum hf_err open_by(enum hf_err (*open_it)(struct hf_ledger *, struct hf_fault *),
                           const char *path, struct hf_ledger **out, struct hf_fault *fault)
{
    struct hf_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger || !(ledger->path = strdup(path))) {
        free(ledger);
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the ledger");
    }
    ledger->bodies.folder = -1;
    enum hf_err err = open_it(ledger, fault);
    if (err == HF_ERR_OK)
        *out = ledger;
    else
        hf_ledger_close(ledger);
    return err;
}

enum hf_err hf_ledger_open(const char *path, struct hf_ledger **out, struct hf_fault *fault)
{
    return open_by(open_to_write, path, out, fault);
}

enum hf_err hf_ledger_open_to_look(const char *path, struct hf_ledger **out, struct hf_fault *fault)
{
    return open_by(open_to_look, path, out, fault);
}

void hf_ledger_close(struct hf_ledger *ledger)
{
    if (!ledger)
        return;
    hf_ledger_look_away(ledger);
    hf_ledger_rollback(ledger);
    for (size_t i = 0; i < HF_SQL_COUNT; i++)
        sqlite3_finalize(ledger->statements[i]);
    sqlite3_close(ledger->sqlite);
    hf_bodies_close(&ledger->bodies);
    free(ledger->path);
    free(ledger);
}

static bool in_transaction(const struct hf_ledger *ledger)
{
    return ledger->sqlite && !sqlite3_get_autocommit(ledger->sqlite) && !ledger->looking;
}

static enum hf_err run(struct hf_ledger *ledger, enum hf_sql id, const char *sql,
                       struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, id, sql, sql, &use);
    return hf_db_run(&use, fault);
}

enum hf_err hf_ledger_look(struct hf_ledger *ledger, struct hf_fault *fault)
{
    if (ledger->looking || in_transaction(ledger))
        return HF_ERR_OK;
    enum hf_err err = run(ledger, HF_SQL_LOOK, "BEGIN", fault);
    ledger->looking = err == HF_ERR_OK;
    return err;
}

void hf_ledger_look_away(struct hf_ledger *ledger)
{
    if (ledger->looking)
        (void)run(ledger, HF_SQL_ROLLBACK, "ROLLBACK", NULL); /* it has written nothing */
    ledger->looking = false;
}

enum hf_err hf_ledger_begin(struct hf_ledger *ledger, struct hf_fault *fault)
{
    hf_ledger_look_away(ledger);
    if (in_transaction(ledger))
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "ledger: a transaction is open already");
    return run(ledger, HF_SQL_BEGIN, "BEGIN IMMEDIATE", fault);
}

enum hf_err hf_ledger_commit(struct hf_ledger *ledger, struct hf_fault *fault)
{
    if (!in_transaction(ledger))
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "ledger: no transaction is open");
    enum hf_err err = hf_bodies_sync(&ledger->bodies, fault);
    if (err == HF_ERR_OK)
        err = hf_tally_write(ledger, fault);
    if (err == HF_ERR_OK)
        err = run(ledger, HF_SQL_COMMIT, "COMMIT", fault);
    if (err != HF_ERR_OK)
        hf_ledger_rollback(ledger);
    return err;
}

void hf_ledger_rollback(struct hf_ledger *ledger)
{
    hf_tally_forget(ledger);
    if (in_transaction(ledger))
        (void)run(ledger, HF_SQL_ROLLBACK, "ROLLBACK", NULL);
}

enum hf_err hf_db_enter(struct hf_ledger *ledger, bool *own, struct hf_fault *fault)
{
    *own = !in_transaction(ledger);
    return *own ? hf_ledger_begin(ledger, fault) : HF_ERR_OK;
}

enum hf_err hf_db_leave(struct hf_ledger *ledger, bool own, enum hf_err err, struct hf_fault *fault)
{
    if (!own)
        return err;
    if (err == HF_ERR_OK)
        return hf_ledger_commit(ledger, fault);
    hf_ledger_rollback(ledger);
    return err;
}

struct hf_bodies *hf_ledger_bodies(struct hf_ledger *ledger)
{
    return &ledger->bodies;
}
