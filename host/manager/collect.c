#include "manager/collect.h"

#include "ledger/boards.h"
#include "manager/events.h"
#include "manager/intake.h"
#include "manager/proof.h"
#include "manager/race.h"
#include "wire/topology.h"

#include <stdlib.h>

#define PREFETCH_DEFAULT 200
#define PREFETCH_DEAD    20
#define PREFETCH_EVENTS  100

/* How far a channel's deliveries are dealt with. */
struct due {
    uint64_t stored; /* up to this tag in the open transaction; 0: nothing */
    uint64_t acked;  /* up to this tag to be acked; 0: nothing */
};

struct hf_collect {
    struct hf_collect_config config;
    struct hf_session *session; /* NULL: down */
    struct hf_intake results, dead;
    struct due results_due, dead_due;
    struct hf_events events;
    struct hf_proof *proof;
    bool writing; /* a transaction is open */
    struct hf_collect_totals totals, batch;
};

enum hf_err hf_collect_new(const struct hf_collect_config *config, struct hf_collect **out,
                           struct hf_fault *fault)
{
    struct hf_collect *collect = calloc(1, sizeof *collect);
    if (!collect)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for the collector");
    collect->config = *config;
    collect->events.fleet = config->fleet;
    struct hf_bodies *bodies = hf_ledger_bodies(config->ledger);
    enum hf_err err =
        hf_intake_init(&collect->results, HF_INTAKE_RESULT, HF_QUEUE_RESULTS, bodies, fault);
    if (err == HF_ERR_OK)
        err = hf_intake_init(&collect->dead, HF_INTAKE_DEAD_LETTER, HF_QUEUE_DEAD, bodies, fault);
    if (err == HF_ERR_OK)
        err = hf_proof_new(&collect->proof, fault);
    if (err != HF_ERR_OK) {
        hf_collect_free(collect);
        return err;
    }
    *out = collect;
    return HF_ERR_OK;
}

void hf_collect_free(struct hf_collect *collect)
{
    if (!collect)
        return;
    hf_collect_lost(collect);
    hf_intake_free(&collect->results);
    hf_intake_free(&collect->dead);
    hf_proof_free(collect->proof);
    free(collect);
}

enum hf_err hf_collect_begin(struct hf_collect *collect, struct hf_session *session,
                             struct hf_fault *fault)
{
    const struct hf_collect_config *config = &collect->config;
    uint16_t prefetch = config->prefetch ? config->prefetch : PREFETCH_DEFAULT;
    enum hf_err err =
        hf_session_consume(session, config->results_channel, HF_QUEUE_RESULTS, prefetch);
    if (err == HF_ERR_OK)
        err = hf_session_consume(session, config->dead_channel, HF_QUEUE_DEAD, PREFETCH_DEAD);
    if (err == HF_ERR_OK && config->events_channel)
        err = hf_session_consume(session, config->events_channel, HF_QUEUE_EVENTS, PREFETCH_EVENTS);
    if (err != HF_ERR_OK)
        return hf_fault_set(fault, err, 0, "consuming the results: %s", hf_err_text(err));
    collect->session = session;
    return HF_ERR_OK;
}

static void undo_batch(struct hf_collect *collect)
{
    if (collect->writing)
        hf_ledger_rollback(collect->config.ledger);
    collect->writing = false;
    collect->batch = (struct hf_collect_totals){0};
    collect->results_due.stored = collect->dead_due.stored = 0;
    collect->events.tag = 0; /* what is not acked comes again */
}

void hf_collect_lost(struct hf_collect *collect)
{
    undo_batch(collect);
    collect->session = NULL;
    collect->results_due = collect->dead_due = (struct due){0};
    collect->events.tag = 0;
}

/* --- Results and dead letters --- */

static enum hf_err store_stray(struct hf_collect *collect, struct hf_intake *intake,
                               struct hf_fault *fault)
{
    bool room = true;
    enum hf_err err = HF_ERR_OK;
    collect->batch.strays++;
    if (hf_intake_is_large(intake))
        err = hf_strays_have_room(collect->config.ledger, intake->body.size, &room, fault);
    if (err == HF_ERR_OK)
        err = hf_intake_settle(intake, room, fault);
    return err ? err : hf_strays_add(collect->config.ledger, &intake->stray, fault);
}

static void count(struct hf_collect_totals *totals, enum hf_verdict verdict)
{
    totals->reports++;
    switch (verdict) {
    case HF_VERDICT_ENDED: totals->ended++; break;
    case HF_VERDICT_RETRY: totals->retries++; break;
    case HF_VERDICT_DUPLICATE: totals->duplicates++; break;
    case HF_VERDICT_STRAY: break;
    }
}

/* Whether the board itself says so; what does not count has become a stray. */
static enum hf_err check_origin(struct hf_collect *collect, struct hf_intake *intake,
                                struct hf_fault *fault)
{
    struct hf_ledger *ledger = collect->config.ledger;
    const struct hf_result *result = &intake->report.result;
    struct hf_fault why = {0};
    bool may = false;
    enum hf_err err = hf_boards_may_report(ledger, result->board, &may, fault);
    if (err != HF_ERR_OK)
        return err;
    if (!may) {
        hf_intake_is_foreign(intake);
        return HF_ERR_OK;
    }
    err = hf_proof_check(collect->proof, ledger, result, intake->words, intake->hash, &why);
    if (err == HF_ERR_DENIED) {
        hf_intake_is_unproven(intake, why.text);
        return HF_ERR_OK;
    }
    return err == HF_ERR_OK ? err : hf_fault_set(fault, err, why.raw, "%s", why.text);
}

/* Before what it is of is taken, unless that will be a stray. */
static enum hf_err settle_body(struct hf_collect *collect, struct hf_intake *intake,
                               struct hf_fault *fault)
{
    enum hf_verdict verdict = HF_VERDICT_ENDED;
    enum hf_err err = HF_ERR_OK;
    if (hf_intake_is_large(intake))
        err = hf_results_weigh(collect->config.ledger, &intake->report, &verdict, fault);
    if (err != HF_ERR_OK || verdict == HF_VERDICT_STRAY)
        return err;
    return hf_intake_settle(intake, verdict != HF_VERDICT_DUPLICATE && intake->report.body, fault);
}

static enum hf_err store_report(struct hf_collect *collect, struct hf_intake *intake,
                                struct hf_fault *fault)
{
    enum hf_verdict verdict = HF_VERDICT_STRAY;
    enum hf_err err = HF_ERR_OK;
    if (!intake->report.dead_letter)
        err = check_origin(collect, intake, fault);
    if (err != HF_ERR_OK || intake->is_stray)
        return err;
    err = settle_body(collect, intake, fault);
    if (err == HF_ERR_OK)
        err = hf_results_take(collect->config.ledger, &intake->report, &verdict, fault);
    if (err != HF_ERR_OK)
        return err;
    count(&collect->batch, verdict);
    if (verdict == HF_VERDICT_STRAY)
        hf_intake_is_unknown(intake);
    return verdict == HF_VERDICT_ENDED
               ? hf_race_take(collect->config.ledger, &intake->report, fault)
               : HF_ERR_OK;
}

static enum hf_err begin_batch(struct hf_collect *collect, struct hf_fault *fault)
{
    if (collect->writing)
        return HF_ERR_OK;
    enum hf_err err = hf_ledger_begin(collect->config.ledger, fault);
    collect->writing = err == HF_ERR_OK;
    return err;
}

static enum hf_err store(struct hf_collect *collect, struct hf_intake *intake, struct due *due,
                         int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = hf_intake_end(intake, unix_ms, fault);
    if (err == HF_ERR_OK)
        err = begin_batch(collect, fault);
    if (err == HF_ERR_OK && !intake->is_stray)
        err = store_report(collect, intake, fault);
    if (err == HF_ERR_OK && intake->is_stray)
        err = store_stray(collect, intake, fault);
    if (err == HF_ERR_OK)
        due->stored = intake->tag;
    else
        undo_batch(collect);
    return err;
}

static void note_board(struct hf_collect *collect, const struct hf_intake *intake, int64_t now_ms)
{
    const char *board = intake->report.result.board;
    if (collect->config.fleet && board[0])
        hf_fleet_reported(collect->config.fleet, hf_str(board), now_ms);
}

static enum hf_err take_in(struct hf_collect *collect, struct hf_intake *intake, struct due *due,
                           const struct hf_session_event *event, int64_t unix_ms,
                           struct hf_fault *fault)
{
    if (event->kind == HF_SESSION_DELIVERY)
        hf_intake_begin(intake, event);
    else if (event->kind == HF_SESSION_BODY)
        return hf_intake_body(intake, event->bytes, fault);
    else if (event->kind == HF_SESSION_DELIVERED)
        return store(collect, intake, due, unix_ms, fault);
    return HF_ERR_OK;
}

static enum hf_err store_event(struct hf_collect *collect, int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_err err = begin_batch(collect, fault);
    if (err == HF_ERR_OK)
        err = hf_events_store(&collect->events, collect->config.ledger, unix_ms, fault);
    if (err != HF_ERR_OK)
        undo_batch(collect);
    return err;
}

enum hf_err hf_collect_event(struct hf_collect *collect, const struct hf_session_event *event,
                             int64_t now_ms, int64_t unix_ms, struct hf_fault *fault)
{
    const struct hf_collect_config *config = &collect->config;
    enum hf_err err = HF_ERR_OK;
    if (event->channel == config->results_channel) {
        err = take_in(collect, &collect->results, &collect->results_due, event, unix_ms, fault);
        if (err == HF_ERR_OK && event->kind == HF_SESSION_DELIVERED)
            note_board(collect, &collect->results, now_ms);
    } else if (event->channel == config->dead_channel) {
        err = take_in(collect, &collect->dead, &collect->dead_due, event, unix_ms, fault);
    } else if (config->events_channel && event->channel == config->events_channel) {
        hf_events_take(&collect->events, event, now_ms);
        if (event->kind == HF_SESSION_DELIVERED)
            err = store_event(collect, unix_ms, fault);
    }
    return err;
}

/* --- Commit, then ack --- */

static void add_up(struct hf_collect *collect)
{
    collect->totals.reports += collect->batch.reports;
    collect->totals.ended += collect->batch.ended;
    collect->totals.retries += collect->batch.retries;
    collect->totals.duplicates += collect->batch.duplicates;
    collect->totals.strays += collect->batch.strays;
    collect->batch = (struct hf_collect_totals){0};
}

static void may_ack(struct due *due)
{
    if (due->stored > 0)
        due->acked = due->stored;
    due->stored = 0;
}

static enum hf_err commit(struct hf_collect *collect, struct hf_fault *fault)
{
    if (!collect->writing)
        return HF_ERR_OK;
    enum hf_err err = hf_ledger_commit(collect->config.ledger, fault);
    if (err != HF_ERR_OK) {
        undo_batch(collect);
        return err;
    }
    collect->writing = false;
    add_up(collect);
    may_ack(&collect->results_due);
    may_ack(&collect->dead_due);
    return HF_ERR_OK;
}

/* A full send buffer leaves it for the next step; a closed channel delivers everything again. */
static void ack(struct hf_collect *collect, uint16_t channel, uint64_t *tag)
{
    if (*tag == 0)
        return;
    if (hf_session_ack(collect->session, channel, *tag, true) != HF_ERR_WOULD_WRITE)
        *tag = 0;
}

enum hf_err hf_collect_step(struct hf_collect *collect, struct hf_fault *fault)
{
    enum hf_err err = commit(collect, fault);
    if (err != HF_ERR_OK || !collect->session)
        return err;
    ack(collect, collect->config.results_channel, &collect->results_due.acked);
    ack(collect, collect->config.dead_channel, &collect->dead_due.acked);
    ack(collect, collect->config.events_channel, &collect->events.tag);
    return HF_ERR_OK;
}

void hf_collect_totals(const struct hf_collect *collect, struct hf_collect_totals *out)
{
    *out = collect->totals;
}
