#include "ledger/results.h"

#include "ledger/attempts.h"
#include "ledger/boards.h"
#include "ledger/row.h"

#include <string.h>

#define DEAD_LETTER "dead-letter"

static enum hf_err find(struct hf_ledger *ledger, const char *id, struct hf_entry *out,
                        struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_BY_ID, HF_ROW_BY_ID, "finding a task", &use);
    hf_db_text(&use, id);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        hf_row_task(use.statement, out);
    hf_db_end(&use);
    return err;
}

static enum hf_err add_report(struct hf_ledger *ledger, int64_t task,
                              const struct hf_report *report, enum hf_verdict verdict,
                              struct hf_fault *fault)
{
    const struct hf_result *result = &report->result;
    bool keep = verdict != HF_VERDICT_DUPLICATE;
    const struct hf_body *body = keep ? report->body : NULL;
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_RESULT_ADD,
              "INSERT INTO results(task, verdict, status, board, attempt, exit_code, signal,"
              " started_ms, duration_ms, peak_kb, cpu_ms, received_ms, reason, log_tail,"
              " body_bytes, body, body_file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
              " ?12, ?13, ?14, ?15, ?16, ?17)",
              "adding a result", &use);
    hf_db_int(&use, task);
    hf_db_text(&use, hf_verdict_text(verdict));
    hf_db_text(&use, report->dead_letter ? DEAD_LETTER : hf_status_text(result->status));
    hf_db_text(&use, report->dead_letter ? "" : result->board);
    hf_db_int(&use, result->attempt);
    hf_db_int(&use, result->exit_code);
    hf_db_int(&use, result->signal);
    hf_db_int(&use, result->started_ms);
    hf_db_int(&use, result->duration_ms);
    hf_db_int(&use, result->peak_kb);
    hf_db_int(&use, result->cpu_ms);
    hf_db_int(&use, report->received_ms);
    hf_db_text(&use, result->reason);
    hf_db_text(&use, keep ? result->log_tail : "");
    hf_db_int(&use, report->body ? (int64_t)report->body->size : 0);
    hf_db_body(&use, body);
    return hf_db_run(&use, fault);
}

static const char *board_of(const struct hf_report *report)
{
    return report->dead_letter ? "" : report->result.board;
}

static enum hf_err end_task(struct hf_ledger *ledger, const struct hf_entry *entry,
                            enum hf_state state, const struct hf_report *report,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_ENDED,
              "UPDATE tasks SET state = ?2, reason = ?3, ended_ms = ?4, result = ?5, board = ?6"
              " WHERE n = ?1",
              "ending a task", &use);
    hf_db_int(&use, entry->number);
    hf_db_text(&use, hf_state_text(state));
    hf_db_text(&use, report->result.reason);
    hf_db_int(&use, report->received_ms);
    hf_db_int(&use, sqlite3_last_insert_rowid(ledger->sqlite));
    hf_db_text(&use, board_of(report));
    enum hf_err err = hf_db_run(&use, fault);
    if (err == HF_ERR_OK)
        err = hf_boards_reported(ledger, board_of(report), state == HF_STATE_DONE,
                                 report->received_ms, fault);
    return err;
}

static enum hf_err try_again(struct hf_ledger *ledger, const struct hf_entry *entry,
                             const struct hf_report *report, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_entry past = *entry;
    int64_t result = sqlite3_last_insert_rowid(ledger->sqlite);
    (void)hf_str_copy(past.board, sizeof past.board, hf_str(board_of(report)));
    enum hf_err err = hf_attempts_add(ledger, &past, "retry", report->result.reason,
                                      report->received_ms, result, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_db_use(ledger, HF_SQL_TASK_AGAIN,
              "UPDATE tasks SET state = 'pending', attempt = attempt + 1, reason = ?2,"
              " queued_ms = 0, started_ms = 0, board = '' WHERE n = ?1",
              "handing a task out again", &use);
    hf_db_int(&use, entry->number);
    hf_db_text(&use, report->result.reason);
    return hf_db_run(&use, fault);
}

/* Whether one more duplicate of the task may be kept. */
static enum hf_err has_room(struct hf_ledger *ledger, int64_t task, bool *out,
                            struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_RESULT_DUPLICATES,
              "SELECT count(*) FROM (SELECT 1 FROM results INDEXED BY results_by_task"
              " WHERE task = ?1 AND verdict = 'duplicate' LIMIT ?2)",
              "counting duplicates", &use);
    hf_db_int(&use, task);
    hf_db_int(&use, HF_DUPLICATES_MAX);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0) < HF_DUPLICATES_MAX;
    hf_db_end(&use);
    return err;
}

static enum hf_err count_duplicate(struct hf_ledger *ledger, int64_t task, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_TASK_DUPLICATE,
              "UPDATE tasks SET duplicates = duplicates + 1 WHERE n = ?1", "counting a duplicate",
              &use);
    hf_db_int(&use, task);
    return hf_db_run(&use, fault);
}

/* It was cancelled here, and a board says that it obeys: nothing was done twice. */
static bool is_obedience(const struct hf_entry *entry, const struct hf_report *report)
{
    return entry->state == HF_STATE_CANCELLED && !report->dead_letter &&
           report->result.status == HF_STATUS_CANCELLED;
}

static enum hf_err move(struct hf_ledger *ledger, const struct hf_entry *entry,
                        struct hf_judgement judgement, const struct hf_report *report,
                        struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    switch (judgement.verdict) {
    case HF_VERDICT_ENDED: err = end_task(ledger, entry, judgement.state, report, fault); break;
    case HF_VERDICT_RETRY: err = try_again(ledger, entry, report, fault); break;
    case HF_VERDICT_DUPLICATE:
        if (is_obedience(entry, report))
            return HF_ERR_OK;
        return count_duplicate(ledger, entry->number, fault);
    case HF_VERDICT_STRAY: return HF_ERR_OK;
    }
    return err ? err
               : hf_tally_move(ledger, entry->job, entry->state, judgement.state,
                               report->received_ms, fault);
}

/* Only a done of an attempt before is judged by it, and there are few of these. */
static enum hf_err find_redone(struct hf_ledger *ledger, const struct hf_entry *entry,
                               const struct hf_result *result, uint32_t *attempt,
                               struct hf_fault *fault)
{
    struct hf_db_use use;
    if (result->status != HF_STATUS_DONE || result->attempt >= entry->task.attempt)
        return HF_ERR_OK;
    hf_db_use(
        ledger, HF_SQL_RESULT_REDONE,
        "SELECT coalesce(max(attempts.attempt), 0) FROM attempts"
        " JOIN results ON results.n = attempts.result"
        " WHERE attempts.task = ?1 AND attempts.outcome = 'again' AND results.status = 'done'",
        "looking for a result that was set aside", &use);
    hf_db_int(&use, entry->number);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *attempt = (uint32_t)sqlite3_column_int64(use.statement, 0);
    hf_db_end(&use);
    return err;
}

static enum hf_err judge(struct hf_ledger *ledger, const struct hf_entry *entry,
                         const struct hf_report *report, struct hf_judgement *out,
                         struct hf_fault *fault)
{
    const struct hf_result *result = &report->result;
    struct hf_standing standing = {.state = entry->state,
                                   .attempt = entry->task.attempt,
                                   .max_attempts = entry->task.max_attempts};
    if (report->dead_letter) {
        *out = hf_judge_dead_letter(&standing, result->attempt);
        return HF_ERR_OK;
    }
    enum hf_err err = find_redone(ledger, entry, result, &standing.redone_attempt, fault);
    *out = hf_judge(&standing, result->status, result->attempt);
    return err;
}

/* A task for one board is no other board's to report. */
static bool is_from_elsewhere(const struct hf_entry *entry, const struct hf_report *report)
{
    return entry->target.kind == HF_TARGET_BOARD && !report->dead_letter &&
           strcmp(entry->target.name, report->result.board) != 0;
}

/* The task that it is about, and what it means; HF_VERDICT_STRAY: there is none. */
static enum hf_err weigh(struct hf_ledger *ledger, const struct hf_report *report,
                         struct hf_entry *entry, struct hf_judgement *out, struct hf_fault *fault)
{
    *out = (struct hf_judgement){.verdict = HF_VERDICT_STRAY};
    enum hf_err err = hf_row_need_transaction(ledger, "taking a result", fault);
    if (err != HF_ERR_OK)
        return err;
    err = find(ledger, report->result.id, entry, fault);
    if (err == HF_ERR_NOT_FOUND || (err == HF_ERR_OK && is_from_elsewhere(entry, report)))
        return HF_ERR_OK;
    return err ? err : judge(ledger, entry, report, out, fault);
}

enum hf_err hf_results_weigh(struct hf_ledger *ledger, const struct hf_report *report,
                             enum hf_verdict *verdict, struct hf_fault *fault)
{
    struct hf_entry entry;
    struct hf_judgement judgement;
    enum hf_err err = weigh(ledger, report, &entry, &judgement, fault);
    if (err == HF_ERR_OK)
        *verdict = judgement.verdict;
    return err;
}

static enum hf_err write_down(struct hf_ledger *ledger, const struct hf_entry *entry,
                              const struct hf_report *report, struct hf_judgement judgement,
                              struct hf_fault *fault)
{
    bool room = true;
    enum hf_err err = HF_ERR_OK;
    if (judgement.verdict == HF_VERDICT_DUPLICATE)
        err = has_room(ledger, entry->number, &room, fault);
    if (err == HF_ERR_OK && room)
        err = add_report(ledger, entry->number, report, judgement.verdict, fault);
    return err ? err : move(ledger, entry, judgement, report, fault);
}

enum hf_err hf_results_take(struct hf_ledger *ledger, const struct hf_report *report,
                            enum hf_verdict *verdict, struct hf_fault *fault)
{
    struct hf_entry entry;
    struct hf_judgement judgement;
    enum hf_err err = weigh(ledger, report, &entry, &judgement, fault);
    if (err == HF_ERR_OK && judgement.verdict != HF_VERDICT_STRAY)
        err = write_down(ledger, &entry, report, judgement, fault);
    if (err == HF_ERR_OK)
        *verdict = judgement.verdict;
    return err;
}

#define ENDING                                                                                     \
    ", results.n, " HF_ROW_RESULT ", results.received_ms, results.body_bytes, results.body,"       \
    " results.body_file"

static void read_ending(sqlite3_stmt *row, struct hf_ending *out)
{
    int column = HF_ROW_TASK_COLUMNS;
    struct hf_result *result = &out->result;
    *out = (struct hf_ending){0};
    hf_row_task(row, &out->entry);
    out->number = sqlite3_column_int64(row, column++);
    hf_row_result(row, column, result);
    column += HF_ROW_RESULT_COLUMNS;
    out->received_ms = sqlite3_column_int64(row, column++);
    hf_db_get_body(row, column, &out->body);
    (void)hf_str_copy(result->id, sizeof result->id, hf_str(out->entry.task.id));
    (void)hf_str_copy(result->job, sizeof result->job, hf_str(out->entry.task.job));
}

static enum hf_err walk(struct hf_db_use *use, hf_results_each each, void *context,
                        struct hf_fault *fault)
{
    struct hf_ending ending;
    enum hf_err err;
    while ((err = hf_db_row(use, fault)) == HF_ERR_OK) {
        read_ending(use->statement, &ending);
        err = each(context, &ending);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_results_list(struct hf_ledger *ledger, int64_t job, int64_t after_seq, int64_t limit,
                            hf_results_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_RESULT_LIST,
              "SELECT " HF_ROW_TASK ENDING " FROM tasks INDEXED BY tasks_ended" HF_ROW_JOIN_JOBS
              " JOIN results ON results.n = tasks.result"
              " WHERE tasks.job = ?1 AND tasks.seq > ?2 AND tasks.result IS NOT NULL"
              " ORDER BY tasks.seq LIMIT ?3",
              "listing results", &use);
    hf_db_int(&use, job);
    hf_db_int(&use, after_seq);
    hf_db_int(&use, limit);
    return walk(&use, each, context, fault);
}

enum hf_err hf_results_since(struct hf_ledger *ledger, int64_t job, int64_t after, int64_t limit,
                             hf_results_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    /* CROSS JOIN: the reports are the outer loop, for they are few and in order. */
    hf_db_use(ledger, HF_SQL_RESULT_SINCE,
              "SELECT " HF_ROW_TASK ENDING " FROM results"
              " CROSS JOIN tasks ON tasks.n = results.task" HF_ROW_JOIN_JOBS
              " WHERE results.n > ?2 AND results.verdict = 'ended' AND tasks.job = ?1"
              " ORDER BY results.n LIMIT ?3",
              "listing new results", &use);
    hf_db_int(&use, job);
    hf_db_int(&use, after);
    hf_db_int(&use, limit);
    return walk(&use, each, context, fault);
}

enum hf_err hf_results_newest(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_RESULT_NEWEST, "SELECT coalesce(max(n), 0) FROM results",
              "finding the newest result", &use);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0);
    hf_db_end(&use);
    return err;
}
