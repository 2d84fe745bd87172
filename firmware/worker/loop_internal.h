#ifndef HF_WORKER_LOOP_INTERNAL_H
#define HF_WORKER_LOOP_INTERNAL_H

#include "link/backoff.h"
#include "link/brokers.h"
#include "link/session.h"
#include "worker/confine.h"
#include "worker/herald.h"
#include "worker/journal.h"
#include "worker/loop.h"
#include "worker/orders.h"
#include "worker/outbox.h"
#include "worker/pushed.h"
#include "worker/service.h"
#include "worker/slot.h"
#include "worker/state.h"
#include "worker/timefloor.h"
#include "worker/tombstones.h"

/*
 * What the parts of the loop share; nobody else's.
 *
 *   loop.c        the turn: sleep, signals, children, the connection's events, the end
 *   loop_link.c   the connection: begin, up, down, what the broker says of it
 *   loop_tell.c   presence, facts, progress and logs
 *   loop_obey.c   the manager's commands
 *   loop_upkeep.c what tasks about the worker itself leave to do, and the trial of a new program
 */

/* Events have a channel of their own: a broker that refuses one closes no more than that. */
#define HF_LOOP_PUBLISH_CHANNEL 1 /* results */
#define HF_LOOP_CONTROL_CHANNEL 2
#define HF_LOOP_EVENTS_CHANNEL  3
#define HF_LOOP_SLOT_CHANNEL    4 /* the first slot's */

#define HF_LOOP_TRIM_AFTER_MS 1000

/* The large parts, in pages of their own. */
struct hf_loop_parts {
    struct hf_journal journal;
    struct hf_outbox outbox;
    struct hf_tombstones tombstones;
    struct hf_slot slots[];
};

struct hf_loop {
    const struct hf_loop_setup *setup;
    const struct hf_config *config;
    struct hf_session *session;
    struct hf_state state;
    struct hf_confine confine;
    struct hf_loop_parts *parts; /* NULL: not allocated yet; the next three and `slots` are of it */
    struct hf_journal *journal;
    struct hf_outbox *outbox;
    struct hf_tombstones *tombstones;
    struct hf_timefloor timefloor;
    struct hf_pushed pushed;
    struct hf_slot_shared shared;
    struct hf_slot *slots;
    size_t slot_count;
    struct hf_orders orders;
    struct hf_herald herald;
    struct hf_service service;
    struct hf_brokers brokers;
    struct hf_backoff backoff;
    int64_t now_ms;
    int64_t started_ms;
    int64_t connect_at_ms;  /* INT64_MAX: no connection is to be begun */
    int64_t up_since_ms;    /* 0: not up */
    bool serving;           /* the slots know of the link */
    bool paused;            /* by a command */
    bool time_wanted;       /* no command has told a time yet that the clock agrees with */
    bool told_full;         /* the last presence said that results cannot be stored */
    bool reload;            /* leave, and come back with new settings */
    bool become;            /* leave, to become another program */
    bool go_back;           /* leave, as the trial of this program was not stood */
    int64_t trial_until_ms; /* INT64_MAX: it is on none */
    bool new_identity;      /* its certificate is on trial: worker/renewal.h */
    int refusals;           /* in that trial */
    bool busy;              /* at the end of the last turn */
    int64_t trim_at_ms;     /* when the code of the handshake is let go; INT64_MAX: not due */
    int64_t presence_at_ms;
    int64_t work_told_since_ms; /* start of the task that the last presence told of; 0: none */
    int64_t rests_since_ms;     /* since when no task runs, if one did before */
    bool works;                 /* one ran at the end of the last turn */
    int64_t progress_at_ms;
    int64_t connections;
    int terminations; /* of those asked for, how many were obeyed */
    /* The task whose stderr is streamed; empty: none. */
    char logs_task[HF_ID_MAX + 1];
    uint64_t logs_from;
};

/* loop_link.c */
void hf_loop_connect_when_due(struct hf_loop *loop);
void hf_loop_take_link_event(struct hf_loop *loop, const struct hf_session_event *event);

/* loop_clock.c */
void hf_loop_learn_own_time(struct hf_loop *loop);
void hf_loop_hear_time(struct hf_loop *loop, int64_t time_ms); /* a command's; 0: unknown */

/* loop_tell.c */
void hf_loop_tell_presence(struct hf_loop *loop);
void hf_loop_tell_facts(struct hf_loop *loop);
void hf_loop_tell_what_is_due(struct hf_loop *loop);
int64_t hf_loop_tell_deadline(const struct hf_loop *loop);

/* loop_upkeep.c */
void hf_loop_begin_upkeep(struct hf_loop *loop);
void hf_loop_follow_upkeep(struct hf_loop *loop);
enum hf_loop_end hf_loop_why_ended(const struct hf_loop *loop);

/* loop_obey.c */
void hf_loop_take_command(struct hf_loop *loop, const struct hf_session_event *event);
void hf_loop_order_all(struct hf_loop *loop, enum hf_flow_event_kind order);
void hf_loop_ask_reload(struct hf_loop *loop, char *text, size_t size, bool *ok);

#endif
