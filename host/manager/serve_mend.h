#ifndef HF_MANAGER_SERVE_MEND_H
#define HF_MANAGER_SERVE_MEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * While serving, "holdfast reconcile" is run now and then, as a child of its own: it waits for the
 * broker's management API, which serve must not.
 */

#define HF_MEND_EVERY_MS 60000

struct hf_mend {
    pid_t child;     /* 0: none runs */
    int64_t next_ms; /* monotonic */
};

/* Starts the next one when it is due and `up`, and takes the last one's end. */
void hf_mend_step(struct hf_mend *mend, bool up, int64_t now_ms);

/* Ends a child that still runs. */
void hf_mend_stop(struct hf_mend *mend);

#endif
