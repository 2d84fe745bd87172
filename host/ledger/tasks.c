#include "ledger/tasks.h"

#include "ledger/row.h"

static enum hf_err add_task(struct hf_ledger *ledger, const struct hf_entry *entry,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_ADD,
              "INSERT INTO tasks(id, job, seq, name, handler, target_kind, target, plain, priority,"
              " timeout_ms, not_after_ms, attempt, max_attempts, payload_bytes, created_ms, state)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
              " 'pending')",
              "adding a task", &use);
    hf_db_text(&use, entry->task.id);
    hf_db_int(&use, entry->job);
    hf_db_int(&use, entry->seq);
    hf_db_text(&use, entry->name);
    hf_db_text(&use, entry->task.handler);
    hf_db_text(&use, hf_target_kind_text(entry->target.kind));
    hf_db_text(&use, entry->target.name);
    hf_db_int(&use, entry->task.plain);
    hf_db_int(&use, entry->task.priority);
    hf_db_int(&use, entry->task.timeout_ms);
    hf_db_int(&use, entry->task.not_after_ms);
    hf_db_int(&use, entry->task.attempt);
    hf_db_int(&use, entry->task.max_attempts);
    hf_db_int(&use, (int64_t)entry->payload_bytes);
    hf_db_int(&use, entry->created_ms);
    return hf_db_run(&use, fault);
}

static enum hf_err add_payload(struct hf_ledger *ledger, int64_t number, const struct hf_body *body,
                               struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_PAYLOAD_ADD,
              "INSERT INTO payloads(task, bytes, file) VALUES (?1, ?2, ?3)", "adding a payload",
              &use);
    hf_db_int(&use, number);
    hf_db_body(&use, body);
    return hf_db_run(&use, fault);
}

enum hf_err hf_tasks_add(struct hf_ledger *ledger, struct hf_entry *entry,
                         const struct hf_body *payload, struct hf_fault *fault)
{
    enum hf_err err = hf_row_need_transaction(ledger, "adding a task", fault);
    if (err != HF_ERR_OK)
        return err;
    entry->payload_bytes = payload->size;
    err = add_task(ledger, entry, fault);
    if (err == HF_ERR_EXISTS)
        return hf_fault_set(fault, err, 0, "there is a task %s already", entry->task.id);
    if (err != HF_ERR_OK)
        return err;
    entry->number = sqlite3_last_insert_rowid(ledger->sqlite);
    return payload->size > 0 ? add_payload(ledger, entry->number, payload, fault) : HF_ERR_OK;
}

enum hf_err hf_tasks_get(struct hf_ledger *ledger, const char *id, struct hf_entry *out,
                         struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_BY_ID,
              "SELECT " HF_ROW_TASK " FROM tasks" HF_ROW_JOIN_JOBS " WHERE tasks.id = ?1",
              "finding a task", &use);
    hf_db_text(&use, id);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        hf_row_task(use.statement, out);
    hf_db_end(&use);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0, "there is no task %s in the ledger", id);
    return err;
}

enum hf_err hf_tasks_payload(struct hf_ledger *ledger, int64_t number,
                             struct hf_body_reader *reader, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_body body;
    hf_db_use(ledger, HF_SQL_PAYLOAD_GET,
              "SELECT tasks.payload_bytes, payloads.bytes, payloads.file FROM tasks"
              " LEFT JOIN payloads ON payloads.task = tasks.n WHERE tasks.n = ?1",
              "reading a payload", &use);
    hf_db_int(&use, number);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK) {
        hf_db_get_body(use.statement, 0, &body);
        err = hf_body_open(&ledger->bodies, &body, reader, fault);
    } else if (err == HF_ERR_NOT_FOUND) {
        err = hf_fault_set(fault, err, 0, "there is no task number %lld", (long long)number);
    }
    hf_db_end(&use);
    return err;
}

enum hf_err hf_tasks_queued(struct hf_ledger *ledger, struct hf_attempt attempt, int64_t now_ms,
                            bool *moved, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_QUEUED,
              "UPDATE tasks SET state = 'queued', queued_ms = ?3, reason = ''"
              " WHERE n = ?1 AND attempt = ?2 AND state = 'pending'",
              "marking a task as queued", &use);
    hf_db_int(&use, attempt.number);
    hf_db_int(&use, attempt.attempt);
    hf_db_int(&use, now_ms);
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_OK)
        *moved = sqlite3_changes(ledger->sqlite) > 0;
    return err;
}

enum hf_err hf_tasks_held(struct hf_ledger *ledger, struct hf_attempt attempt, const char *reason,
                          struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_HELD,
              "UPDATE tasks SET reason = ?3"
              " WHERE n = ?1 AND attempt = ?2 AND state = 'pending' AND reason <> ?3",
              "noting why a task is held", &use);
    hf_db_int(&use, attempt.number);
    hf_db_int(&use, attempt.attempt);
    hf_db_text(&use, reason);
    return hf_db_run(&use, fault);
}

/* Places between two, as a range over an index: a job is such a range too. */
#define LIST(index, state, order)                                                                  \
    "SELECT " HF_ROW_TASK " FROM tasks INDEXED BY " index HF_ROW_JOIN_JOBS " WHERE " state         \
    "(tasks.job, tasks.seq) > (?1, ?2) AND (tasks.job, tasks.seq) < (?3, ?4)"                      \
    " ORDER BY tasks.job " order ", tasks.seq " order " LIMIT ?5"

static const char *const LISTS[] = {
    LIST("tasks_by_place", "", "ASC"),
    LIST("tasks_by_place", "", "DESC"),
    LIST("tasks_by_state", "tasks.state = ?6 AND ", "ASC"),
    LIST("tasks_by_state", "tasks.state = ?6 AND ", "DESC"),
};

static void bounds_of(const struct hf_tasks_filter *filter, struct hf_place *from,
                      struct hf_place *to)
{
    bool goes_on = filter->after.job != 0;
    *from = (struct hf_place){filter->job, 0};
    *to = (struct hf_place){filter->job ? filter->job : INT64_MAX, INT64_MAX};
    if (goes_on && filter->newest_first)
        *to = filter->after;
    else if (goes_on)
        *from = filter->after;
}

enum hf_err hf_tasks_list(struct hf_ledger *ledger, const struct hf_tasks_filter *filter,
                          hf_tasks_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_entry entry;
    struct hf_place from;
    struct hf_place to;
    int which = (filter->by_state ? 2 : 0) + (filter->newest_first ? 1 : 0);
    bounds_of(filter, &from, &to);
    hf_db_use(ledger, (enum hf_sql)(HF_SQL_TASK_LIST + which), LISTS[which], "listing tasks", &use);
    hf_db_int(&use, from.job);
    hf_db_int(&use, from.seq);
    hf_db_int(&use, to.job);
    hf_db_int(&use, to.seq);
    hf_db_int(&use, filter->limit);
    if (filter->by_state)
        hf_db_text(&use, hf_state_text(filter->state));
    enum hf_err err;
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        hf_row_task(use.statement, &entry);
        err = each(context, &entry);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}
