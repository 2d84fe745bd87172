#include "manager/courier.h"

#include "home/file.h"
#include "link/clock.h"
#include "manager/courier_internal.h"
#include "manager/schedule.h"
#include "manager/turn.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EVENTS_MOST       512 /* in one step, so that a batch has an end */
#define TURN_EVERY_MS     500
#define SCHEDULE_EVERY_MS 1000
#define PATIENCE_MS       15000 /* with a broker that was there and is gone */
#define FINISH_MS         3000
#define UP_CHECK_MS       10
#define BACKLOG           100 /* fewer arrivals than that while it should be quiet: no more were waiting */

/* A data folder of before there were signatures has no key: `up` or `enroll` makes one. */
static enum hf_err load_signer(struct hf_courier *courier, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(courier->config.home, HF_HOME_SIGNING, ".key", path);
    return hf_file_exists(path) ? hf_seal_signer_load(path, &courier->signer, fault) : HF_ERR_OK;
}

static enum hf_err make_parts(struct hf_courier *courier, struct hf_fault *fault)
{
    const struct hf_courier_config *config = &courier->config;
    struct hf_outbox_config out = {.ledger = config->ledger, .channel = HF_CONNECT_PUBLISH};
    enum hf_err err = load_signer(courier, fault);
    if (err != HF_ERR_OK)
        return err;
    out.signer = courier->signer;
    struct hf_collect_config in = {.ledger = config->ledger,
                                   .results_channel = HF_CONNECT_RESULTS,
                                   .dead_channel = HF_CONNECT_DEAD,
                                   .events_channel = config->events ? HF_CONNECT_EVENTS : 0,
                                   .fleet = &courier->fleet};
    hf_controls_init(&courier->controls, HF_CONNECT_CONTROL);
    courier->controls.signer = courier->signer;
    err = hf_outbox_new(&out, &courier->outbox, fault);
    if (err == HF_ERR_OK)
        err = hf_collect_new(&in, &courier->collect, fault);
    if (err == HF_ERR_OK)
        err = hf_connect_open(&courier->connect, config->home, config->name, config->events, fault);
    return err;
}

enum hf_err hf_courier_new(const struct hf_courier_config *config, struct hf_courier **out,
                           struct hf_fault *fault)
{
    struct hf_courier *courier = calloc(1, sizeof *courier);
    if (!courier)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a connection");
    courier->config = *config;
    courier->turn = -1;
    courier->backoff =
        (struct hf_backoff){.floor_ms = 500, .ceiling_ms = 15000, .stable_ms = 10000};
    enum hf_err err = make_parts(courier, fault);
    if (err != HF_ERR_OK) {
        hf_courier_free(courier);
        return err;
    }
    *out = courier;
    return HF_ERR_OK;
}

void hf_courier_free(struct hf_courier *courier)
{
    if (!courier)
        return;
    hf_connect_close(&courier->connect);
    hf_collect_free(courier->collect);
    hf_outbox_free(courier->outbox);
    hf_seal_signer_free(courier->signer);
    if (courier->turn >= 0)
        close(courier->turn);
    free(courier);
}

/* --- One step --- */

static enum hf_err start_if_due(struct hf_courier *courier, int64_t now_ms, struct hf_fault *fault)
{
    struct hf_session *session = courier->connect.session;
    if (!hf_session_is_closed(session) || now_ms < courier->start_at_ms)
        return HF_ERR_OK;
    enum hf_err err = hf_connect_start(&courier->connect, now_ms);
    return err ? hf_fault_set(fault, err, 0, "connecting to %s: %s", courier->connect.address,
                              hf_err_text(err))
               : HF_ERR_OK;
}

static int64_t min_ms(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_for_more(struct hf_courier *courier, int64_t until_ms, int64_t now_ms)
{
    struct pollfd ready;
    const struct hf_session *session = courier->connect.session;
    int64_t wake_ms = min_ms(until_ms, hf_session_deadline(session));
    wake_ms = min_ms(wake_ms, hf_outbox_deadline(courier->outbox));
    if (hf_session_is_closed(session))
        wake_ms = min_ms(wake_ms, courier->start_at_ms);
    if (courier->turn < 0)
        wake_ms = min_ms(wake_ms, courier->turn_at_ms);
    int64_t wait_ms = courier->more || wake_ms <= now_ms ? 0 : wake_ms - now_ms;
    hf_session_pollfd(session, &ready);
    (void)poll(&ready, 1, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
}

static enum hf_err drain(struct hf_courier *courier, struct hf_fault *fault)
{
    struct hf_session_event event;
    int64_t now_ms = hf_clock_mono_ms();
    courier->more = false;
    for (int i = 0; i < EVENTS_MOST; i++) {
        enum hf_err err = hf_session_next(courier->connect.session, now_ms, &event);
        if (err == HF_ERR_WOULD_READ)
            return HF_ERR_OK;
        if (err == HF_ERR_OK)
            err = hf_courier_hear(courier, &event, now_ms, fault);
        else
            hf_fault_set(fault, err, 0, "the session: %s", hf_err_text(err));
        if (err != HF_ERR_OK)
            return err;
    }
    courier->more = true;
    return HF_ERR_OK;
}

static enum hf_err take_turn(struct hf_courier *courier, int64_t now_ms, struct hf_fault *fault)
{
    struct hf_fault own = {0};
    if (courier->turn >= 0 || now_ms < courier->turn_at_ms)
        return HF_ERR_OK;
    courier->turn_at_ms = now_ms + TURN_EVERY_MS;
    enum hf_err err = hf_turn_take(courier->config.home, &courier->turn, &own);
    if (err == HF_ERR_BUSY)
        return HF_ERR_OK;
    if (err != HF_ERR_OK)
        return hf_fault_set(fault, err, own.raw, "%s", own.text);
    if (hf_session_is_up(courier->connect.session))
        hf_outbox_begin(courier->outbox, courier->connect.session);
    return HF_ERR_OK;
}

static enum hf_err run_schedules(struct hf_courier *courier, int64_t now_ms, struct hf_fault *fault)
{
    uint64_t runs = 0;
    if (now_ms < courier->schedule_at_ms)
        return HF_ERR_OK;
    courier->schedule_at_ms = now_ms + SCHEDULE_EVERY_MS;
    enum hf_err err = hf_schedule_run_due(courier->config.ledger, hf_clock_unix_ms(), &runs, fault);
    if (runs > 0)
        hf_outbox_wake(courier->outbox);
    return err;
}

/* One that finds no room among the commands asks again. */
static void tell_time(struct hf_courier *courier, int64_t now_ms)
{
    const struct hf_control time = {.kind = HF_CONTROL_TIME};
    char key[HF_ROUTE_MAX + 1];
    const char *board;
    while ((board = hf_fleet_next_for_time(&courier->fleet, now_ms))) {
        hf_route(key, HF_KEY_DEVICE_PREFIX, board);
        (void)hf_controls_add(&courier->controls, &time, key, NULL, NULL);
    }
}

static enum hf_err work(struct hf_courier *courier, struct hf_fault *fault)
{
    struct hf_collect_totals totals;
    int64_t now_ms = hf_clock_mono_ms();
    enum hf_err err = hf_collect_step(courier->collect, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_collect_totals(courier->collect, &totals);
    if (totals.retries != courier->retries)
        hf_outbox_wake(courier->outbox);
    courier->retries = totals.retries;
    err = hf_race_step(&courier->race, courier->config.ledger, &courier->controls, fault);
    if (err == HF_ERR_OK)
        err = run_schedules(courier, now_ms, fault);
    if (err != HF_ERR_OK)
        return err;
    tell_time(courier, now_ms);
    hf_controls_step(&courier->controls, hf_clock_unix_ms());
    err = take_turn(courier, now_ms, fault);
    return err ? err : hf_outbox_step(courier->outbox, now_ms, hf_clock_unix_ms(), fault);
}

enum hf_err hf_courier_step(struct hf_courier *courier, int64_t until_ms, struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_mono_ms();
    enum hf_err err = start_if_due(courier, now_ms, fault);
    if (err != HF_ERR_OK)
        return err;
    wait_for_more(courier, until_ms, now_ms);
    err = drain(courier, fault);
    return err ? err : work(courier, fault);
}

/* --- Until nothing is left to do --- */

static uint64_t count_arrivals(const struct hf_courier *courier)
{
    struct hf_collect_totals totals;
    hf_collect_totals(courier->collect, &totals);
    return totals.reports + totals.strays;
}

static enum hf_err step_for(struct hf_courier *courier, int64_t ms, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    int64_t end_ms = hf_clock_mono_ms() + ms;
    do
        err = hf_courier_step(courier, end_ms, fault);
    while (err == HF_ERR_OK && hf_clock_mono_ms() < end_ms);
    return err;
}

static enum hf_err check_patience(const struct hf_courier *courier, struct hf_fault *fault)
{
    if (hf_courier_is_up(courier) || courier->up_at_ms == 0 ||
        hf_clock_mono_ms() - courier->down_at_ms < PATIENCE_MS)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "lost the broker at %s: %s",
                        courier->connect.address, courier->trouble);
}

enum hf_err hf_courier_settle(struct hf_courier *courier, int64_t quiet_ms, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    bool settled = false;
    while (err == HF_ERR_OK && !settled) {
        bool was_up = hf_courier_is_up(courier);
        uint64_t before = count_arrivals(courier);
        err = step_for(courier, was_up ? quiet_ms : UP_CHECK_MS, fault);
        settled = was_up && hf_courier_is_up(courier) && !courier->more &&
                  count_arrivals(courier) - before < BACKLOG &&
                  (courier->turn < 0 || hf_outbox_is_idle(courier->outbox));
        if (err == HF_ERR_OK)
            err = check_patience(courier, fault);
    }
    return err;
}

static bool is_in_flight(const struct hf_courier *courier)
{
    return hf_outbox_is_in_flight(courier->outbox) || courier->race.job != 0 ||
           !hf_controls_settled(&courier->controls);
}

void hf_courier_finish(struct hf_courier *courier)
{
    struct hf_fault fault;
    enum hf_err err = HF_ERR_OK;
    int64_t end_ms = hf_clock_mono_ms() + FINISH_MS;
    hf_outbox_finish(courier->outbox);
    while (err == HF_ERR_OK && hf_courier_is_up(courier) && is_in_flight(courier) &&
           hf_clock_mono_ms() < end_ms)
        err = hf_courier_step(courier, end_ms, &fault);
}

bool hf_courier_is_up(const struct hf_courier *courier)
{
    return hf_session_is_up(courier->connect.session);
}

bool hf_courier_publishes(const struct hf_courier *courier)
{
    return courier->turn >= 0;
}

const char *hf_courier_trouble(const struct hf_courier *courier)
{
    return courier->trouble;
}

struct hf_controls *hf_courier_controls(struct hf_courier *courier)
{
    return &courier->controls;
}

struct hf_outbox *hf_courier_outbox(struct hf_courier *courier)
{
    return courier->outbox;
}

const struct hf_fleet *hf_courier_fleet(const struct hf_courier *courier)
{
    return &courier->fleet;
}

void hf_courier_collected(const struct hf_courier *courier, struct hf_collect_totals *out)
{
    hf_collect_totals(courier->collect, out);
}

const char *hf_courier_address(const struct hf_courier *courier)
{
    return courier->connect.address;
}
