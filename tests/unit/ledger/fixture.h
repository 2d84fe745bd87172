#ifndef HF_TEST_LEDGER_FIXTURE_H
#define HF_TEST_LEDGER_FIXTURE_H

#include "../cmocka_all.h"
#include "home/file.h"
#include "ledger/results.h"
#include "ledger/strays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A ledger in a folder of its own for each test, and rows to put into it. */

#define NOW INT64_C(1770000000000)

struct fixture {
    char folder[64];
    char path[96];
    struct hf_ledger *ledger;
    struct hf_fault fault;
};

#define assert_ok(f, call)                                                                         \
    do {                                                                                           \
        hf_fault_clear(&(f)->fault);                                                               \
        if ((call) != HF_ERR_OK)                                                                   \
            fail_msg("%s: %s", #call, (f)->fault.text);                                            \
    } while (0)

static inline void fixture_reopen(struct fixture *f)
{
    hf_ledger_close(f->ledger);
    f->ledger = NULL;
    assert_ok(f, hf_ledger_open(f->path, &f->ledger, &f->fault));
}

/* The folder alone. */
static inline int fixture_setup_bare(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/holdfast-ledger-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/ledger.db", f->folder);
    *state = f;
    return 0;
}

static inline int fixture_setup(void **state)
{
    (void)fixture_setup_bare(state);
    fixture_reopen(*state);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    hf_ledger_close(f->ledger);
    hf_file_remove_tree(f->folder, NULL);
    free(f);
    return 0;
}

static inline struct hf_job fixture_job(struct fixture *f, const char *id)
{
    struct hf_job job = {.handler = "echo", .target = {HF_TARGET_POOL, "default"}};
    snprintf(job.id, sizeof job.id, "%s", id);
    job.created_ms = NOW;
    assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
    return job;
}

static inline struct hf_entry entry_of(const struct hf_job *job, int64_t seq, const char *id)
{
    struct hf_entry entry = {.job = job->number, .seq = seq, .target = job->target};
    snprintf(entry.task.id, sizeof entry.task.id, "%s", id);
    snprintf(entry.task.job, sizeof entry.task.job, "%s", job->id);
    snprintf(entry.task.handler, sizeof entry.task.handler, "%s", job->handler);
    entry.task.attempt = 1;
    entry.task.max_attempts = 3;
    entry.created_ms = NOW;
    return entry;
}

/* Adds one pending task with a short payload, in a transaction of its own. */
static inline struct hf_entry fixture_task(struct fixture *f, const struct hf_job *job, int64_t seq,
                                           const char *id)
{
    struct hf_entry entry = entry_of(job, seq, id);
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    return entry;
}

static inline struct hf_entry fixture_get(struct fixture *f, const char *id)
{
    struct hf_entry entry = {0};
    assert_ok(f, hf_tasks_get(f->ledger, id, &entry, &f->fault));
    return entry;
}

static inline struct hf_counts fixture_counts(struct fixture *f, int64_t job)
{
    struct hf_counts counts;
    assert_ok(f, hf_jobs_counts(f->ledger, job, &counts, &f->fault));
    return counts;
}

static inline struct hf_report report_of(const char *id, enum hf_status status, uint32_t attempt)
{
    struct hf_report report = {
        .result = {.status = status, .attempt = attempt, .board = "board-01"},
        .received_ms = NOW + 1000};
    snprintf(report.result.id, sizeof report.result.id, "%s", id);
    if (status != HF_STATUS_DONE)
        snprintf(report.result.reason, sizeof report.result.reason, "because");
    return report;
}

/* Takes one report in a transaction of its own. */
static inline enum hf_verdict fixture_take(struct fixture *f, const struct hf_report *report)
{
    enum hf_verdict verdict = HF_VERDICT_STRAY;
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_results_take(f->ledger, report, &verdict, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    return verdict;
}

static inline enum hf_verdict fixture_report(struct fixture *f, const char *id,
                                             enum hf_status status, uint32_t attempt)
{
    struct hf_report report = report_of(id, status, attempt);
    return fixture_take(f, &report);
}

#endif
