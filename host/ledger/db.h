#ifndef HF_LEDGER_DB_H
#define HF_LEDGER_DB_H

#include "ledger/ledger.h"
#include "ledger/tally.h"
#include "ledger/words.h"
#include "wire/str.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Inside ledger/ only: SQLite with our errors. Every statement of the program is prepared at its
 * first use and kept until the ledger is closed.
 */

enum hf_sql {
    HF_SQL_BEGIN,
    HF_SQL_COMMIT,
    HF_SQL_ROLLBACK,
    HF_SQL_LOOK,
    HF_SQL_JOB_ADD,
    HF_SQL_JOB_BY_NUMBER,
    HF_SQL_JOB_BY_ID,
    HF_SQL_JOB_BY_START,
    HF_SQL_JOB_BY_NAME,
    HF_SQL_JOB_LATEST,
    HF_SQL_JOB_COUNTS,
    HF_SQL_ALL_COUNTS,
    HF_SQL_COUNT_CHANGE,
    HF_SQL_TOTAL_CHANGE,
    HF_SQL_JOB_ENDED,
    HF_SQL_JOB_TOLD,
    HF_SQL_JOB_RACING,
    HF_SQL_JOB_RACE,
    HF_SQL_JOB_WON,
    HF_SQL_JOB_UNTOLD,
    HF_SQL_JOB_LIST, /* four: open ones only or not, by handler or not */
    HF_SQL_JOB_LIST_LAST = HF_SQL_JOB_LIST + 3,
    HF_SQL_TASK_ADD,
    HF_SQL_TASK_BY_ID,
    HF_SQL_TASK_BY_NUMBER,
    HF_SQL_TASK_BY_PLACE,
    HF_SQL_TASK_NAMESAKE,
    HF_SQL_TASK_IS_PENDING,
    HF_SQL_TASK_QUEUED,
    HF_SQL_TASK_HELD,
    HF_SQL_TASK_ENDED,
    HF_SQL_TASK_AGAIN,
    HF_SQL_TASK_DUPLICATE,
    HF_SQL_TASK_RUNNING,
    HF_SQL_TASK_REQUEUE,
    HF_SQL_TASK_RETRY,
    HF_SQL_TASK_UNWON,
    HF_SQL_TASK_BY_START,
    HF_SQL_TASK_DROP,
    HF_SQL_CANCEL_REPORT, /* two: one task, or all open ones of a job in a state */
    HF_SQL_CANCEL_REPORT_LAST = HF_SQL_CANCEL_REPORT + 1,
    HF_SQL_CANCEL_TASK,
    HF_SQL_CANCEL_TASK_LAST = HF_SQL_CANCEL_TASK + 1,
    HF_SQL_CANCEL_ATTEMPT,
    HF_SQL_TASK_LIST, /* eight: by four indices, each way */
    HF_SQL_TASK_LIST_LAST = HF_SQL_TASK_LIST + 7,
    HF_SQL_TASK_LIST_JOBS, /* six: by handler, by target, by both, each way */
    HF_SQL_TASK_LIST_JOBS_LAST = HF_SQL_TASK_LIST_JOBS + 5,
    HF_SQL_TASK_LIST_SINCE,
    HF_SQL_TASK_LIST_UNTIL,
    HF_SQL_ATTEMPT_ADD,
    HF_SQL_ATTEMPT_PAST,
    HF_SQL_ATTEMPT_LAST,
    HF_SQL_ATTEMPT_DUPLICATES,
    HF_SQL_BOARD_ENROLLED,
    HF_SQL_BOARD_RETIRED,
    HF_SQL_BOARD_SEEN,
    HF_SQL_BOARD_FORGET,
    HF_SQL_BOARD_MET,
    HF_SQL_BOARD_PRESENCE,
    HF_SQL_BOARD_FACTS,
    HF_SQL_BOARD_LOST,
    HF_SQL_BOARD_REPORTED,
    HF_SQL_BOARD_GET,
    HF_SQL_BOARD_MAY,
    HF_SQL_BOARD_LIST,
    HF_SQL_CERTIFICATE_ADD,
    HF_SQL_CERTIFICATE_REVOKE,
    HF_SQL_CERTIFICATE_REVOKE_ONE,
    HF_SQL_CERTIFICATE_OF,
    HF_SQL_CERTIFICATE_SIGNED,
    HF_SQL_CERTIFICATE_REVOKED,
    HF_SQL_EVENT_ADD,
    HF_SQL_EVENT_TRIM,
    HF_SQL_EVENT_NEWEST,
    HF_SQL_EVENT_LIST, /* six: of all, of a board, of a task, each way */
    HF_SQL_EVENT_LIST_LAST = HF_SQL_EVENT_LIST + 5,
    HF_SQL_SCHEDULE_ADD,
    HF_SQL_SCHEDULE_GET,
    HF_SQL_SCHEDULE_BY_ID,
    HF_SQL_SCHEDULE_BY_NAME,
    HF_SQL_SCHEDULE_LIST,
    HF_SQL_SCHEDULE_DUE,
    HF_SQL_SCHEDULE_NEXT,
    HF_SQL_SCHEDULE_RAN,
    HF_SQL_SCHEDULE_PAUSE,
    HF_SQL_SCHEDULE_REMOVE,
    HF_SQL_SCHEDULE_REMOVE_TASKS,
    HF_SQL_SCHEDULE_TASK_ADD,
    HF_SQL_SCHEDULE_COUNT,
    HF_SQL_SCHEDULE_TASKS,
    HF_SQL_PAYLOAD_ADD,
    HF_SQL_PAYLOAD_GET,
    HF_SQL_RESULT_ADD,
    HF_SQL_RESULT_REDONE,
    HF_SQL_RESULT_DUPLICATES,
    HF_SQL_RESULT_LIST,
    HF_SQL_RESULT_SINCE,
    HF_SQL_RESULT_NEWEST,
    HF_SQL_STRAY_ADD,
    HF_SQL_STRAY_TRIM,
    HF_SQL_STRAY_FILES,
    HF_SQL_STRAY_COUNT,
    HF_SQL_STRAY_LIST,
    HF_SQL_WORDS, /* one for each of hf_words */
    HF_SQL_WORDS_LAST = HF_SQL_WORDS + HF_WORDS_COUNT - 1,
    HF_SQL_COUNT
};

struct hf_ledger {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[HF_SQL_COUNT];
    struct hf_bodies bodies;
    bool looking;          /* what is open is a look, not a transaction */
    struct hf_tally tally; /* of the open transaction */
    char *path;            /* for faults */
};

/* The error that SQLite's result code stands for, with "ledger PATH: WHAT: reason" in `fault`. */
enum hf_err hf_db_fault(const struct hf_ledger *ledger, int code, const char *what,
                        struct hf_fault *fault);

/*
 * One use of a statement: hf_db_use(), the binds in the order of ?1, ?2, ..., then hf_db_run() or
 * hf_db_row() until there is no row, then hf_db_end(). A failed bind is remembered and comes out
 * of the next run or row. Bound texts and bytes must live until hf_db_end().
 */
struct hf_db_use {
    const struct hf_ledger *ledger;
    sqlite3_stmt *statement;
    const char *what; /* what is being done, for the fault */
    int next;         /* parameter */
    int code;         /* SQLite's, of the first failure */
};

void hf_db_use(struct hf_ledger *ledger, enum hf_sql id, const char *sql, const char *what,
               struct hf_db_use *use);
void hf_db_int(struct hf_db_use *use, int64_t number);
void hf_db_text(struct hf_db_use *use, const char *text);
void hf_db_str(struct hf_db_use *use, struct hf_str text);

/* Two parameters: the bytes (NULL when they are in a file) and the file's name (NULL without). */
void hf_db_body(struct hf_db_use *use, const struct hf_body *body);

/* Runs a statement that gives no rows, and ends the use. HF_ERR_EXISTS: it broke a UNIQUE rule. */
enum hf_err hf_db_run(struct hf_db_use *use, struct hf_fault *fault);

/* HF_ERR_OK: a row is there; HF_ERR_NOT_FOUND: no more (no fault is set). The use goes on. */
enum hf_err hf_db_row(struct hf_db_use *use, struct hf_fault *fault);
void hf_db_end(struct hf_db_use *use);

/*
 * A transaction of the caller's own, unless one is open already: `*own` says whether it has to be
 * ended with hf_db_leave(), which commits when `err` is HF_ERR_OK and hands back what came of it.
 */
enum hf_err hf_db_enter(struct hf_ledger *ledger, bool *own, struct hf_fault *fault);
enum hf_err hf_db_leave(struct hf_ledger *ledger, bool own, enum hf_err err,
                        struct hf_fault *fault);

/* Every file of a body that something refers to: name, size. */
#define HF_DB_BODY_FILES                                                                           \
    "SELECT payloads.file AS name, tasks.payload_bytes AS size FROM payloads"                      \
    " JOIN tasks ON tasks.n = payloads.task WHERE payloads.file IS NOT NULL"                       \
    " UNION SELECT body_file, body_bytes FROM results WHERE body_file IS NOT NULL"                 \
    " UNION SELECT body_file, body_bytes FROM strays WHERE body_file IS NOT NULL"                  \
    " UNION SELECT file, payload_bytes FROM schedule_tasks WHERE file IS NOT NULL"

/* Counts the files of bodies that nothing refers to and that are so old, and removes them. */
enum hf_err hf_db_unused_files(struct hf_ledger *ledger, int64_t older_s, bool remove,
                               int64_t *count, struct hf_fault *fault);

/* Columns of the row. A text that is too long is cut. */
void hf_db_get_text(sqlite3_stmt *row, int column, char *to, size_t size);

/* Three columns, as every table with bodies has them: size, bytes, file. Valid until the next step
 * of that statement. */
void hf_db_get_body(sqlite3_stmt *row, int column, struct hf_body *out);

#endif
