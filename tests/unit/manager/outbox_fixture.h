#ifndef HF_TEST_MANAGER_OUTBOX_FIXTURE_H
#define HF_TEST_MANAGER_OUTBOX_FIXTURE_H

#include "../ledger/fixture.h"
#include "fake_session.h"
#include "manager/outbox.h"

/* An outbox over a ledger of its own and a session without a broker. */

static struct hf_session session;
static struct hf_outbox *outbox;
static int64_t clock_ms;

static inline int setup(void **state)
{
    return fixture_setup(state);
}

static inline int teardown(void **state)
{
    hf_outbox_free(outbox);
    outbox = NULL;
    return fixture_teardown(state);
}

static inline void start(struct fixture *f, uint32_t window)
{
    struct hf_outbox_config config = {.ledger = f->ledger, .channel = 1, .window = window};
    hf_outbox_free(outbox);
    outbox = NULL;
    clock_ms = 1000;
    fake_start(&session);
    assert_ok(f, hf_outbox_new(&config, &outbox, &f->fault));
    hf_outbox_begin(outbox, &session);
}

static inline void step(struct fixture *f)
{
    assert_ok(f, hf_outbox_step(outbox, clock_ms, NOW + clock_ms, &f->fault));
}

/* Lets so much time go by, in steps where the outbox asks for them. */
static inline void wait_ms(struct fixture *f, int64_t ms)
{
    int64_t end = clock_ms + ms;
    while (clock_ms < end) {
        int64_t next = hf_outbox_deadline(outbox);
        clock_ms = next > end ? end : next > clock_ms ? next : clock_ms + 1;
        step(f);
    }
}

static inline void say(enum hf_session_event_kind kind, uint64_t sequence, bool multiple)
{
    struct hf_session_event event = {
        .kind = kind, .channel = 1, .sequence = sequence, .multiple = multiple};
    hf_outbox_event(outbox, &event);
}

static inline void say_returned(const char *id)
{
    struct hf_session_event event = {.kind = HF_SESSION_RETURNED, .channel = 1, .code = 312};
    event.envelope.message_id = hf_str(id);
    hf_outbox_event(outbox, &event);
}

static inline struct hf_job add_tasks(struct fixture *f, int count)
{
    struct hf_job job = fixture_job(f, "job-a");
    struct hf_body payload = {.size = 5, .bytes = "hello"};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 1; i <= count; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = entry_of(&job, i, id);
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    return job;
}

static inline enum hf_state state_of(struct fixture *f, const char *id)
{
    return fixture_get(f, id).state;
}

static inline void add_large(struct fixture *f, const struct hf_job *job, int seq, const char *id,
                             struct hf_body *body)
{
    static char piece[40000];
    struct hf_body_writer *writer = NULL;
    struct hf_entry entry = entry_of(job, seq, id);
    memset(piece, 'L', sizeof piece);
    assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
    for (int i = 0; i < 5; i++)
        assert_ok(f, hf_body_write(writer, piece, sizeof piece, &f->fault));
    assert_ok(f, hf_body_finish(writer, body, &f->fault));
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_tasks_add(f->ledger, &entry, body, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    hf_body_writer_free(writer);
}

#endif
