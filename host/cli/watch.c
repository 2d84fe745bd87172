#include "cli/watch.h"

#include "cli/bar.h"
#include "cli/interrupt.h"
#include "cli/known.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "link/clock.h"
#include "manager/pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAW_EVERY_MS 100
#define TELL_EVERY_MS 10000
#define STUCK_MS      10000 /* another process publishes, and nothing of ours moves */

struct view {
    const struct hf_watch *watch;
    bool terminal;
    bool tells; /* also where there is no terminal */
    bool drawn; /* a line stands on the terminal */
    int64_t shown_ms;
    struct hf_counts counts;
    struct hf_pace pace;
    char told[HF_FAULT_TEXT_MAX + 1]; /* the trouble that was last written to a log */
};

static const char *trouble_of(const struct view *view)
{
    struct hf_courier *courier = view->watch->desk->courier;
    const struct hf_outbox *outbox = hf_courier_outbox(courier);
    const char *trouble = hf_courier_trouble(courier);
    if (trouble[0] || view->counts.of[HF_STATE_PENDING] == 0 || !hf_outbox_is_idle(outbox))
        return trouble;
    return hf_outbox_held(outbox);
}

static struct hf_bar bar_of(const struct view *view, int64_t now_ms)
{
    const struct hf_fleet *fleet = hf_courier_fleet(view->watch->desk->courier);
    return (struct hf_bar){.job = view->watch->job->number,
                           .counts = view->counts,
                           .per_s = hf_pace_per_s(&view->pace),
                           .left_ms = hf_pace_left_ms(&view->pace, hf_counts_open(&view->counts)),
                           .boards_busy = hf_fleet_busy(fleet, now_ms),
                           .boards_online = hf_fleet_online(fleet, now_ms),
                           .trouble = trouble_of(view)};
}

static void wipe(struct view *view)
{
    if (view->drawn)
        fputs("\r\033[K", stderr);
    view->drawn = false;
}

static void show(struct view *view, int64_t now_ms)
{
    char line[HF_BAR_LINE_MAX];
    struct hf_bar bar = bar_of(view, now_ms);
    bool news = strcmp(bar.trouble, view->told) != 0;
    if (view->terminal) {
        hf_bar_draw(&bar, hf_terminal_of(stderr).columns, line);
        fprintf(stderr, "\r%s\033[K", line);
        view->drawn = true;
    } else if (view->tells && (news || now_ms - view->shown_ms >= TELL_EVERY_MS)) {
        hf_bar_tell(&bar, line);
        fprintf(stderr, "holdfast: %s\n", line);
    } else {
        return;
    }
    snprintf(view->told, sizeof view->told, "%s", bar.trouble);
    view->shown_ms = now_ms;
}

static enum hf_err look(struct view *view, int64_t now_ms, struct hf_fault *fault)
{
    const struct hf_watch *watch = view->watch;
    enum hf_err err = hf_jobs_counts(watch->desk->ledger, watch->job->number, &view->counts, fault);
    int64_t ended = hf_counts_total(&view->counts) - hf_counts_open(&view->counts);
    if (err == HF_ERR_OK)
        hf_pace_note(&view->pace, now_ms, ended);
    return err;
}

static int tell_news(struct view *view)
{
    const struct hf_watch *watch = view->watch;
    if (!watch->news)
        return HF_EXIT_OK;
    wipe(view);
    return watch->news(watch->context);
}

static int fail(struct view *view, const struct hf_fault *fault)
{
    int64_t job = view->watch->job->number;
    int64_t pending = view->counts.of[HF_STATE_PENDING];
    wipe(view);
    int code = hf_out_fault(view->watch->command, fault);
    if (pending > 0)
        fprintf(stderr,
                "Job %" PRId64 " is kept. What is not sent yet (%" PRId64
                ") goes out with the next command that reaches the broker,\n"
                "such as: holdfast results %" PRId64 " --follow\n",
                job, pending, job);
    else
        fprintf(stderr,
                "Job %" PRId64 " goes on. To come back: holdfast results %" PRId64 " --follow\n",
                job, job);
    return code;
}

static int leave(struct view *view)
{
    int64_t job = view->watch->job->number;
    bool pending = view->counts.of[HF_STATE_PENDING] > 0;
    wipe(view);
    fprintf(stderr,
            "\nJob %" PRId64 " goes on%s. To come back: holdfast results %" PRId64 " --follow\n",
            job, pending ? ", but some of its tasks are not sent yet" : "", job);
    return HF_EXIT_INTERRUPTED;
}

/* What moves a count of the job; when it changes it is worth to look. */
static uint64_t moves_of(const struct view *view)
{
    struct hf_collect_totals in;
    struct hf_outbox_totals out;
    struct hf_courier *courier = view->watch->desk->courier;
    hf_courier_collected(courier, &in);
    hf_outbox_totals(hf_courier_outbox(courier), &out);
    return in.ended + in.retries + out.queued;
}

static bool none_pending(const struct hf_counts *counts)
{
    return counts->of[HF_STATE_PENDING] == 0;
}

static bool none_open(const struct hf_counts *counts)
{
    return hf_counts_open(counts) == 0;
}

/* Carries until it is time to draw, or sooner when it is over. */
static enum hf_err carry(struct view *view, bool (*over)(const struct hf_counts *),
                         struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_mono_ms();
    int64_t end_ms = now_ms + DRAW_EVERY_MS;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && now_ms < end_ms && !hf_interrupt_seen()) {
        uint64_t before = moves_of(view);
        err = hf_courier_step(view->watch->desk->courier, end_ms, fault);
        now_ms = hf_clock_mono_ms();
        if (err == HF_ERR_OK && moves_of(view) != before)
            err = look(view, now_ms, fault);
        if (over(&view->counts) && hf_counts_total(&view->counts) > 0)
            break;
    }
    return err;
}

/* One round: carry, look, show. HF_EXIT_OK: go on. */
static int go_on(struct view *view, bool (*over)(const struct hf_counts *))
{
    struct hf_fault fault = {0};
    enum hf_err err = carry(view, over, &fault);
    int64_t now_ms = hf_clock_mono_ms();
    struct hf_fault count_fault = {0};
    if (look(view, now_ms, &count_fault) && err == HF_ERR_OK)
        return hf_out_fault(view->watch->command, &count_fault);
    if (err != HF_ERR_OK)
        return fail(view, &fault);
    if (hf_interrupt_seen())
        return leave(view);
    int code = tell_news(view);
    show(view, now_ms);
    return code;
}

static struct view view_of(const struct hf_watch *watch)
{
    return (struct view){
        .watch = watch, .terminal = isatty(STDERR_FILENO), .shown_ms = hf_clock_mono_ms()};
}

static int held(struct view *view)
{
    int64_t pending = view->counts.of[HF_STATE_PENDING];
    const char *why = hf_outbox_held(hf_courier_outbox(view->watch->desk->courier));
    const struct hf_target *target = &view->watch->job->target;
    wipe(view);
    fprintf(stderr, "holdfast %s: %" PRId64 " task%s of job %" PRId64 " could not be sent: %s\n",
            view->watch->command->name, pending, pending == 1 ? "" : "s", view->watch->job->number,
            why[0] ? why : "another holdfast is publishing and does not get on");
    fprintf(stderr,
            "%s kept, and tried again with each command that reaches the broker, until \"holdfast "
            "cancel %" PRId64 "\".\n",
            pending == 1 ? "It is" : "They are", view->watch->job->number);
    if (target->kind == HF_TARGET_POOL)
        hf_known_hint(view->watch->desk->ledger, "POOL", "pool", target->name);
    else if (target->kind == HF_TARGET_BOARD)
        hf_known_hint(view->watch->desk->ledger, "BOARD", "to", target->name);
    return HF_EXIT_FAILED;
}

/* Tasks of any job may be on their way. After a failure the courier is not to be used. */
static int part(const struct view *view, int code)
{
    if (code == HF_EXIT_OK || code == HF_EXIT_INTERRUPTED)
        hf_courier_finish(view->watch->desk->courier);
    return code;
}

int hf_watch_queue(const struct hf_watch *watch)
{
    struct view view = view_of(watch);
    struct hf_courier *courier = watch->desk->courier;
    int64_t moved_ms = view.shown_ms;
    int64_t pending = -1;
    hf_interrupt_catch();
    for (;;) {
        int code = go_on(&view, none_pending);
        int64_t now_ms = hf_clock_mono_ms();
        if (code != HF_EXIT_OK)
            return part(&view, code);
        if (view.counts.of[HF_STATE_PENDING] != pending)
            moved_ms = now_ms;
        pending = view.counts.of[HF_STATE_PENDING];
        bool stuck = hf_courier_publishes(courier) ? hf_outbox_is_idle(hf_courier_outbox(courier))
                                                   : now_ms - moved_ms > STUCK_MS;
        if (pending == 0 || stuck)
            break;
    }
    wipe(&view);
    (void)part(&view, HF_EXIT_OK);
    return pending == 0 ? HF_EXIT_OK : held(&view);
}

/* A race is one when it is won, any other job when all of it is done. */
static bool is_success(const struct view *view)
{
    struct hf_fault fault = {0};
    struct hf_job job = {0};
    if (view->watch->job->race)
        return hf_jobs_get(view->watch->desk->ledger, view->watch->job->number, &job, &fault) ==
                   HF_ERR_OK &&
               job.won;
    return view->counts.of[HF_STATE_DONE] == hf_counts_total(&view->counts);
}

int hf_watch_end(const struct hf_watch *watch)
{
    struct view view = view_of(watch);
    int code = HF_EXIT_OK;
    view.tells = true;
    hf_interrupt_catch();
    do
        code = go_on(&view, none_open);
    while (code == HF_EXIT_OK && hf_counts_open(&view.counts) > 0);
    wipe(&view);
    if (part(&view, code) != HF_EXIT_OK)
        return code;
    return is_success(&view) ? HF_EXIT_OK : HF_EXIT_FAILED;
}
