#include "ledger/row.h"

/*
 * hf_tasks_list(): which index to go by. Rows are walked in the order of their places, so each
 * index ends with (job, seq). Handlers, pools and queues have none of their own: all tasks of a job
 * have them in common, so the jobs that fit are walked, and each one's tasks.
 */

#define FEW 20000 /* tasks in a state: looking at each of them takes some 20 ms */

enum by { BY_PLACE, BY_STATE, BY_BOARD, BY_PIN };

/* Places between two, as a range over the index: a job is such a range too. */
#define LIST(index, condition, order)                                                              \
    "SELECT " HF_ROW_TASK " FROM tasks INDEXED BY " index HF_ROW_JOIN_JOBS " WHERE " condition     \
    "(tasks.job, tasks.seq) > (?1, ?2) AND (tasks.job, tasks.seq) < (?3, ?4)"                      \
    " AND (?6 = '' OR tasks.state = ?6) AND (?7 = '' OR tasks.handler = ?7)"                       \
    " AND (?8 = '' OR (tasks.target_kind = ?8 AND tasks.target = ?9))"                             \
    " AND (?10 = '' OR tasks.board = ?10)"                                                         \
    " AND tasks.created_ms >= ?11 AND tasks.created_ms < ?12"                                      \
    " ORDER BY tasks.job " order ", tasks.seq " order " LIMIT ?5"

#define BOTH(index, condition) LIST(index, condition, "ASC"), LIST(index, condition, "DESC")

static const char *const LISTS[] = {
    BOTH("tasks_by_place", ""),
    BOTH("tasks_by_state", "tasks.state = ?6 AND "),
    BOTH("tasks_by_board", "tasks.board = ?10 AND tasks.board <> '' AND "),
    BOTH("tasks_by_pin", "tasks.target_kind = 'board' AND tasks.target = ?9 AND "),
};

#define JOBS(index, condition, order)                                                              \
    "SELECT n FROM jobs INDEXED BY " index " WHERE " condition                                     \
    " AND n >= ?1 AND n <= ?2 ORDER BY n " order

#define JOBS_BOTH(index, condition) JOBS(index, condition, "ASC"), JOBS(index, condition, "DESC")

static const char *const JOB_LISTS[] = {
    JOBS_BOTH("jobs_by_handler", "handler = ?3"),
    JOBS_BOTH("jobs_by_target", "target_kind = ?4 AND target = ?5"),
    JOBS_BOTH("jobs_by_target", "target_kind = ?4 AND target = ?5 AND handler = ?3"),
};

/* A listing on its way. */
struct listing {
    struct hf_ledger *ledger;
    const struct hf_tasks_filter *filter;
    enum by by;
    struct hf_place from, to; /* exclusive */
    int64_t left;             /* rows that may still come */
    hf_tasks_each each;
    void *context;
};

static bool by_jobs(const struct hf_tasks_filter *filter)
{
    return filter->handler || (filter->target && filter->target->kind != HF_TARGET_BOARD);
}

static void bind(struct hf_db_use *use, const struct listing *listing)
{
    const struct hf_tasks_filter *filter = listing->filter;
    const struct hf_target *target = filter->target;
    hf_db_int(use, listing->from.job);
    hf_db_int(use, listing->from.seq);
    hf_db_int(use, listing->to.job);
    hf_db_int(use, listing->to.seq);
    hf_db_int(use, listing->left);
    hf_db_text(use, filter->by_state ? hf_state_text(filter->state) : "");
    hf_db_text(use, filter->handler);
    hf_db_text(use, target ? hf_target_kind_text(target->kind) : "");
    hf_db_text(use, target ? target->name : "");
    hf_db_text(use, filter->board);
    hf_db_int(use, filter->since_ms);
    hf_db_int(use, filter->until_ms ? filter->until_ms : INT64_MAX);
}

static enum hf_err walk(struct listing *listing, struct hf_fault *fault)
{
    struct hf_db_use use;
    struct hf_entry entry;
    enum hf_err err;
    int which = 2 * (int)listing->by + (listing->filter->newest_first ? 1 : 0);
    hf_db_use(listing->ledger, (enum hf_sql)(HF_SQL_TASK_LIST + which), LISTS[which],
              "listing tasks", &use);
    bind(&use, listing);
    while ((err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        hf_row_task(use.statement, &entry);
        listing->left--;
        err = listing->each(listing->context, &entry);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

/* Job by job, each of which lies between `from` and `to`. */
static enum hf_err walk_jobs(struct listing *listing, struct hf_fault *fault)
{
    const struct hf_tasks_filter *filter = listing->filter;
    const struct hf_target *target =
        filter->target && filter->target->kind != HF_TARGET_BOARD ? filter->target : NULL;
    struct hf_place from = listing->from;
    struct hf_place to = listing->to;
    struct hf_db_use use;
    enum hf_err err = HF_ERR_OK;
    int which = (target && filter->handler ? 4 : target ? 2 : 0) + (filter->newest_first ? 1 : 0);
    hf_db_use(listing->ledger, (enum hf_sql)(HF_SQL_TASK_LIST_JOBS + which), JOB_LISTS[which],
              "listing jobs", &use);
    hf_db_int(&use, from.job);
    hf_db_int(&use, to.job);
    hf_db_text(&use, filter->handler);
    if (target) {
        hf_db_text(&use, hf_target_kind_text(target->kind));
        hf_db_text(&use, target->name);
    }
    while (listing->left > 0 && (err = hf_db_row(&use, fault)) == HF_ERR_OK) {
        int64_t job = sqlite3_column_int64(use.statement, 0);
        listing->from = (struct hf_place){job, job == from.job ? from.seq : 0};
        listing->to = (struct hf_place){job, job == to.job ? to.seq : INT64_MAX};
        err = walk(listing, fault);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

/* --- Where it begins and ends --- */

static enum hf_err ask(struct hf_ledger *ledger, enum hf_sql id, const char *sql, int64_t at_ms,
                       int64_t *out, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, id, sql, "finding the jobs of a time", &use);
    hf_db_int(&use, at_ms);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0);
    hf_db_end(&use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

/* The lowest and the highest job of that time: their numbers grow with it, unless the clock was set
 * back, and then there are more of them in between. */
static enum hf_err narrow(struct listing *listing, struct hf_fault *fault)
{
    const struct hf_tasks_filter *filter = listing->filter;
    struct hf_ledger *ledger = listing->ledger;
    int64_t first = 0;
    int64_t last = INT64_MAX;
    enum hf_err err = HF_ERR_OK;
    if (filter->since_ms)
        err = ask(ledger, HF_SQL_TASK_LIST_SINCE,
                  "SELECT coalesce(min(n), 9223372036854775807) FROM jobs INDEXED BY jobs_by_time"
                  " WHERE created_ms >= ?1",
                  filter->since_ms, &first, fault);
    if (err == HF_ERR_OK && filter->until_ms)
        err = ask(ledger, HF_SQL_TASK_LIST_UNTIL,
                  "SELECT coalesce(max(n), 0) FROM jobs INDEXED BY jobs_by_time"
                  " WHERE created_ms < ?1",
                  filter->until_ms, &last, fault);
    if (first > listing->from.job)
        listing->from = (struct hf_place){first, 0};
    if (last < listing->to.job)
        listing->to = (struct hf_place){last, INT64_MAX};
    return err;
}

static void set_bounds(struct listing *listing)
{
    const struct hf_tasks_filter *filter = listing->filter;
    bool goes_on = filter->after.job != 0;
    listing->from = (struct hf_place){filter->job, 0};
    listing->to = (struct hf_place){filter->job ? filter->job : INT64_MAX, INT64_MAX};
    if (goes_on && filter->newest_first)
        listing->to = filter->after;
    else if (goes_on)
        listing->from = filter->after;
}

static enum hf_err is_rare(const struct listing *listing, bool *rare, struct hf_fault *fault)
{
    struct hf_counts counts;
    const struct hf_tasks_filter *filter = listing->filter;
    enum hf_err err = filter->job ? hf_jobs_counts(listing->ledger, filter->job, &counts, fault)
                                  : hf_jobs_counts_all(listing->ledger, &counts, fault);
    *rare = err == HF_ERR_OK && counts.of[filter->state] <= FEW;
    return err;
}

enum hf_err hf_tasks_list(struct hf_ledger *ledger, const struct hf_tasks_filter *filter,
                          hf_tasks_each each, void *context, struct hf_fault *fault)
{
    struct listing listing = {.ledger = ledger,
                              .filter = filter,
                              .by = filter->by_state ? BY_STATE : BY_PLACE,
                              .left = filter->limit,
                              .each = each,
                              .context = context};
    bool pinned = filter->target && filter->target->kind == HF_TARGET_BOARD;
    bool plain = !pinned && !filter->board && !by_jobs(filter);
    bool rare = false;
    set_bounds(&listing);
    enum hf_err err = narrow(&listing, fault);
    if (err == HF_ERR_OK && filter->by_state && !plain)
        err = is_rare(&listing, &rare, fault);
    if (err != HF_ERR_OK)
        return err;
    if (plain || rare)
        return walk(&listing, fault);
    if (pinned)
        listing.by = BY_PIN;
    else if (filter->board)
        listing.by = BY_BOARD;
    else
        return walk_jobs(&listing, fault);
    return walk(&listing, fault);
}
