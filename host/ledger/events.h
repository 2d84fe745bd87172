#ifndef HF_LEDGER_EVENTS_H
#define HF_LEDGER_EVENTS_H

#include "ledger/ledger.h"
#include "wire/ident.h"

/*
 * The table `events`: what happened and is worth to be looked up, in the order in which it was
 * noted. Boards come and go, jobs end, a task says something. The oldest go when there are more
 * than HF_HAPPENINGS_MAX.
 */

#define HF_HAPPENINGS_MAX     100000
#define HF_HAPPENING_KIND_MAX 31
#define HF_HAPPENING_TEXT_MAX 4096

/* Pointers are borrowed, and from a listing valid during the call of `each`. */
struct hf_happening {
    int64_t number;                       /* given by hf_events_add; grows */
    int64_t at_ms;                        /* Unix ms by our clock */
    char kind[HF_HAPPENING_KIND_MAX + 1]; /* "board-lost", "job-ended", "progress", "log", ... */
    char board[HF_NAME_MAX + 1];          /* empty: none */
    char task[HF_ID_MAX + 1];             /* id; empty: none */
    int64_t job;                          /* number; 0: none */
    const char *text; /* up to HF_HAPPENING_TEXT_MAX bytes; what is over that is cut */
};

/* Writes one down, sets its number and lets the oldest go. */
enum hf_err hf_events_add(struct hf_ledger *ledger, struct hf_happening *happening,
                          struct hf_fault *fault);

struct hf_events_filter {
    const char *board; /* only those of that board; NULL: any */
    const char *task;  /* only those about that task; NULL: any. Not together with `board` */
    bool newest_first;
    int64_t after; /* go on behind that number, in the order asked for; 0: from the beginning */
    int64_t limit; /* rows at most, at least 1 */
};

typedef enum hf_err (*hf_events_each)(void *context, const struct hf_happening *happening);

/* `each` as in ledger/tasks.h. */
enum hf_err hf_events_list(struct hf_ledger *ledger, const struct hf_events_filter *filter,
                           hf_events_each each, void *context, struct hf_fault *fault);

/* Number of the newest one; 0: there is none. */
enum hf_err hf_events_newest(struct hf_ledger *ledger, int64_t *out, struct hf_fault *fault);

#endif
