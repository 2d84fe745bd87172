#include "ledger/events.h"

#include "ledger/db.h"
#include "wire/utf8.h"

static enum hf_err trim(struct hf_ledger *ledger, int64_t newest, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_EVENT_TRIM, "DELETE FROM events WHERE n <= ?1",
              "letting old events go", &use);
    hf_db_int(&use, newest - HF_HAPPENINGS_MAX);
    return hf_db_run(&use, fault);
}

enum hf_err hf_events_add(struct hf_ledger *ledger, struct hf_happening *happening,
                          struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_EVENT_ADD,
              "INSERT INTO events(at_ms, kind, board, task, job, text)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
              "noting an event", &use);
    hf_db_int(&use, happening->at_ms);
    hf_db_text(&use, happening->kind);
    hf_db_text(&use, happening->board);
    hf_db_text(&use, happening->task);
    hf_db_int(&use, happening->job);
    hf_db_str(&use, hf_utf8_head(hf_str(happening->text), HF_HAPPENING_TEXT_MAX));
    enum hf_err err = hf_db_run(&use, fault);
    if (err != HF_ERR_OK)
        return err;
    happening->number = sqlite3_last_insert_rowid(ledger->sqlite);
    return trim(ledger, happening->number, fault);
}

#define LIST(index, condition, order)                                                              \
    "SELECT n, at_ms, kind, board, task, job, text FROM events " index " WHERE " condition         \
    "n > ?1 AND n < ?2 ORDER BY n " order " LIMIT ?3"
#define BOTH(index, condition) LIST(index, condition, "ASC"), LIST(index, condition, "DESC")

static const char *const LISTS[] = {
    BOTH("", ""),
    BOTH("INDEXED BY events_by_board", "board = ?4 AND board <> '' AND "),
    BOTH("INDEXED BY events_by_task", "task = ?4 AND task <> '' AND "),
};

static void read_event(sqlite3_stmt *row, struct hf_happening *out)
{
    *out = (struct hf_happening){.number = sqlite3_column_int64(row, 0),
                                 .at_ms = sqlite3_column_int64(row, 1),
                                 .job = sqlite3_column_int64(row, 5)};
    hf_db_get_text(row, 2, out->kind, sizeof out->kind);
    hf_db_get_text(row, 3, out->board, sizeof out->board);
    hf_db_get_text(row, 4, out->task, sizeof out->task);
    out->text = (const char *)sqlite3_column_text(row, 6);
    if (!out->text)
        out->text = "";
}

enum hf_err hf_events_list(struct hf_ledger *ledger, const struct hf_events_filter *filter,
                           hf_events_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_happening happening;
    enum hf_err err;
    bool down = filter->newest_first;
    int which = (filter->board ? 2 : filter->task ? 4 : 0) + (down ? 1 : 0);
    hf_db_use(ledger, (enum hf_sql)(HF_SQL_EVENT_LIST + which), LISTS[which], "listing events",
              &use);
    hf_db_int(&use, down ? 0 : filter->after);
    hf_db_int(&use, down && filter->after ? filter->after : INT64_MAX);
    hf_db_int(&use, filter->limit);
    if (which >= 2)
        hf_db_text(&use, filter->board ? filter->board : filter->task);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_event(use.statement, &happening);
        err = each(context, &happening);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_events_newest(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_EVENT_NEWEST, "SELECT coalesce(max(n), 0) FROM events",
              "finding the newest event", &use);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0);
    hf_db_end(&use);
    return err;
}
