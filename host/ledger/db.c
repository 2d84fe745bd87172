#include "ledger/db.h"

#include <string.h>

static enum hf_err err_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: /* it gave up after ten seconds of tries */
    case SQLITE_LOCKED: return HF_ERR_BUSY;
    case SQLITE_FULL: return HF_ERR_NO_SPACE;
    case SQLITE_NOMEM: return HF_ERR_NO_MEMORY;
    case SQLITE_IOERR: return HF_ERR_IO;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return HF_ERR_DENIED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return HF_ERR_MALFORMED;
    default: break;
    }
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return HF_ERR_EXISTS;
    return HF_ERR_LEDGER;
}

static const char *advice_of(enum hf_err err)
{
    switch ((int)err) {
    case HF_ERR_BUSY: return "; another holdfast is writing to it, try again";
    case HF_ERR_NO_SPACE: return "; free some space and try again, nothing was lost";
    case HF_ERR_DENIED: return "; see who may write to that folder";
    default: return "";
    }
}

enum hf_err hf_db_fault(const struct hf_ledger *ledger, int code, const char *what,
                        struct hf_fault *fault)
{
    enum hf_err err = err_of(code);
    const char *text = ledger->sqlite && sqlite3_extended_errcode(ledger->sqlite) == code
                           ? sqlite3_errmsg(ledger->sqlite)
                           : sqlite3_errstr(code);
    return hf_fault_set(fault, err, code, "ledger %s: %s: %s%s", ledger->path, what, text,
                        advice_of(err));
}

static void note(struct hf_db_use *use, int code)
{
    if (use->code == SQLITE_OK)
        use->code = code;
}

void hf_db_use(struct hf_ledger *ledger, enum hf_sql id, const char *sql, const char *what,
               struct hf_db_use *use)
{
    *use = (struct hf_db_use){.ledger = ledger, .what = what, .next = 1};
    sqlite3_stmt **kept = &ledger->statements[id];
    if (!*kept) {
        int code =
            sqlite3_prepare_v3(ledger->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
        note(use, code == SQLITE_OK ? code : sqlite3_extended_errcode(ledger->sqlite));
    }
    use->statement = *kept;
}

void hf_db_int(struct hf_db_use *use, int64_t number)
{
    if (use->code == SQLITE_OK)
        note(use, sqlite3_bind_int64(use->statement, use->next++, number));
}

void hf_db_str(struct hf_db_use *use, struct hf_str text)
{
    if (use->code == SQLITE_OK)
        note(use, sqlite3_bind_text64(use->statement, use->next++, text.data ? text.data : "",
                                      text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void hf_db_text(struct hf_db_use *use, const char *text)
{
    hf_db_str(use, hf_str(text));
}

void hf_db_body(struct hf_db_use *use, const struct hf_body *body)
{
    bool in_file = body && body->hash[0];
    if (use->code != SQLITE_OK)
        return;
    if (!body || in_file || body->size == 0)
        note(use, sqlite3_bind_null(use->statement, use->next++));
    else
        note(use, sqlite3_bind_blob64(use->statement, use->next++, body->bytes, body->size,
                                      SQLITE_STATIC));
    if (in_file)
        hf_db_text(use, body->hash);
    else
        note(use, sqlite3_bind_null(use->statement, use->next++));
}

void hf_db_end(struct hf_db_use *use)
{
    if (!use->statement)
        return;
    (void)sqlite3_reset(use->statement); /* repeats the error of the step, which was reported */
    (void)sqlite3_clear_bindings(use->statement);
    use->statement = NULL;
}

enum hf_err hf_db_row(struct hf_db_use *use, struct hf_fault *fault)
{
    int code = use->code;
    if (code == SQLITE_OK)
        code = sqlite3_step(use->statement);
    if (code == SQLITE_ROW)
        return HF_ERR_OK;
    if (code == SQLITE_DONE)
        return HF_ERR_NOT_FOUND;
    return hf_db_fault(use->ledger, code, use->what, fault);
}

enum hf_err hf_db_run(struct hf_db_use *use, struct hf_fault *fault)
{
    enum hf_err err = hf_db_row(use, fault);
    hf_db_end(use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

void hf_db_get_text(sqlite3_stmt *row, int column, char *to, size_t size)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    size_t len = text ? (size_t)sqlite3_column_bytes(row, column) : 0;
    if (len >= size)
        len = size - 1;
    if (len > 0)
        memcpy(to, text, len);
    to[len] = '\0';
}

void hf_db_get_body(sqlite3_stmt *row, int column, struct hf_body *out)
{
    out->size = (uint64_t)sqlite3_column_int64(row, column);
    out->bytes = sqlite3_column_blob(row, column + 1);
    hf_db_get_text(row, column + 2, out->hash, sizeof out->hash);
}
