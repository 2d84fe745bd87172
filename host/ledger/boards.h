#ifndef HF_LEDGER_BOARDS_H
#define HF_LEDGER_BOARDS_H

#include "ledger/ledger.h"
#include "wire/event.h"

/*
 * The table `boards`: who was enrolled, and what each was last heard to say. A hint about the
 * fleet, kept over restarts; tasks and results don't depend on it. Times are Unix ms by our clock.
 */

#define HF_BOARDS_STRANGERS_MAX 2048 /* that were never enrolled here; those heard last stay */

struct hf_board {
    char name[HF_NAME_MAX + 1];
    char pool[HF_NAME_MAX + 1];  /* as enrolled; empty: not known */
    int64_t enrolled_ms;         /* 0: it was never enrolled here */
    int64_t retired_ms;          /* 0: it was not */
    int64_t seen_ms;             /* its last event or result; 0: never */
    int64_t lost_ms;             /* since when it is missed (hf_boards_lost); 0: it is not */
    char state[16];              /* of its last presence: "idle", "busy", ...; empty: never heard */
    char task[HF_ID_MAX + 1];    /* likewise; empty: none */
    int64_t certificate_until_s; /* Unix time: end of its newest certificate; 0: not known */
    int64_t done, failed;        /* tasks that ended by its report, well or not */
    int64_t presence_ms;         /* 0: `presence` is zero */
    struct hf_presence presence;
    int64_t facts_ms; /* 0: `facts` is zero */
    struct hf_facts facts;
};

/* It has a certificate and queues now; a retired one is back. */
enum hf_err hf_boards_enrolled(struct hf_ledger *ledger, const char *name, const char *pool,
                               int64_t now_ms, struct hf_fault *fault);

/* It shall report nothing any more. Its row stays. HF_ERR_NOT_FOUND. */
enum hf_err hf_boards_retired(struct hf_ledger *ledger, const char *name, int64_t now_ms,
                              struct hf_fault *fault);

/*
 * It sent an event, of any kind: it is seen, and missed no longer. A presence and facts are kept. A
 * board that is not known gets a row, with enrolled_ms 0, and of these the one that was silent
 * longest goes when there are more than HF_BOARDS_STRANGERS_MAX. HF_ERR_INVALID: an event that
 * could not be sent. Batches belong in one transaction.
 */
enum hf_err hf_boards_heard(struct hf_ledger *ledger, const char *name,
                            const struct hf_event *event, int64_t now_ms, struct hf_fault *fault);

/* It was not heard since `seen_ms`: it is missed. `*moved` is false when it was heard meanwhile, or
 * is missed already. */
enum hf_err hf_boards_lost(struct hf_ledger *ledger, const char *name, int64_t seen_ms,
                           int64_t now_ms, bool *moved, struct hf_fault *fault);

/* HF_ERR_NOT_FOUND. */
enum hf_err hf_boards_get(struct hf_ledger *ledger, const char *name, struct hf_board *out,
                          struct hf_fault *fault);

/*
 * Whether its results count: it was enrolled here and is not retired. While no board at all was
 * enrolled here (a new ledger for a fleet that is there already) those of every board do.
 */
enum hf_err hf_boards_may_report(struct hf_ledger *ledger, const char *name, bool *may,
                                 struct hf_fault *fault);

typedef enum hf_err (*hf_boards_each)(void *context, const struct hf_board *board);

/* All of them by name, retired ones too. `each` as in ledger/tasks.h. */
enum hf_err hf_boards_list(struct hf_ledger *ledger, hf_boards_each each, void *context,
                           struct hf_fault *fault);

/* Inside ledger/ only: a task ended by its report. Does nothing for an unknown or empty name. */
enum hf_err hf_boards_reported(struct hf_ledger *ledger, const char *name, bool done,
                               int64_t now_ms, struct hf_fault *fault);

#endif
