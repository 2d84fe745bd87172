#include "ledger/tasks.h"

#include "ledger/row.h"

#include <string.h>

#define START_MIN 8

static enum hf_err add_task(struct hf_ledger *ledger, const struct hf_entry *entry,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    char limits[HF_LIMITS_TEXT_MAX + 1];
    hf_db_use(ledger, HF_SQL_TASK_ADD,
              "INSERT INTO tasks(id, job, seq, name, handler, target_kind, target, plain, priority,"
              " timeout_ms, not_after_ms, attempt, max_attempts, payload_bytes, created_ms,"
              " soft_timeout_ms, limits, state)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
              " ?17, 'pending')",
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
    hf_db_int(&use, entry->task.soft_timeout_ms);
    hf_limits_text(&entry->task.limits, limits);
    hf_db_text(&use, limits);
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
    if (payload->size > 0)
        err = add_payload(ledger, entry->number, payload, fault);
    return err ? err
               : hf_tally_add(ledger, entry->job, HF_STATE_PENDING, 1, entry->created_ms, fault);
}

enum hf_err hf_tasks_get(struct hf_ledger *ledger, const char *id, struct hf_entry *out,
                         struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_BY_ID, HF_ROW_BY_ID, "finding a task", &use);
    hf_db_text(&use, id);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        hf_row_task(use.statement, out);
    hf_db_end(&use);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0, "there is no task %s in the ledger", id);
    return err;
}

/* Up to 18 digits, which do not overflow. */
static bool take_number(const char **at, int64_t *out)
{
    int count = 0;
    for (*out = 0; count < 18 && **at >= '0' && **at <= '9'; count++)
        *out = *out * 10 + (*(*at)++ - '0');
    return count > 0;
}

static enum hf_err by_place(struct hf_ledger *ledger, const char *text, struct hf_entry *out,
                            struct hf_fault *fault)
{
    struct hf_job job;
    int64_t seq = 0;
    struct hf_db_use use;
    char name[HF_JOB_NAME_MAX + 1];
    const char *slash = strrchr(text, '/'); /* a name may have some of its own */
    const char *digits = slash ? slash + 1 : "";
    if (!take_number(&digits, &seq) || *digits != '\0' || slash == text ||
        !hf_str_copy(name, sizeof name, (struct hf_str){text, (size_t)(slash - text)}) ||
        hf_jobs_find(ledger, name, &job, NULL) != HF_ERR_OK)
        return HF_ERR_NOT_FOUND;
    hf_db_use(ledger, HF_SQL_TASK_BY_PLACE,
              "SELECT " HF_ROW_TASK " FROM tasks" HF_ROW_JOIN_JOBS
              " WHERE tasks.job = ?1 AND tasks.seq = ?2",
              "finding a task", &use);
    hf_db_int(&use, job.number);
    hf_db_int(&use, seq);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        hf_row_task(use.statement, out);
    hf_db_end(&use);
    return err;
}

static enum hf_err by_start(struct hf_ledger *ledger, const char *text, struct hf_entry *out,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    if (strlen(text) < START_MIN || !hf_id_valid(hf_str(text)))
        return HF_ERR_NOT_FOUND;
    /* Ids are ASCII, so every id that begins with TEXT lies between TEXT and TEXT + DEL. */
    hf_db_use(ledger, HF_SQL_TASK_BY_START,
              "SELECT " HF_ROW_TASK " FROM tasks" HF_ROW_JOIN_JOBS
              " WHERE tasks.id >= ?1 AND tasks.id < ?1 || x'7f'"
              " ORDER BY tasks.id LIMIT 2",
              "finding a task", &use);
    hf_db_text(&use, text);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK) {
        hf_row_task(use.statement, out);
        err = hf_db_row(&use, fault);
        if (err == HF_ERR_OK && strcmp(out->task.id, text) != 0)
            err = hf_fault_set(fault, HF_ERR_INVALID, 0,
                               "several tasks have an id that begins with %s", text);
        else if (err == HF_ERR_NOT_FOUND)
            err = HF_ERR_OK;
    }
    hf_db_end(&use);
    return err;
}

enum hf_err hf_tasks_find(struct hf_ledger *ledger, const char *text, struct hf_entry *out,
                          struct hf_fault *fault)
{
    enum hf_err err = by_place(ledger, text, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = by_start(ledger, text, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = hf_tasks_get(ledger, text, out, fault);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0,
                            "there is no task \"%s\": give its id, the beginning of its id, or "
                            "JOB/NUMBER as \"holdfast tasks\" shows it",
                            text);
    return err;
}

enum hf_err hf_tasks_is_namesake(struct hf_ledger *ledger, const struct hf_entry *entry, bool *out,
                                 struct hf_fault *fault)
{
    struct hf_db_use use;
    *out = false;
    if (!entry->name[0])
        return HF_ERR_OK;
    hf_db_use(ledger, HF_SQL_TASK_NAMESAKE,
              "SELECT 1 FROM tasks INDEXED BY tasks_by_name"
              " WHERE job = ?1 AND name = ?2 AND name <> '' AND seq < ?3 LIMIT 1",
              "looking for a name", &use);
    hf_db_int(&use, entry->job);
    hf_db_text(&use, entry->name);
    hf_db_int(&use, entry->seq);
    enum hf_err err = hf_db_row(&use, fault);
    hf_db_end(&use);
    *out = err == HF_ERR_OK;
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_tasks_is_pending(struct hf_ledger *ledger, struct hf_attempt attempt, bool *out,
                                struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_IS_PENDING,
              "SELECT 1 FROM tasks WHERE n = ?1 AND attempt = ?2 AND state = 'pending'",
              "looking whether a task is pending", &use);
    hf_db_int(&use, attempt.number);
    hf_db_int(&use, attempt.attempt);
    enum hf_err err = hf_db_row(&use, fault);
    hf_db_end(&use);
    *out = err == HF_ERR_OK;
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
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
