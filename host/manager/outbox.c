#include "manager/outbox.h"

#include "ledger/results.h"
#include "manager/parcel.h"
#include "manager/pass.h"
#include "manager/route.h"
#include "manager/settled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_DEFAULT 2048
#define LOOK_AGAIN_MS  1000 /* another process may have handed in tasks */
#define HELD_FIRST_MS  1000 /* until the next try of what was held, doubling */
#define HELD_MOST_MS   30000
#define STEP_MOST      64 /* tasks in one step: what is made leaves while the next ones are made */
#define LATE_REASON    "its time (not-after) had passed before it was sent"
#define FULL_REASON    "the broker takes no more of them just now (nack: the queue is full)"

struct hf_outbox {
    struct hf_outbox_config config;
    struct hf_session *session; /* NULL: down */
    int64_t now_ms, unix_ms;    /* of this step */
    struct hf_window window;
    struct hf_pass pass;
    struct hf_parcel parcel;
    struct hf_settled settled;
    bool woken;
    bool finishing;
    bool holds; /* this pass holds something back */
    uint32_t held_wait_ms;
    bool more;            /* the step ended before its work did */
    int64_t next_pass_ms; /* once the pass is over */
    uint32_t careful;     /* one at a time, until so many more were stored */
    struct hf_outbox_totals totals;
    char held[HF_REASON_MAX + 1];
};

enum hf_err hf_outbox_new(const struct hf_outbox_config *config, struct hf_outbox **out,
                          struct hf_fault *fault)
{
    struct hf_outbox *outbox = calloc(1, sizeof *outbox);
    uint32_t size = config->window ? config->window : WINDOW_DEFAULT;
    enum hf_err err = outbox ? hf_window_init(&outbox->window, size) : HF_ERR_NO_MEMORY;
    if (err != HF_ERR_OK) {
        free(outbox);
        return hf_fault_set(fault, err, 0, "an outbox with a window of %u: %s", size,
                            hf_err_text(err));
    }
    outbox->config = *config;
    outbox->held_wait_ms = HELD_FIRST_MS;
    if (config->signer)
        err = hf_scribe_new(config->signer, config->ledger, &outbox->pass.scribe, fault);
    if (err == HF_ERR_OK)
        *out = outbox;
    else
        hf_outbox_free(outbox);
    return err;
}

void hf_outbox_free(struct hf_outbox *outbox)
{
    if (!outbox)
        return;
    hf_scribe_free(outbox->pass.scribe);
    hf_parcel_free(&outbox->parcel);
    hf_window_free(&outbox->window);
    free(outbox);
}

static void start_pass(struct hf_outbox *outbox)
{
    hf_pass_begin(&outbox->pass);
    outbox->holds = false;
    outbox->woken = false;
    outbox->next_pass_ms = 0;
}

void hf_outbox_begin(struct hf_outbox *outbox, struct hf_session *session)
{
    outbox->session = session;
    start_pass(outbox);
}

void hf_outbox_lost(struct hf_outbox *outbox)
{
    outbox->session = NULL;
    hf_window_clear(&outbox->window);
    hf_parcel_drop(&outbox->parcel);
    start_pass(outbox);
}

void hf_outbox_wake(struct hf_outbox *outbox)
{
    outbox->woken = true;
}

void hf_outbox_finish(struct hf_outbox *outbox)
{
    outbox->finishing = true;
}

bool hf_outbox_is_in_flight(const struct hf_outbox *outbox)
{
    return outbox->parcel.published || outbox->window.count > 0 || outbox->settled.count > 0;
}

void hf_outbox_event(struct hf_outbox *outbox, const struct hf_session_event *event)
{
    if (event->channel != outbox->config.channel)
        return;
    if (event->kind == HF_SESSION_CONFIRMED)
        hf_window_settle(&outbox->window, event->sequence, event->multiple, true);
    else if (event->kind == HF_SESSION_NACKED)
        hf_window_settle(&outbox->window, event->sequence, event->multiple, false);
    else if (event->kind == HF_SESSION_RETURNED)
        hf_window_return(&outbox->window, event->envelope.message_id);
}

/* --- What was published: write down what became of it --- */

static enum hf_err write_settled(struct hf_outbox *outbox, struct hf_fault *fault)
{
    uint64_t queued = 0;
    enum hf_err err =
        hf_settled_write(&outbox->settled, outbox->config.ledger, outbox->unix_ms, &queued, fault);
    outbox->totals.queued += queued;
    return err;
}

static enum hf_err note(struct hf_outbox *outbox, struct hf_attempt attempt,
                        enum hf_flight_fate fate, const char *reason, struct hf_fault *fault)
{
    const bool held = fate == HF_FLIGHT_NACKED || fate == HF_FLIGHT_RETURNED;
    if (held)
        outbox->holds = true;
    if (held && reason)
        snprintf(outbox->held, sizeof outbox->held, "%s", reason);
    hf_settled_add(&outbox->settled, attempt, fate, reason, outbox->now_ms);
    return hf_settled_is_full(&outbox->settled) ? write_settled(outbox, fault) : HF_ERR_OK;
}

static enum hf_err settle(struct hf_outbox *outbox, const struct hf_flight *flight,
                          struct hf_fault *fault)
{
    char missing[HF_REASON_MAX + 1];
    const char *reason = NULL;
    if (flight->fate == HF_FLIGHT_STORED) {
        outbox->held_wait_ms = HELD_FIRST_MS;
        outbox->careful -= outbox->careful > 0;
    } else if (flight->fate == HF_FLIGHT_NACKED) {
        outbox->totals.nacked++;
        hf_pass_shun(&outbox->pass, &flight->target, false);
        reason = FULL_REASON;
    } else {
        outbox->totals.returned++;
        hf_pass_shun(&outbox->pass, &flight->target, true);
        hf_route_missing(&flight->target, missing);
        reason = missing;
    }
    return note(outbox, flight->attempt, flight->fate, reason, fault);
}

static bool is_due(const struct hf_outbox *outbox)
{
    return outbox->settled.count > 0 &&
           (outbox->window.count == 0 ||
            outbox->now_ms - outbox->settled.since_ms >= HF_SETTLED_WAIT_MS);
}

static enum hf_err take_in(struct hf_outbox *outbox, struct hf_fault *fault)
{
    struct hf_flight flight;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && hf_window_take(&outbox->window, &flight))
        err = settle(outbox, &flight, fault);
    return err == HF_ERR_OK && is_due(outbox) ? write_settled(outbox, fault) : err;
}

/* --- What is pending: publish it --- */

/* A task that cannot be sent at all must not keep the others from it. */
static bool is_its_own_fault(enum hf_err err)
{
    return err == HF_ERR_NOT_FOUND || err == HF_ERR_MALFORMED || err == HF_ERR_INVALID ||
           err == HF_ERR_TOO_LARGE;
}

static struct hf_attempt attempt_of(const struct hf_entry *entry)
{
    return (struct hf_attempt){entry->number, entry->task.attempt, entry->job};
}

static enum hf_err leave_out(struct hf_outbox *outbox, const struct hf_entry *entry,
                             enum hf_flight_fate fate, const char *reason, struct hf_fault *fault)
{
    const struct hf_attempt attempt = attempt_of(entry);
    hf_pass_skip(&outbox->pass);
    return note(outbox, attempt, fate, reason, fault);
}

static enum hf_err keep_back(struct hf_outbox *outbox, const struct hf_entry *entry,
                             const char *reason, struct hf_fault *fault)
{
    return leave_out(outbox, entry, HF_FLIGHT_RETURNED, reason, fault);
}

static bool is_too_late(const struct hf_outbox *outbox, const struct hf_entry *entry)
{
    return entry->task.not_after_ms > 0 && outbox->unix_ms > entry->task.not_after_ms;
}

static enum hf_err pass_over(struct hf_outbox *outbox, const struct hf_entry *entry,
                             const struct hf_pass_shun *shun, struct hf_fault *fault)
{
    char reason[HF_REASON_MAX + 1];
    hf_route_missing(&entry->target, reason);
    if (shun->missing)
        return keep_back(outbox, entry, reason, fault);
    hf_pass_skip(&outbox->pass);
    return HF_ERR_OK;
}

/* Loads the next task into the parcel, if it can be sent and there is one. */
static enum hf_err pick(struct hf_outbox *outbox, struct hf_fault *fault)
{
    const struct hf_entry *entry = NULL;
    bool pending = false;
    struct hf_ledger *ledger = outbox->config.ledger;
    enum hf_err err = hf_pass_peek(&outbox->pass, ledger, &entry, fault);
    if (err == HF_ERR_OK && entry)
        err = hf_tasks_is_pending(ledger, attempt_of(entry), &pending, fault);
    if (err != HF_ERR_OK || !entry)
        return err;
    if (!pending) { /* cancelled, say, since its page was read */
        hf_pass_skip(&outbox->pass);
        return HF_ERR_OK;
    }
    if (is_too_late(outbox, entry))
        return leave_out(outbox, entry, HF_FLIGHT_TOO_LATE, LATE_REASON, fault);
    const struct hf_pass_shun *shun = hf_pass_shunned(&outbox->pass, &entry->target);
    if (shun)
        return pass_over(outbox, entry, shun, fault);
    struct hf_fault own = {0};
    err = hf_parcel_load(&outbox->parcel, ledger, entry, outbox->config.signer, &own);
    if (is_its_own_fault(err))
        return keep_back(outbox, entry, own.text, fault);
    return err == HF_ERR_OK ? err : hf_fault_set(fault, err, own.raw, "%s", own.text);
}

static enum hf_err publish(struct hf_outbox *outbox, struct hf_fault *fault)
{
    uint64_t sequence = 0;
    const struct hf_entry *entry = &outbox->parcel.entry;
    enum hf_err err = hf_parcel_publish(&outbox->parcel, outbox->session, outbox->config.channel,
                                        &sequence, fault);
    if (err != HF_ERR_OK)
        return err;
    struct hf_flight flight = {
        .attempt = attempt_of(entry), .nameless = entry->task.plain, .target = entry->target};
    memcpy(flight.id, entry->task.id, sizeof flight.id);
    hf_window_add(&outbox->window, sequence, &flight);
    hf_pass_skip(&outbox->pass);
    outbox->totals.published++;
    return HF_ERR_OK;
}

static enum hf_err send_one(struct hf_outbox *outbox, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (!outbox->parcel.loaded)
        err = pick(outbox, fault);
    if (err == HF_ERR_OK && outbox->parcel.loaded && !outbox->parcel.published)
        err = publish(outbox, fault);
    if (err == HF_ERR_OK && outbox->parcel.published)
        err = hf_parcel_push(&outbox->parcel, outbox->session, outbox->config.channel, fault);
    return err;
}

static bool may_send(const struct hf_outbox *outbox)
{
    uint32_t most = outbox->careful > 0 ? 1 : outbox->window.size;
    if (outbox->parcel.published)
        return true; /* a message that has begun must be ended, whatever else */
    return !outbox->finishing && outbox->window.count < most &&
           !hf_session_is_blocked(outbox->session) && (outbox->parcel.loaded || !outbox->pass.over);
}

static enum hf_err send_out(struct hf_outbox *outbox, struct hf_fault *fault)
{
    int tasks = 0;
    enum hf_err err = HF_ERR_OK;
    for (; err == HF_ERR_OK && tasks < STEP_MOST && may_send(outbox); tasks++) {
        err = hf_ledger_look(outbox->config.ledger, fault);
        if (err == HF_ERR_OK)
            err = send_one(outbox, fault);
    }
    hf_ledger_look_away(outbox->config.ledger);
    outbox->more = tasks == STEP_MOST;
    return err == HF_ERR_WOULD_WRITE ? HF_ERR_OK : err;
}

/* --- Passes --- */

static bool is_through(const struct hf_outbox *outbox)
{
    return outbox->pass.over && outbox->window.count == 0 && outbox->settled.count == 0 &&
           !outbox->parcel.loaded;
}

static void plan_next_pass(struct hf_outbox *outbox)
{
    outbox->next_pass_ms = outbox->now_ms + (outbox->holds ? outbox->held_wait_ms : LOOK_AGAIN_MS);
    if (!outbox->holds)
        return;
    outbox->held_wait_ms *= 2;
    if (outbox->held_wait_ms > HELD_MOST_MS)
        outbox->held_wait_ms = HELD_MOST_MS;
}

enum hf_err hf_outbox_step(struct hf_outbox *outbox, int64_t now_ms, int64_t unix_ms,
                           struct hf_fault *fault)
{
    outbox->now_ms = now_ms;
    outbox->unix_ms = unix_ms;
    enum hf_err err = take_in(outbox, fault);
    if (err != HF_ERR_OK || !outbox->session)
        return err;
    bool due = outbox->next_pass_ms != 0 && now_ms >= outbox->next_pass_ms;
    if (is_through(outbox) && (outbox->woken || due))
        start_pass(outbox);
    err = send_out(outbox, fault);
    if (err == HF_ERR_OK && is_due(outbox))
        err = write_settled(outbox, fault);
    if (err == HF_ERR_OK && is_through(outbox) && outbox->next_pass_ms == 0)
        plan_next_pass(outbox);
    return err;
}

int64_t hf_outbox_deadline(const struct hf_outbox *outbox)
{
    if (!outbox->session)
        return INT64_MAX;
    if (is_through(outbox))
        return outbox->woken ? 0 : outbox->next_pass_ms;
    if (outbox->more)
        return 0;
    return outbox->settled.count > 0 ? outbox->settled.since_ms + HF_SETTLED_WAIT_MS : INT64_MAX;
}

bool hf_outbox_is_idle(const struct hf_outbox *outbox)
{
    if (!outbox->session)
        return false;
    return outbox->finishing ? !hf_outbox_is_in_flight(outbox)
                             : is_through(outbox) && !outbox->woken;
}

void hf_outbox_totals(const struct hf_outbox *outbox, struct hf_outbox_totals *out)
{
    *out = outbox->totals;
}

const char *hf_outbox_held(const struct hf_outbox *outbox)
{
    return outbox->held;
}

/* --- A message that the broker closes the channel for --- */

static enum hf_err refuse(struct hf_outbox *outbox, const struct hf_flight *flight,
                          struct hf_str text, int64_t unix_ms, struct hf_fault *fault)
{
    enum hf_verdict verdict;
    struct hf_report report = {.received_ms = unix_ms};
    report.result.status = HF_STATUS_REFUSED;
    report.result.attempt = flight->attempt.attempt;
    report.result.exit_code = -1;
    memcpy(report.result.id, flight->id, sizeof report.result.id);
    snprintf(report.result.reason, sizeof report.result.reason, "the broker refuses it: %.*s",
             (int)(text.len > 180 ? 180 : text.len), text.len > 0 ? text.data : "");
    enum hf_err err = hf_ledger_begin(outbox->config.ledger, fault);
    if (err == HF_ERR_OK)
        err = hf_results_take(outbox->config.ledger, &report, &verdict, fault);
    if (err == HF_ERR_OK)
        err = hf_ledger_commit(outbox->config.ledger, fault);
    hf_ledger_rollback(outbox->config.ledger);
    return err;
}

enum hf_err hf_outbox_rejected(struct hf_outbox *outbox, struct hf_str text, int64_t unix_ms,
                               struct hf_fault *fault)
{
    uint32_t suspects = outbox->window.count;
    if (suspects == 1)
        return refuse(outbox, hf_window_oldest(&outbox->window), text, unix_ms, fault);
    outbox->careful = suspects;
    return HF_ERR_OK;
}
