#ifndef HF_WORKER_RUNNER_INTERNAL_H
#define HF_WORKER_RUNNER_INTERNAL_H

#include "worker/runner.h"

/*
 * What the parts of the runner share; nobody else's.
 *
 *   runner.c         a run from its beginning to its end: streams, deadlines, the outcome
 *   runner_child.c   the start: a program's child, the warm child, their pipes
 *
 * The processes are in worker/brood.h.
 */

enum stream { RESULT, LOG, PROGRESS }; /* places in hf_runner.fds */

/*
 * Has the handler begin in a child: `built_in`, child and descriptors of the runner say which.
 * After an error something of that may be there still: hf_runner_abandon.
 */
enum hf_err hf_runner_launch(struct hf_runner *runner, const struct hf_run_spec *spec,
                             struct hf_fault *fault);

/* The warm child has done its task: beside the runner it goes, or away. */
void hf_runner_park(struct hf_runner *runner, bool keep);
void hf_runner_discard_warm(struct hf_runner *runner); /* one that waits */

/* Kills what runs, waits for it; closes pipes and output. */
void hf_runner_abandon(struct hf_runner *runner);

/* Of the processes that this runner's children are among. */
int64_t hf_runner_oom_kills(const struct hf_runner *runner);

void hf_runner_close_pipes(struct hf_runner *runner);

#endif
