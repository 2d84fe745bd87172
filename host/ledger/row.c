#include "ledger/row.h"

void hf_row_task(sqlite3_stmt *row, struct hf_entry *out)
{
    char text[16], limits[HF_LIMITS_TEXT_MAX + 1];
    *out = (struct hf_entry){0};
    out->number = sqlite3_column_int64(row, 0);
    hf_db_get_text(row, 1, out->task.id, sizeof out->task.id);
    out->job = sqlite3_column_int64(row, 2);
    hf_db_get_text(row, 3, out->task.job, sizeof out->task.job);
    out->seq = sqlite3_column_int64(row, 4);
    hf_db_get_text(row, 5, out->name, sizeof out->name);
    hf_db_get_text(row, 6, out->task.handler, sizeof out->task.handler);
    hf_db_get_text(row, 7, text, sizeof text);
    (void)hf_target_kind_parse(hf_str(text), &out->target.kind); /* the table allows no other */
    hf_db_get_text(row, 8, out->target.name, sizeof out->target.name);
    out->task.plain = sqlite3_column_int(row, 9) != 0;
    out->task.priority = (uint8_t)sqlite3_column_int(row, 10);
    out->task.timeout_ms = sqlite3_column_int64(row, 11);
    out->task.not_after_ms = sqlite3_column_int64(row, 12);
    out->task.attempt = (uint32_t)sqlite3_column_int64(row, 13);
    out->task.max_attempts = (uint32_t)sqlite3_column_int64(row, 14);
    out->payload_bytes = (uint64_t)sqlite3_column_int64(row, 15);
    hf_db_get_text(row, 16, text, sizeof text);
    (void)hf_state_parse(hf_str(text), &out->state);
    hf_db_get_text(row, 17, out->reason, sizeof out->reason);
    out->created_ms = sqlite3_column_int64(row, 18);
    out->queued_ms = sqlite3_column_int64(row, 19);
    out->ended_ms = sqlite3_column_int64(row, 20);
    out->duplicates = sqlite3_column_int64(row, 21);
    out->started_ms = sqlite3_column_int64(row, 22);
    hf_db_get_text(row, 23, out->board, sizeof out->board);
    out->task.soft_timeout_ms = sqlite3_column_int64(row, 24);
    hf_db_get_text(row, 25, limits, sizeof limits);
    (void)hf_limits_read(hf_str(limits), &out->task.limits, NULL); /* written by us */
}

void hf_row_result(sqlite3_stmt *row, int column, struct hf_result *out)
{
    char text[16];
    hf_db_get_text(row, column++, text, sizeof text);
    if (hf_status_parse(hf_str(text), &out->status) != HF_ERR_OK)
        out->status = HF_STATUS_FAILED;
    hf_db_get_text(row, column++, out->board, sizeof out->board);
    out->attempt = (uint32_t)sqlite3_column_int64(row, column++);
    out->exit_code = sqlite3_column_int(row, column++);
    out->signal = sqlite3_column_int(row, column++);
    out->started_ms = sqlite3_column_int64(row, column++);
    out->duration_ms = sqlite3_column_int64(row, column++);
    out->peak_kb = sqlite3_column_int64(row, column++);
    out->cpu_ms = sqlite3_column_int64(row, column++);
    hf_db_get_text(row, column++, out->reason, sizeof out->reason);
    hf_db_get_text(row, column, out->log_tail, sizeof out->log_tail);
}

enum hf_err hf_row_find(struct hf_ledger *ledger, int64_t number, struct hf_entry *out,
                        int64_t *result, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_BY_NUMBER,
              "SELECT " HF_ROW_TASK ", tasks.result FROM tasks" HF_ROW_JOIN_JOBS
              " WHERE tasks.n = ?1",
              "finding a task", &use);
    hf_db_int(&use, number);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK) {
        hf_row_task(use.statement, out);
        if (result)
            *result = sqlite3_column_int64(use.statement, HF_ROW_TASK_COLUMNS);
    }
    hf_db_end(&use);
    if (err == HF_ERR_NOT_FOUND)
        return hf_fault_set(fault, err, 0, "there is no task number %lld", (long long)number);
    return err;
}

enum hf_err hf_row_need_transaction(const struct hf_ledger *ledger, const char *what,
                                    struct hf_fault *fault)
{
    if (!sqlite3_get_autocommit(ledger->sqlite) && !ledger->looking)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_ILLEGAL, 0, "ledger: %s outside a transaction", what);
}
