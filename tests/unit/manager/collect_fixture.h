#ifndef HF_TEST_MANAGER_COLLECT_FIXTURE_H
#define HF_TEST_MANAGER_COLLECT_FIXTURE_H

#include "../ledger/fixture.h"
#include "fake_session.h"
#include "ledger/boards.h"
#include "ledger/certificates.h"
#include "ledger/events.h"
#include "manager/collect.h"
#include "wire/topology.h"

/* A collector over a ledger of its own and a session without a broker. */

#define RESULTS 2
#define DEAD    3
#define EVENTS  4

static struct hf_session session;
static struct hf_collect *collect;
static struct hf_fleet fleet;

static inline void start(struct fixture *f)
{
    struct hf_collect_config config = {.ledger = f->ledger,
                                       .results_channel = RESULTS,
                                       .dead_channel = DEAD,
                                       .events_channel = EVENTS,
                                       .fleet = &fleet};
    hf_collect_free(collect);
    collect = NULL;
    fake_start(&session);
    fleet = (struct hf_fleet){0};
    assert_ok(f, hf_collect_new(&config, &collect, &f->fault));
    assert_ok(f, hf_collect_begin(collect, &session, &f->fault));
}

static inline int setup(void **state)
{
    fixture_setup(state);
    start(*state);
    return 0;
}

static inline int teardown(void **state)
{
    hf_collect_free(collect);
    collect = NULL;
    return fixture_teardown(state);
}

static inline enum hf_err say(struct fixture *f, const struct hf_session_event *event)
{
    return hf_collect_event(collect, event, 1000, NOW, &f->fault);
}

/* A whole delivery, its body in pieces of `piece` bytes. */
static inline void deliver(struct fixture *f, uint16_t channel, uint64_t tag,
                           const struct hf_envelope *envelope, struct hf_str body, size_t piece)
{
    struct hf_session_event event = {
        .kind = HF_SESSION_DELIVERY, .channel = channel, .tag = tag, .body_size = body.len};
    if (envelope)
        event.envelope = *envelope;
    assert_ok(f, say(f, &event));
    event.kind = HF_SESSION_BODY;
    event.tag = 0; /* a session says it with the delivery only */
    for (size_t at = 0; at < body.len; at += piece) {
        event.bytes.data = body.data + at;
        event.bytes.len = body.len - at < piece ? body.len - at : piece;
        assert_ok(f, say(f, &event));
    }
    event.kind = HF_SESSION_DELIVERED;
    assert_ok(f, say(f, &event));
}

static inline void result(struct fixture *f, uint64_t tag, const char *id, enum hf_status status,
                          const char *body)
{
    struct hf_report report = report_of(id, status, 1);
    struct hf_envelope envelope;
    hf_result_encode(&report.result, &envelope);
    deliver(f, RESULTS, tag, &envelope, hf_str(body), 3);
}

static inline void step(struct fixture *f)
{
    assert_ok(f, hf_collect_step(collect, &f->fault));
}

static inline struct hf_collect_totals totals(void)
{
    struct hf_collect_totals out;
    hf_collect_totals(collect, &out);
    return out;
}

static inline enum hf_err keep_stray(void *context, const struct hf_stray *stray)
{
    struct hf_stray *out = context;
    *out = *stray;
    return HF_ERR_OK;
}

static inline struct hf_stray newest_stray(struct fixture *f)
{
    struct hf_stray stray = {0};
    assert_ok(f, hf_strays_list(f->ledger, 1, keep_stray, &stray, &f->fault));
    return stray;
}

static inline void add_tasks(struct fixture *f, int count)
{
    struct hf_job job = fixture_job(f, "job-a");
    for (int i = 1; i <= count; i++) {
        char id[24];
        snprintf(id, sizeof id, "task-%d", i);
        fixture_task(f, &job, i, id);
    }
}

#endif
