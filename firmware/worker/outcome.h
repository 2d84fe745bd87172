#ifndef HF_WORKER_OUTCOME_H
#define HF_WORKER_OUTCOME_H

#include "wire/limits.h"
#include "wire/result.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How one run of a handler ended, and what that means as a result. Pure.
 *
 *   end                    status     reason
 *   exited, code 0         done
 *   exited, code 75        retry      "exit 75: try again later"
 *   exited, other          failed     "exit 3"
 *   exited, by a signal    retry      "killed by signal 11 (Segmentation fault)"
 *   timed out              retry      "timed out after 3600 s"
 *   the soft timeout, and  retry      "ended at its soft time limit of 60 s"
 *   TERM was its end
 *   a bound was its end    retry      "used up its 10 s of processor time (limit cpu_s)", ...
 *   output too large       failed     "output over the limit of 16711680 bytes"
 *   cancelled              cancelled  "cancelled while it ran"
 *   stopped                retry      "the worker was stopped while it ran"
 *   output lost            retry      what failed
 *   not started            refused when the program itself is at fault, else retry; what failed
 */
enum hf_run_end {
    HF_RUN_EXITED, /* by itself, or by a signal that the worker did not send */
    HF_RUN_TIMED_OUT,
    HF_RUN_OUTPUT_TOO_LARGE,
    HF_RUN_CANCELLED,
    HF_RUN_STOPPED,
    HF_RUN_OUTPUT_LOST, /* the spool failed: no space, most likely */
    HF_RUN_NOT_STARTED  /* the child failed before the handler began; `start_errno` */
};

struct hf_outcome {
    enum hf_run_end end;
    int32_t exit_code; /* -1: did not exit by itself */
    int32_t signal;    /* 0: was not killed by one */
    int start_errno;   /* HF_RUN_NOT_STARTED */
    int64_t peak_kb;
    int64_t cpu_ms;
    int64_t started_unix_ms;
    int64_t duration_ms;
    int64_t soft_limit_ms;   /* TERM was sent then; 0: it was not */
    struct hf_limits limits; /* that the run had */
    bool out_of_memory;      /* the kernel killed it, or one of its kin, for want of memory */
    int64_t limit; /* the limit that was passed: ms of HF_RUN_TIMED_OUT, bytes of ..TOO_LARGE */
    char detail[HF_REASON_MAX + 1];     /* HF_RUN_NOT_STARTED, HF_RUN_OUTPUT_LOST: what failed */
    char log_tail[HF_LOG_TAIL_MAX + 1]; /* UTF-8 text */
};

/* Fills everything of `out` but id, job, board and attempt, which stay as they are. */
void hf_outcome_result(const struct hf_outcome *outcome, struct hf_result *out);

#endif
