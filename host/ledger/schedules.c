#include "ledger/schedules.h"

#include "ledger/row.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "n, id, name, handler, target_kind, target, race, rule, created_ms, next_ms, last_ms,"         \
    " last_job, runs, paused, tasks"

enum hf_err hf_schedules_add(struct hf_ledger *ledger, struct hf_schedule *schedule,
                             struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_SCHEDULE_ADD,
              "INSERT INTO schedules(id, name, handler, target_kind, target, race, rule,"
              " created_ms, next_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
              "adding a schedule", &use);
    hf_db_text(&use, schedule->id);
    hf_db_text(&use, schedule->name);
    hf_db_text(&use, schedule->handler);
    hf_db_text(&use, hf_target_kind_text(schedule->target.kind));
    hf_db_text(&use, schedule->target.name);
    hf_db_int(&use, schedule->race);
    hf_db_text(&use, schedule->rule);
    hf_db_int(&use, schedule->created_ms);
    hf_db_int(&use, schedule->next_ms);
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_OK)
        schedule->number = sqlite3_last_insert_rowid(ledger->sqlite);
    return err;
}

static enum hf_err count_task(struct hf_ledger *ledger, int64_t schedule, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_SCHEDULE_COUNT, "UPDATE schedules SET tasks = tasks + 1 WHERE n = ?1",
              "adding a task to a schedule", &use);
    hf_db_int(&use, schedule);
    return hf_db_run(&use, fault);
}

enum hf_err hf_schedules_add_task(struct hf_ledger *ledger, int64_t schedule,
                                  const struct hf_entry *entry, const struct hf_body *payload,
                                  struct hf_fault *fault)
{
    struct hf_db_use use;
    char limits[HF_LIMITS_TEXT_MAX + 1];
    enum hf_err err = hf_row_need_transaction(ledger, "adding a task to a schedule", fault);
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_SCHEDULE_TASK_ADD,
              "INSERT INTO schedule_tasks(schedule, seq, name, target_kind, target, plain,"
              " priority, timeout_ms, not_after_ms, max_attempts, soft_timeout_ms, limits,"
              " payload_bytes, bytes, file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
              " ?12, ?13, ?14, ?15)",
              "adding a task to a schedule", &use);
    hf_db_int(&use, schedule);
    hf_db_int(&use, entry->seq);
    hf_db_text(&use, entry->name);
    hf_db_text(&use, hf_target_kind_text(entry->target.kind));
    hf_db_text(&use, entry->target.name);
    hf_db_int(&use, entry->task.plain);
    hf_db_int(&use, entry->task.priority);
    hf_db_int(&use, entry->task.timeout_ms);
    hf_db_int(&use, entry->task.not_after_ms);
    hf_db_int(&use, entry->task.max_attempts);
    hf_db_int(&use, entry->task.soft_timeout_ms);
    hf_limits_text(&entry->task.limits, limits);
    hf_db_text(&use, limits);
    hf_db_int(&use, (int64_t)payload->size);
    hf_db_body(&use, payload);
    err = hf_db_run(&use, fault);
    return err ? err : count_task(ledger, schedule, fault);
}

static void read_schedule(sqlite3_stmt *row, struct hf_schedule *out)
{
    char kind[16];
    *out = (struct hf_schedule){.number = sqlite3_column_int64(row, 0)};
    hf_db_get_text(row, 1, out->id, sizeof out->id);
    hf_db_get_text(row, 2, out->name, sizeof out->name);
    hf_db_get_text(row, 3, out->handler, sizeof out->handler);
    hf_db_get_text(row, 4, kind, sizeof kind);
    (void)hf_target_kind_parse(hf_str(kind), &out->target.kind); /* the table allows no other */
    hf_db_get_text(row, 5, out->target.name, sizeof out->target.name);
    out->race = sqlite3_column_int(row, 6) != 0;
    hf_db_get_text(row, 7, out->rule, sizeof out->rule);
    out->created_ms = sqlite3_column_int64(row, 8);
    out->next_ms = sqlite3_column_int64(row, 9);
    out->last_ms = sqlite3_column_int64(row, 10);
    out->last_job = sqlite3_column_int64(row, 11);
    out->runs = sqlite3_column_int64(row, 12);
    out->paused = sqlite3_column_int(row, 13) != 0;
    out->tasks = sqlite3_column_int64(row, 14);
}

static enum hf_err take_one(struct hf_db_use *use, struct hf_schedule *out, struct hf_fault *fault)
{
    enum hf_err err = hf_db_row(use, fault);
    if (err == HF_ERR_OK)
        read_schedule(use->statement, out);
    hf_db_end(use);
    return err;
}

enum hf_err hf_schedules_find(struct hf_ledger *ledger, const char *text, struct hf_schedule *out,
                              struct hf_fault *fault)
{
    struct hf_db_use use;
    char *end = NULL;
    long long number = strtoll(text, &end, 10);
    hf_db_use(ledger, HF_SQL_SCHEDULE_GET, "SELECT " COLUMNS " FROM schedules WHERE n = ?1",
              "finding a schedule", &use);
    hf_db_int(&use, *end == '\0' ? number : 0);
    enum hf_err err = take_one(&use, out, fault);
    if (err != HF_ERR_NOT_FOUND)
        return err;
    hf_db_use(ledger, HF_SQL_SCHEDULE_BY_ID, "SELECT " COLUMNS " FROM schedules WHERE id = ?1",
              "finding a schedule", &use);
    hf_db_text(&use, text);
    err = take_one(&use, out, fault);
    if (err != HF_ERR_NOT_FOUND)
        return err;
    hf_db_use(ledger, HF_SQL_SCHEDULE_BY_NAME,
              "SELECT " COLUMNS " FROM schedules WHERE name = ?1 AND name <> ''"
              " ORDER BY n DESC LIMIT 1",
              "finding a schedule", &use);
    hf_db_text(&use, text);
    err = take_one(&use, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0,
                            "there is no schedule \"%s\": the list is \"holdfast schedule\"", text);
    return err;
}

enum hf_err hf_schedules_list(struct hf_ledger *ledger, hf_schedules_each each, void *context,
                              struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_schedule schedule;
    enum hf_err err;
    hf_db_use(ledger, HF_SQL_SCHEDULE_LIST, "SELECT " COLUMNS " FROM schedules ORDER BY n DESC",
              "listing schedules", &use);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_schedule(use.statement, &schedule);
        err = each(context, &schedule);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_schedules_due(struct hf_ledger *ledger, int64_t now_ms, struct hf_schedule *out,
                             struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_SCHEDULE_DUE,
              "SELECT " COLUMNS " FROM schedules INDEXED BY schedules_due"
              " WHERE next_ms <> 0 AND paused = 0 AND next_ms <= ?1 ORDER BY next_ms LIMIT 1",
              "finding what is due", &use);
    hf_db_int(&use, now_ms);
    return take_one(&use, out, fault);
}

enum hf_err hf_schedules_next(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_SCHEDULE_NEXT,
              "SELECT next_ms FROM schedules INDEXED BY schedules_due"
              " WHERE next_ms <> 0 AND paused = 0 ORDER BY next_ms LIMIT 1",
              "finding what is due", &use);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0);
    else if (err == HF_ERR_NOT_FOUND)
        *out = INT64_MAX;
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

static void read_task(sqlite3_stmt *row, struct hf_entry *entry, struct hf_body *payload)
{
    char kind[16];
    char limits[HF_LIMITS_TEXT_MAX + 1];
    *entry = (struct hf_entry){.seq = sqlite3_column_int64(row, 0)};
    hf_db_get_text(row, 1, entry->name, sizeof entry->name);
    hf_db_get_text(row, 2, kind, sizeof kind);
    (void)hf_target_kind_parse(hf_str(kind), &entry->target.kind);
    hf_db_get_text(row, 3, entry->target.name, sizeof entry->target.name);
    entry->task.plain = sqlite3_column_int(row, 4) != 0;
    entry->task.priority = (uint8_t)sqlite3_column_int(row, 5);
    entry->task.timeout_ms = sqlite3_column_int64(row, 6);
    entry->task.not_after_ms = sqlite3_column_int64(row, 7);
    entry->task.attempt = 1;
    entry->task.max_attempts = (uint32_t)sqlite3_column_int64(row, 8);
    entry->task.soft_timeout_ms = sqlite3_column_int64(row, 9);
    hf_db_get_text(row, 10, limits, sizeof limits);
    (void)hf_limits_read(hf_str(limits), &entry->task.limits, NULL); /* written by us */
    hf_db_get_body(row, 11, payload);
}

enum hf_err hf_schedules_tasks(struct hf_ledger *ledger, int64_t schedule,
                               hf_schedules_each_task each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_entry entry;
    struct hf_body payload;
    enum hf_err err;
    hf_db_use(
        ledger, HF_SQL_SCHEDULE_TASKS,
        "SELECT seq, name, target_kind, target, plain, priority, timeout_ms, not_after_ms,"
        " max_attempts, soft_timeout_ms, limits, payload_bytes, bytes, file FROM schedule_tasks"
        " WHERE schedule = ?1 ORDER BY seq",
        "reading a schedule", &use);
    hf_db_int(&use, schedule);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        read_task(use.statement, &entry, &payload);
        err = each(context, &entry, &payload);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_schedules_ran(struct hf_ledger *ledger, int64_t number, int64_t job, int64_t now_ms,
                             int64_t next_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    enum hf_err err = hf_row_need_transaction(ledger, "running a schedule", fault);
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_SCHEDULE_RAN,
              "UPDATE schedules SET last_ms = ?3, last_job = ?2, runs = runs + 1, next_ms = ?4"
              " WHERE n = ?1",
              "running a schedule", &use);
    hf_db_int(&use, number);
    hf_db_int(&use, job);
    hf_db_int(&use, now_ms);
    hf_db_int(&use, next_ms);
    return hf_db_run(&use, fault);
}

enum hf_err hf_schedules_pause(struct hf_ledger *ledger, int64_t number, bool paused,
                               int64_t next_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_SCHEDULE_PAUSE,
              "UPDATE schedules SET paused = ?2, next_ms = ?3 WHERE n = ?1", "pausing a schedule",
              &use);
    hf_db_int(&use, number);
    hf_db_int(&use, paused);
    hf_db_int(&use, next_ms);
    return hf_db_run(&use, fault);
}

static enum hf_err delete_by(struct hf_ledger *ledger, enum hf_sql id, const char *sql,
                             int64_t number, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, id, sql, "removing a schedule", &use);
    hf_db_int(&use, number);
    return hf_db_run(&use, fault);
}

enum hf_err hf_schedules_remove(struct hf_ledger *ledger, int64_t number, struct hf_fault *fault)
{
    bool own = false;
    enum hf_err err = hf_db_enter(ledger, &own, fault);
    if (err != HF_ERR_OK)
        return err;
    err = delete_by(ledger, HF_SQL_SCHEDULE_REMOVE_TASKS,
                    "DELETE FROM schedule_tasks WHERE schedule = ?1", number, fault);
    if (err == HF_ERR_OK)
        err = delete_by(ledger, HF_SQL_SCHEDULE_REMOVE, "DELETE FROM schedules WHERE n = ?1",
                        number, fault);
    return hf_db_leave(ledger, own, err, fault);
}
