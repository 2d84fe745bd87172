#ifndef HF_WORKER_SIGNALS_H
#define HF_WORKER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * The signals that the worker lives by. All of them stay blocked but while hf_signals_mask() is in
 * force, which is ppoll()'s: so none can slip in between looking at the flags and going to sleep.
 *
 *   SIGTERM, SIGINT   first: finish the task in hand and leave; second: leave at once
 *   SIGHUP            read the settings again
 *   SIGCHLD           wakes the loop
 *   SIGPIPE           ignored
 */

/*
 * Blocks and catches. Call it before any thread or child. `by_monitor`: SIGUSR1 stands for SIGTERM
 * and SIGUSR2 for SIGHUP, and these are ignored: they are the monitor's (worker/monitor.h), which
 * may be sent them together with us.
 */
void hf_signals_init(bool by_monitor);

/* For ppoll(). */
const sigset_t *hf_signals_mask(void);

/* How often SIGTERM or SIGINT has come. */
int hf_signals_terminations(void);

/* True once after each SIGHUP. */
bool hf_signals_take_reload(void);

#endif
