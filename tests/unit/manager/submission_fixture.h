#ifndef HF_TEST_SUBMISSION_FIXTURE_H
#define HF_TEST_SUBMISSION_FIXTURE_H

/* Orders, and submissions of them, on the ledger of ../ledger/fixture.h. */

#include "../ledger/fixture.h"
#include "manager/submission.h"

static inline struct hf_order order(void)
{
    return (struct hf_order){
        .handler = "echo", .target = {HF_TARGET_POOL, "default"}, .max_attempts = 5};
}

static inline struct hf_submission *begin(struct fixture *f, const struct hf_order *wanted)
{
    struct hf_submission *submission = NULL;
    assert_ok(f, hf_submission_begin(f->ledger, wanted, NOW, &submission, &f->fault));
    return submission;
}

static inline struct hf_job finish(struct fixture *f, struct hf_submission *submission)
{
    struct hf_job job;
    assert_ok(f, hf_submission_finish(submission, &job, &f->fault));
    hf_submission_free(submission);
    return job;
}

/* The payloads of a job's tasks, each in brackets. */
struct payloads {
    struct fixture *f;
    char text[1024];
    struct hf_entry last;
};

static inline enum hf_err note(void *context, const struct hf_entry *entry)
{
    struct payloads *all = context;
    struct hf_body_reader reader = {0};
    char bytes[128] = "";
    size_t got = 0;
    size_t used = strlen(all->text);
    assert_ok(all->f, hf_tasks_payload(all->f->ledger, entry->number, &reader, &all->f->fault));
    assert_ok(all->f, hf_body_read(&reader, 0, bytes, sizeof bytes - 1, &got, &all->f->fault));
    hf_body_close(&reader);
    snprintf(all->text + used, sizeof all->text - used, "[%s]", bytes);
    all->last = *entry;
    return HF_ERR_OK;
}

static inline struct payloads payloads_of(struct fixture *f, int64_t job)
{
    struct payloads all = {.f = f};
    struct hf_tasks_filter filter = {.job = job, .limit = 100};
    assert_ok(f, hf_tasks_list(f->ledger, &filter, note, &all, &f->fault));
    return all;
}

#endif
