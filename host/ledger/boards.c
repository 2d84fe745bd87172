#include "ledger/boards.h"

#include "ledger/db.h"

#include <string.h>

enum hf_err hf_boards_enrolled(struct hf_ledger *ledger, const char *name, const char *pool,
                               int64_t now_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_ENROLLED,
              "INSERT INTO boards(name, pool, enrolled_ms) VALUES (?1, ?2, ?3)"
              " ON CONFLICT DO UPDATE SET pool = ?2, enrolled_ms = ?3, retired_ms = 0",
              "enrolling a board", &use);
    hf_db_text(&use, name);
    hf_db_text(&use, pool);
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

enum hf_err hf_boards_retired(struct hf_ledger *ledger, const char *name, int64_t now_ms,
                              struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_RETIRED, "UPDATE boards SET retired_ms = ?2 WHERE name = ?1",
              "retiring a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, now_ms);
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_OK && sqlite3_changes(ledger->sqlite) == 0)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "there is no board \"%s\" in the ledger",
                            name);
    return err;
}

/* Room for one more that was never enrolled: whoever can make up names could fill the disk. */
static enum hf_err forget_strangers(struct hf_ledger *ledger, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_FORGET,
              "DELETE FROM boards WHERE name IN (SELECT name FROM boards WHERE enrolled_ms = 0"
              " ORDER BY seen_ms DESC LIMIT -1 OFFSET ?1)",
              "forgetting boards", &use);
    hf_db_int(&use, HF_BOARDS_STRANGERS_MAX - 1);
    return hf_db_run(&use, fault);
}

static enum hf_err meet(struct hf_ledger *ledger, const char *name, int64_t now_ms,
                        struct hf_fault *fault)
{
    struct hf_db_use use;
    enum hf_err err = forget_strangers(ledger, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_BOARD_MET, "INSERT INTO boards(name, seen_ms) VALUES (?1, ?2)",
              "noting a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

static enum hf_err seen(struct hf_ledger *ledger, const char *name, int64_t now_ms,
                        struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_SEEN,
              "UPDATE boards SET seen_ms = max(seen_ms, ?2), lost_ms = 0 WHERE name = ?1",
              "noting a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, now_ms);
    const enum hf_err err = hf_db_run(&use, fault);
    if (err != HF_ERR_OK || sqlite3_changes(ledger->sqlite) > 0)
        return err;
    return meet(ledger, name, now_ms, fault);
}

static enum hf_err keep_presence(struct hf_ledger *ledger, const char *name,
                                 const struct hf_presence *presence, struct hf_str json,
                                 int64_t now_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_PRESENCE,
              "UPDATE boards SET presence_ms = ?2, presence = ?3, state = ?4, task = ?5"
              " WHERE name = ?1",
              "noting a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, now_ms);
    hf_db_str(&use, json);
    hf_db_text(&use, presence->state);
    hf_db_text(&use, presence->task);
    return hf_db_run(&use, fault);
}

static enum hf_err keep_facts(struct hf_ledger *ledger, const char *name, struct hf_str json,
                              int64_t now_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_FACTS,
              "UPDATE boards SET facts_ms = ?2, facts = ?3 WHERE name = ?1", "noting a board",
              &use);
    hf_db_text(&use, name);
    hf_db_int(&use, now_ms);
    hf_db_str(&use, json);
    return hf_db_run(&use, fault);
}

static enum hf_err keep(struct hf_ledger *ledger, const char *name, const struct hf_event *event,
                        int64_t now_ms, struct hf_fault *fault)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    enum hf_err err = hf_event_encode(event, body, sizeof body, &len);
    if (err != HF_ERR_OK)
        return hf_fault_set(fault, err, 0, "an event of board %s: %s", name, hf_err_text(err));
    struct hf_str json = {body, len};
    return event->kind == HF_EVENT_PRESENCE
               ? keep_presence(ledger, name, &event->presence, json, now_ms, fault)
               : keep_facts(ledger, name, json, now_ms, fault);
}

enum hf_err hf_boards_heard(struct hf_ledger *ledger, const char *name,
                            const struct hf_event *event, int64_t now_ms, struct hf_fault *fault)
{
    bool own = false;
    bool keeps = event->kind == HF_EVENT_PRESENCE || event->kind == HF_EVENT_FACTS;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = seen(ledger, name, now_ms, fault);
    if (err == HF_ERR_OK && keeps)
        err = keep(ledger, name, event, now_ms, fault);
    return hf_db_leave(ledger, own, err, fault);
}

enum hf_err hf_boards_lost(struct hf_ledger *ledger, const char *name, int64_t seen_ms,
                           int64_t now_ms, bool *moved, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_LOST,
              "UPDATE boards SET lost_ms = ?3 WHERE name = ?1 AND seen_ms <= ?2 AND lost_ms = 0",
              "missing a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, seen_ms);
    hf_db_int(&use, now_ms);
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_OK)
        *moved = sqlite3_changes(ledger->sqlite) > 0;
    return err;
}

enum hf_err hf_boards_reported(struct hf_ledger *ledger, const char *name, bool done,
                               int64_t now_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    if (!name[0])
        return HF_ERR_OK;
    hf_db_use(ledger, HF_SQL_BOARD_REPORTED,
              "UPDATE boards SET done = done + ?2, failed = failed + 1 - ?2,"
              " seen_ms = max(seen_ms, ?3), lost_ms = 0 WHERE name = ?1",
              "noting a board", &use);
    hf_db_text(&use, name);
    hf_db_int(&use, done);
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

#define COLUMNS                                                                                    \
    "name, pool, enrolled_ms, retired_ms, seen_ms, lost_ms, state, task, done, failed,"            \
    " presence_ms, presence, facts_ms, facts,"                                                     \
    " (SELECT until_s FROM certificates WHERE board = boards.name AND revoked_ms = 0"              \
    "  ORDER BY n DESC LIMIT 1)"

/* Text of a version that knew other fields: what can't be read is not known. */
static bool decode(sqlite3_stmt *row, int column, enum hf_event_kind kind, struct hf_event *out)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    size_t len = text ? (size_t)sqlite3_column_bytes(row, column) : 0;
    return len > 0 && hf_event_decode(text, len, out, NULL) == HF_ERR_OK && out->kind == kind;
}

static void read_board(sqlite3_stmt *row, struct hf_board *out)
{
    struct hf_event event;
    *out = (struct hf_board){0};
    hf_db_get_text(row, 0, out->name, sizeof out->name);
    hf_db_get_text(row, 1, out->pool, sizeof out->pool);
    out->enrolled_ms = sqlite3_column_int64(row, 2);
    out->retired_ms = sqlite3_column_int64(row, 3);
    out->seen_ms = sqlite3_column_int64(row, 4);
    out->lost_ms = sqlite3_column_int64(row, 5);
    hf_db_get_text(row, 6, out->state, sizeof out->state);
    hf_db_get_text(row, 7, out->task, sizeof out->task);
    out->certificate_until_s = sqlite3_column_int64(row, 14); /* NULL reads as 0 */
    out->done = sqlite3_column_int64(row, 8);
    out->failed = sqlite3_column_int64(row, 9);
    if (decode(row, 11, HF_EVENT_PRESENCE, &event)) {
        out->presence_ms = sqlite3_column_int64(row, 10);
        out->presence = event.presence;
    }
    if (decode(row, 13, HF_EVENT_FACTS, &event)) {
        out->facts_ms = sqlite3_column_int64(row, 12);
        out->facts = event.facts;
    }
}

enum hf_err hf_boards_get(struct hf_ledger *ledger, const char *name, struct hf_board *out,
                          struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_GET, "SELECT " COLUMNS " FROM boards WHERE name = ?1",
              "finding a board", &use);
    hf_db_text(&use, name);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        read_board(use.statement, out);
    hf_db_end(&use);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0, "there is no board \"%s\" in the ledger", name);
    return err;
}

enum hf_err hf_boards_may_report(struct hf_ledger *ledger, const char *name, bool *may,
                                 struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_BOARD_MAY,
              "SELECT EXISTS (SELECT 1 FROM boards WHERE name = ?1 AND enrolled_ms <> 0"
              " AND retired_ms = 0) OR NOT EXISTS (SELECT 1 FROM boards WHERE enrolled_ms <> 0)",
              "looking for a board", &use);
    hf_db_text(&use, name);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *may = sqlite3_column_int64(use.statement, 0) != 0;
    hf_db_end(&use);
    return err;
}

enum hf_err hf_boards_list(struct hf_ledger *ledger, hf_boards_each each, void *context,
                           struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_board board;
    enum hf_err err;
    hf_db_use(ledger, HF_SQL_BOARD_LIST, "SELECT " COLUMNS " FROM boards ORDER BY name",
              "listing boards", &use);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_board(use.statement, &board);
        err = each(context, &board);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}
