#ifndef HF_WORKER_MONITOR_INTERNAL_H
#define HF_WORKER_MONITOR_INTERNAL_H

#include "wire/task.h"
#include "worker/confine.h"
#include "worker/monitor.h"
#include "worker/pushed.h"
#include "worker/rights.h"
#include "worker/service.h"

/*
 * What the parts of the monitor share; nobody else's.
 *
 *   monitor_ask.c     the worker's side
 *   monitor.c         the monitor's: a worker's life, signals, children that have ended
 *   monitor_answer.c  the monitor's: what it is asked for
 *
 * Both sides are one program: a message is a struct as it is, whole or not at all.
 */

enum hf_petition_kind {
    HF_PETITION_START, /* with descriptors: result, log, progress, status, and a payload or none */
    HF_PETITION_SIGNAL,
    HF_PETITION_TIDY,
    HF_PETITION_FIND,
    HF_PETITION_SETTINGS,
    HF_PETITION_STAND,
    HF_PETITION_CLOCK,
    HF_PETITION_TELL,
};

#define HF_PETITION_KILL_AND_WAIT 0 /* in place of a signal's number: hf_brood_kill */

struct hf_petition {
    uint32_t kind;
    int32_t slot;
    int32_t pid;
    int32_t number; /* of a signal, or a word for a service manager */
    int64_t time_ms;
    struct hf_task task; /* as it came; of FIND the handler alone */
};

/* To every one; to START with a descriptor that tells of the end. */
struct hf_reply {
    int32_t err;
    int32_t raw; /* errno */
    int32_t pid;
    char text[HF_FAULT_TEXT_MAX + 1];
};

/* A child of the monitor's. */
struct hf_ward {
    struct hf_brood_child child; /* pid 0: this place is free */
    int slot;
    bool warm;
    int end_fd; /* where its end is told */
};

#define HF_WARDS_MAX (2 * HF_CONFIG_SLOTS_MAX) /* a slot has one that works and one that waits */

struct hf_monitor {
    const struct hf_monitor_setup *setup;
    const struct hf_config *config;
    struct hf_state state;
    struct hf_confine confine;
    struct hf_pushed pushed;
    struct hf_service service;
    struct hf_brood broods[HF_CONFIG_SLOTS_MAX];
    struct hf_ward wards[HF_WARDS_MAX];
    int fd;            /* the socket */
    pid_t worker;      /* 0: it has ended */
    int told;          /* how often it was told to go */
    int64_t end_by_ms; /* once it was told twice: it is killed then */
};

/* Takes one petition and does it. False: the worker has closed the socket. */
bool hf_monitor_obey(struct hf_monitor *monitor);

/* The child is gone: its guard and its place are free. */
void hf_monitor_release(struct hf_monitor *monitor, struct hf_ward *ward);

#endif
