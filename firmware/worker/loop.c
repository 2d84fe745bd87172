#include "worker/loop.h"

#include "link/clock.h"
#include "link/log.h"
#include "link/pages.h"
#include "worker/loop_internal.h"
#include "worker/signals.h"
#include "worker/trim.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define STABLE_MS 60000 /* a connection that lasted this long was a good one */
#define FDS_MAX   (1 + HF_CONFIG_SLOTS_MAX * HF_RUNNER_FDS_MAX)

/* What the session says. */

static void tell_owners(struct hf_loop *loop)
{
    int owner;
    bool kept;
    while (hf_outbox_take_settled(loop->outbox, &owner, &kept))
        hf_slot_settled(&loop->slots[owner], kept, loop->now_ms);
}

static void take_delivery(struct hf_loop *loop, const struct hf_session_event *event)
{
    if (event->channel == HF_LOOP_CONTROL_CHANNEL)
        hf_loop_take_command(loop, event);
    else if (event->channel >= HF_LOOP_SLOT_CHANNEL)
        hf_slot_delivery(&loop->slots[event->channel - HF_LOOP_SLOT_CHANNEL], event, loop->slots,
                         loop->slot_count, loop->now_ms);
}

static void take_event(struct hf_loop *loop, const struct hf_session_event *event)
{
    switch (event->kind) {
    case HF_SESSION_DELIVERY:
    case HF_SESSION_BODY:
    case HF_SESSION_DELIVERED: take_delivery(loop, event); break;
    case HF_SESSION_CONFIRMED:
    case HF_SESSION_NACKED:
    case HF_SESSION_RETURNED:
        hf_outbox_event(loop->outbox, event, loop->now_ms);
        tell_owners(loop);
        break;
    case HF_SESSION_UP:
    case HF_SESSION_DOWN:
    case HF_SESSION_CHANNEL_CLOSED:
    case HF_SESSION_CONSUMER_CANCELLED:
    case HF_SESSION_BLOCKED:
    case HF_SESSION_UNBLOCKED: hf_loop_take_link_event(loop, event); break;
    }
}

/* The slots hear of the link when nothing that was stored before is left to publish. */
static bool begin_to_serve(struct hf_loop *loop)
{
    if (loop->serving || loop->up_since_ms == 0 || !hf_session_is_up(loop->session) ||
        hf_outbox_orphans(loop->outbox) > 0)
        return false;
    loop->serving = true;
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_link_up(&loop->slots[i], loop->now_ms);
    return true;
}

static bool send_results(struct hf_loop *loop)
{
    struct hf_fault fault;
    const enum hf_err err = hf_outbox_step(loop->outbox, loop->now_ms, &fault);
    if (err == HF_ERR_OK)
        return true;
    if (err != HF_ERR_WOULD_WRITE) {
        hf_log(HF_LOG_ERROR, "result.unsendable", "reason=\"%s\"", fault.text);
        hf_session_close(loop->session, loop->now_ms);
    }
    return false;
}

/* Events and output in turn until neither the broker nor we have more for now. */
static void turn_session(struct hf_loop *loop)
{
    struct hf_session_event event;
    do {
        while (hf_session_next(loop->session, loop->now_ms, &event) == HF_ERR_OK)
            take_event(loop, &event);
    } while (begin_to_serve(loop) || send_results(loop));
}

/* Signals. */

static void obey_signals(struct hf_loop *loop)
{
    const int asked = hf_signals_terminations();
    if (hf_signals_take_reload() && !loop->reload) {
        char text[HF_FAULT_TEXT_MAX + 1];
        bool ok;
        hf_loop_ask_reload(loop, text, sizeof text, &ok);
    }
    if (asked > 0 && loop->terminations == 0) {
        hf_log(HF_LOG_INFO, "worker.draining", "state=%s",
               hf_flow_state_text(loop->slots[0].flow.state));
        loop->terminations = 1;
        loop->reload = false;
        hf_service_tell(&loop->service, HF_SERVICE_STOPPING);
        hf_loop_order_all(loop, HF_FLOW_DRAIN);
        hf_loop_tell_presence(loop);
    }
    if (asked > 1 && loop->terminations == 1) {
        loop->terminations = 2;
        hf_loop_order_all(loop, HF_FLOW_STOP);
    }
}

/* The end. */

static bool all_left(const struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++) {
        if (!loop->slots[i].flow.left)
            return false;
    }
    return true;
}

/* Results that only this process has must be with the broker first; those on flash can wait for
 * the next start when there is no link. */
static bool may_go(const struct hf_loop *loop)
{
    if (loop->terminations > 1 || hf_outbox_orphans(loop->outbox) == 0)
        return true;
    return !hf_session_is_up(loop->session) && loop->journal->mode == HF_JOURNAL_FLASH;
}

static bool finished(struct hf_loop *loop)
{
    if (!all_left(loop) || !may_go(loop))
        return false;
    loop->connect_at_ms = INT64_MAX;
    if (hf_session_is_up(loop->session))
        hf_session_close(loop->session, loop->now_ms);
    return hf_session_is_closed(loop->session) || loop->up_since_ms == 0;
}

/* The turn. */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_deadline(const struct hf_loop *loop)
{
    int64_t deadline_ms = earlier(hf_session_deadline(loop->session), loop->connect_at_ms);
    deadline_ms = earlier(deadline_ms, hf_outbox_deadline(loop->outbox));
    deadline_ms = earlier(deadline_ms, hf_loop_tell_deadline(loop));
    deadline_ms = earlier(deadline_ms, hf_service_deadline(&loop->service));
    deadline_ms = earlier(deadline_ms, loop->trim_at_ms);
    deadline_ms = earlier(deadline_ms, loop->trial_until_ms);
    for (size_t i = 0; i < loop->slot_count; i++)
        deadline_ms = earlier(deadline_ms, hf_slot_deadline(&loop->slots[i]));
    return deadline_ms;
}

static void sleep_until(const struct hf_loop *loop, int64_t deadline_ms, struct pollfd *fds,
                        size_t count)
{
    struct timespec wait = {0};
    const int64_t left_ms = earlier(deadline_ms - loop->now_ms, INT64_C(3600000));
    if (left_ms > 0) {
        wait.tv_sec = (time_t)(left_ms / 1000);
        wait.tv_nsec = (long)(left_ms % 1000) * 1000000;
    }
    if (ppoll(fds, count, &wait, hf_signals_mask()) < 0) {
        /* Interrupted: nothing is ready, and the signal has said what it had to. */
        for (size_t i = 0; i < count; i++)
            fds[i].revents = 0;
    }
}

/* A moment after the last task, or after the handshake, the code that they needed is let go, and so
 * are the children that wait for another. */
static void trim_when_idle(struct hf_loop *loop)
{
    bool busy = false;
    for (size_t i = 0; i < loop->slot_count; i++)
        busy = busy || loop->slots[i].flow.state != HF_FLOW_IDLE;
    if (loop->busy && !busy)
        loop->trim_at_ms = loop->now_ms + HF_LOOP_TRIM_AFTER_MS;
    loop->busy = busy;
    if (busy || loop->now_ms < loop->trim_at_ms)
        return;
    bool rested = false;
    for (size_t i = 0; i < loop->slot_count; i++)
        rested = hf_runner_rest(&loop->slots[i].runner) || rested;
    /* After the turn that their ends will cause. */
    loop->trim_at_ms = rested ? loop->now_ms + 1 : INT64_MAX;
    if (rested)
        return;
    hf_trim_stack();
    hf_trim_code(); /* last: what runs after it is in memory again */
}

static void turn(struct hf_loop *loop)
{
    struct pollfd fds[FDS_MAX];
    size_t first[HF_CONFIG_SLOTS_MAX + 1] = {1}; /* where each slot's begin in `fds` */
    hf_session_pollfd(loop->session, &fds[0]);
    for (size_t i = 0; i < loop->slot_count; i++)
        first[i + 1] =
            first[i] + hf_slot_pollfds(&loop->slots[i], &fds[first[i]], FDS_MAX - first[i]);
    sleep_until(loop, next_deadline(loop), fds, first[loop->slot_count]);

    loop->now_ms = hf_clock_mono_ms();
    hf_session_polled(loop->session, &fds[0]);
    hf_service_turn(&loop->service, loop->now_ms);
    obey_signals(loop);
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_step(&loop->slots[i], loop->now_ms, &fds[first[i]], first[i + 1] - first[i]);
    hf_loop_follow_upkeep(loop);
    hf_loop_connect_when_due(loop);
    hf_loop_tell_what_is_due(loop);
    turn_session(loop);
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_tell(&loop->slots[i]);
    trim_when_idle(loop);
}

/* The beginning. */

static enum hf_err open_session(struct hf_loop *loop, struct hf_fault *fault)
{
    const struct hf_config *config = loop->config;
    const bool by_password = config->broker.user[0] != '\0';
    const enum hf_err err = hf_brokers_parse(&loop->brokers, "broker.host", config->broker.host,
                                             (uint16_t)config->broker.port, fault);
    if (err != HF_ERR_OK)
        return err;
    const struct hf_session_config session = {
        .host = loop->brokers.list[0].host,
        .port = loop->brokers.list[0].port,
        .vhost = config->broker.vhost,
        .user = by_password ? config->broker.user : NULL,
        .password = by_password ? config->broker.password : NULL,
        .client_name = config->board,
        .tls = loop->setup->tls,
        .channels = (uint16_t)(HF_LOOP_SLOT_CHANNEL - 1 + config->slots),
        .heartbeat_s = (uint16_t)config->heartbeat_s,
    };
    loop->shared.identity = by_password ? config->broker.user : config->board;
    return hf_session_new(&session, &loop->session, fault);
}

/* What was kept and is torn is reported; the worker goes on without it. */
static void open_kept(struct hf_loop *loop)
{
    struct hf_fault fault;
    int64_t issued_s = 0;
    int64_t ends_s = 0;
    const char *folder = loop->config->journal == HF_JOURNAL_FLASH ? loop->state.folder : NULL;
    hf_tls_context_dates(loop->setup->tls, &issued_s, &ends_s);
    if (hf_tombstones_open(loop->tombstones, folder, &fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "tombstone.lost", "reason=\"%s\"", fault.text);
    if (loop->setup->inherited != NULL)
        loop->pushed = *loop->setup->inherited->pushed;
    else if (hf_pushed_open(&loop->pushed, loop->state.folder, &hf_disk_real, &fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "handlers.lost", "reason=\"%s\"", fault.text);
    if (hf_timefloor_open(&loop->timefloor, folder, HOLDFAST_BUILD_EPOCH * INT64_C(1000),
                          issued_s * 1000, loop->now_ms, &fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "clock.lost", "reason=\"%s\"", fault.text);
    loop->timefloor.follows = loop->config->set_clock;
}

static enum hf_err open_slots(struct hf_loop *loop, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; i < (size_t)loop->config->slots && err == HF_ERR_OK; i++) {
        err = hf_slot_init(&loop->slots[i], &loop->shared, (int)i,
                           (uint16_t)(HF_LOOP_SLOT_CHANNEL + i), fault);
        loop->slot_count = i + 1;
    }
    return err;
}

static size_t parts_bytes(const struct hf_loop *loop)
{
    return sizeof *loop->parts + (size_t)loop->config->slots * sizeof loop->parts->slots[0];
}

static enum hf_err allocate(struct hf_loop *loop, struct hf_fault *fault)
{
    struct hf_loop_parts *parts = loop->parts = hf_pages_new(parts_bytes(loop));
    if (parts == NULL)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "out of memory at the start");
    loop->journal = &parts->journal;
    loop->outbox = &parts->outbox;
    loop->tombstones = &parts->tombstones;
    loop->slots = parts->slots;
    return HF_ERR_OK;
}

static void introduce(struct hf_loop *loop)
{
    const struct hf_config *config = loop->config;
    hf_outbox_init(loop->outbox, loop->journal, loop->session, HF_LOOP_PUBLISH_CHANNEL,
                   config->board);
    loop->shared.config = config;
    loop->shared.monitor_fd = loop->setup->monitor_fd;
    loop->shared.config_path = loop->setup->config_path;
    loop->shared.manager = loop->setup->manager;
    loop->shared.signer = loop->setup->signer;
    loop->shared.state = &loop->state;
    loop->shared.pushed = loop->pushed.path;
    loop->shared.confine = &loop->confine;
    loop->shared.session = loop->session;
    loop->shared.journal = loop->journal;
    loop->shared.outbox = loop->outbox;
    loop->shared.tombstones = loop->tombstones;
    loop->shared.timefloor = &loop->timefloor;
    loop->shared.first_sequence = loop->journal->next_sequence;
    loop->herald = (struct hf_herald){.session = loop->session,
                                      .channel = HF_LOOP_EVENTS_CHANNEL,
                                      .board = config->board,
                                      .identity = loop->shared.identity};
    hf_orders_init(&loop->orders, HF_MANAGER_USER);
    loop->orders.manager = loop->setup->manager;
    loop->orders.board = config->board;
    loop->orders.pool = config->pool;
}

/* Of what the monitor has opened a copy will do: its groups are where they were. */
static enum hf_err open_confine(struct hf_loop *loop, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (loop->setup->inherited != NULL)
        loop->confine = *loop->setup->inherited->confine;
    else
        err = hf_confine_open(&loop->confine, loop->config, &loop->state, fault);
    if (err == HF_ERR_OK)
        hf_confine_say(&loop->confine, &loop->state);
    return err;
}

static enum hf_err open_all(struct hf_loop *loop, struct hf_fault *fault)
{
    const struct hf_config *config = loop->config;
    enum hf_err err = allocate(loop, fault);
    if (err == HF_ERR_OK)
        err = hf_state_open(&loop->state, config->state, fault);
    if (err == HF_ERR_OK)
        err = open_confine(loop, fault);
    if (err == HF_ERR_OK)
        err = open_session(loop, fault);
    if (err == HF_ERR_OK)
        err = hf_journal_open(loop->journal, loop->state.journal, config->journal, fault);
    if (err != HF_ERR_OK)
        return err;
    open_kept(loop);
    introduce(loop);
    return open_slots(loop, fault);
}

static void close_all(struct hf_loop *loop)
{
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_close(&loop->slots[i]);
    if (loop->outbox != NULL && loop->outbox->journal != NULL)
        hf_outbox_close(loop->outbox);
    if (loop->journal != NULL)
        hf_journal_close(loop->journal);
    hf_session_free(loop->session);
    hf_service_close(&loop->service);
    if (loop->setup->inherited == NULL)
        hf_confine_close(&loop->confine);
    hf_state_close(&loop->state);
    hf_pages_free(loop->parts, parts_bytes(loop));
}

enum hf_err hf_loop_run(const struct hf_loop_setup *setup, enum hf_loop_end *end,
                        struct hf_fault *fault)
{
    const struct hf_config *config = setup->config;
    struct hf_loop loop = {
        .setup = setup,
        .config = config,
        .new_identity = setup->new_identity,
        .state.lock_fd = -1,
        .trim_at_ms = INT64_MAX,
        .service = *setup->service,
        .backoff = {.floor_ms = (uint32_t)config->reconnect_min_ms,
                    .ceiling_ms = (uint32_t)config->reconnect_max_ms,
                    .stable_ms = STABLE_MS},
    };
    hf_signals_init(setup->monitor_fd >= 0);
    loop.started_ms = loop.now_ms = hf_clock_mono_ms();
    hf_loop_begin_upkeep(&loop);
    const enum hf_err err = open_all(&loop, fault);
    if (err == HF_ERR_OK) {
        hf_log(HF_LOG_INFO, "worker.start",
               "board=%s version=%s built_for=%s slots=%" PRId64 " journal=%s stored=%zu",
               config->board, HOLDFAST_VERSION, HOLDFAST_BOARD, config->slots,
               hf_journal_mode_text(config->journal), hf_outbox_orphans(loop.outbox));
        do {
            turn(&loop);
        } while (!finished(&loop));
        hf_log(HF_LOG_INFO, "worker.stop", "done=%" PRId64 " failed=%" PRId64 " stored=%zu",
               loop.shared.done, loop.shared.failed, hf_outbox_orphans(loop.outbox));
    }
    *end = err == HF_ERR_OK ? hf_loop_why_ended(&loop) : HF_LOOP_LEFT;
    close_all(&loop);
    return err;
}
