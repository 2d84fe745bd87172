#ifndef HF_MANAGER_SERVE_NEWS_H
#define HF_MANAGER_SERVE_NEWS_H

#include "ledger/boards.h"
#include "ledger/jobs.h"
#include "manager/serve_hook.h"

/*
 * What "serve" tells of: each job that has ended, and each board that is missed. Written to the
 * log, to the ledger's events and, one after the other, to the hook.
 *
 * The hook of a job runs at least once: when serve dies while it runs, it runs again. That of a
 * board runs at most once.
 */

struct hf_news {
    struct hf_ledger *ledger; /* borrowed */
    struct hf_hook hook;
    int64_t job; /* whose hook runs; 0: none */
    int64_t
        listening_ms; /* monotonic: events are heard without a break since then; 0: they are
                         not. Set by the caller; a board is missed only when it could be heard */
    int64_t boards_at_ms;
    uint64_t lost_count;            /* boards whose loss was not told to the hook yet, */
    char lost[16][HF_NAME_MAX + 1]; /* up to so many */
};

/*
 * Looks what is new and goes on with the hook; not inside a transaction. `unix_ms` is for what is
 * written, `now_ms` is monotonic. Errors of the ledger.
 */
enum hf_err hf_news_step(struct hf_news *news, int64_t now_ms, int64_t unix_ms,
                         struct hf_fault *fault);

/* Ends a hook that runs. */
void hf_news_stop(struct hf_news *news);

#endif
