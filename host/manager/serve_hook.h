#ifndef HF_MANAGER_SERVE_HOOK_H
#define HF_MANAGER_SERVE_HOOK_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The hook of "serve": a command of the user's, run by /bin/sh when something has happened, one at
 * a time. It gets the facts in its environment (HOLDFAST_EVENT and more) and as one line of JSON
 * on its standard input; what it writes goes where serve writes. One that takes longer than
 * HF_HOOK_MS is ended, with all it has started. Never blocks.
 */

#define HF_HOOK_MS       60000
#define HF_HOOK_JSON_MAX 2048
#define HF_HOOK_VARS     12

struct hf_hook {
    const char *command; /* borrowed; NULL: there is none, and all is well at once */
    pid_t pid;           /* 0: none runs */
    int64_t end_ms;      /* monotonic */
    bool killed;
};

/* What a run is told: "HOLDFAST_JOB=7" and so on, ended by NULL, and the JSON. */
struct hf_hook_facts {
    const char *vars[HF_HOOK_VARS + 1];
    const char *json;
};

bool hf_hook_is_busy(const struct hf_hook *hook);

/* Starts a run. HF_ERR_BUSY; HF_ERR_IO: no process could be made. */
enum hf_err hf_hook_start(struct hf_hook *hook, const struct hf_hook_facts *facts, int64_t now_ms,
                          struct hf_fault *fault);

/* True once when a run is over, with its exit code (128 + signal when one ended it). */
bool hf_hook_is_over(struct hf_hook *hook, int64_t now_ms, int *code);

/* Ends a run at once. */
void hf_hook_stop(struct hf_hook *hook);

#endif
