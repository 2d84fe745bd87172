#include "ledger/strays.h"

#include "ledger/db.h"

static enum hf_err trim(struct hf_ledger *ledger, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_STRAY_TRIM, "DELETE FROM strays WHERE n <= ?1 AND body_file IS NULL",
              "letting old strays go", &use);
    hf_db_int(&use, sqlite3_last_insert_rowid(ledger->sqlite) - HF_STRAYS_MAX);
    return hf_db_run(&use, fault);
}

enum hf_err hf_strays_have_room(struct hf_ledger *ledger, uint64_t size, bool *out,
                                struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_STRAY_FILES,
              "SELECT coalesce(sum(body_bytes), 0) FROM strays WHERE body_file IS NOT NULL",
              "measuring strays", &use);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0) + (int64_t)size <= HF_STRAYS_FILES_MAX;
    hf_db_end(&use);
    return err;
}

enum hf_err hf_strays_add(struct hf_ledger *ledger, const struct hf_stray *stray,
                          struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_STRAY_ADD,
              "INSERT INTO strays(received_ms, queue, sender, task, reason, body_bytes, body,"
              " body_file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
              "adding a stray", &use);
    hf_db_int(&use, stray->received_ms);
    hf_db_text(&use, stray->queue);
    hf_db_text(&use, stray->sender);
    hf_db_text(&use, stray->task);
    hf_db_text(&use, stray->reason);
    hf_db_int(&use, (int64_t)stray->body.size);
    hf_db_body(&use, &stray->body);
    enum hf_err err = hf_db_run(&use, fault);
    return err == HF_ERR_OK ? trim(ledger, fault) : err;
}

enum hf_err hf_strays_count(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_STRAY_COUNT, "SELECT count(*) FROM strays", "counting strays", &use);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0);
    hf_db_end(&use);
    return err;
}

static void read_stray(sqlite3_stmt *row, struct hf_stray *out)
{
    out->number = sqlite3_column_int64(row, 0);
    out->received_ms = sqlite3_column_int64(row, 1);
    hf_db_get_text(row, 2, out->queue, sizeof out->queue);
    hf_db_get_text(row, 3, out->sender, sizeof out->sender);
    hf_db_get_text(row, 4, out->task, sizeof out->task);
    hf_db_get_text(row, 5, out->reason, sizeof out->reason);
    hf_db_get_body(row, 6, &out->body);
}

enum hf_err hf_strays_list(struct hf_ledger *ledger, int64_t limit, hf_strays_each each,
                           void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_stray stray;
    enum hf_err err;
    hf_db_use(ledger, HF_SQL_STRAY_LIST,
              "SELECT n, received_ms, queue, sender, task, reason, body_bytes, body, body_file"
              " FROM strays ORDER BY n DESC LIMIT ?1",
              "listing strays", &use);
    hf_db_int(&use, limit);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_stray(use.statement, &stray);
        err = each(context, &stray);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}
