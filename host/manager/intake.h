#ifndef HF_MANAGER_INTAKE_H
#define HF_MANAGER_INTAKE_H

#include "ledger/results.h"
#include "ledger/strays.h"
#include "link/digest.h"
#include "link/session.h"

/*
 * One delivery on its way in, on one channel: from its properties through the pieces of its body
 * to what the ledger is to be told. Knows no transactions and no acks. Memory does not grow with
 * the body: what is large goes to a file as it comes.
 */

#define HF_INTAKE_BODY_MAX (UINT64_C(256) * 1024 * 1024) /* bytes; a larger body makes a stray */

enum hf_intake_kind {
    HF_INTAKE_RESULT,      /* hf.q.results */
    HF_INTAKE_DEAD_LETTER, /* hf.q.dead: tasks, and results if the broker ever puts one there */
};

struct hf_intake {
    enum hf_intake_kind kind; /* of the channel */
    const char *queue;        /* its name, for strays */
    uint64_t tag;
    bool is_plain_task; /* a dead letter whose body has its id */
    bool is_stray;
    bool keeps_body;
    int64_t attempt;         /* of a plain task */
    struct hf_report report; /* unless it is a stray */
    struct hf_stray stray;   /* always filled in: a readable one may turn out to be one */
    struct hf_body body;
    struct hf_digest digest;                               /* of the body, as it comes */
    uint8_t words[HF_SHA256_BYTES], hash[HF_SHA256_BYTES]; /* of a result: see hf_seal_result */
    struct hf_body_writer *writer;
    struct hf_bodies *bodies;
};

/* HF_ERR_NO_MEMORY. `bodies` and `queue` are borrowed. */
enum hf_err hf_intake_init(struct hf_intake *intake, enum hf_intake_kind kind, const char *queue,
                           struct hf_bodies *bodies, struct hf_fault *fault);
void hf_intake_free(struct hf_intake *intake);

/* DELIVERY: reads the envelope. What cannot be read makes a stray, which is no error. */
void hf_intake_begin(struct hf_intake *intake, const struct hf_session_event *event);

/* BODY. HF_ERR_NO_SPACE, HF_ERR_IO: the delivery is lost for now, it will come again. */
enum hf_err hf_intake_body(struct hf_intake *intake, struct hf_str bytes, struct hf_fault *fault);

/* DELIVERED: `report` (or `stray`) is whole until the next begin, but for its body, which has to be
 * settled before either is stored. Errors as above. */
enum hf_err hf_intake_end(struct hf_intake *intake, int64_t unix_ms, struct hf_fault *fault);

/* Whether the body takes a file. */
bool hf_intake_is_large(const struct hf_intake *intake);

/*
 * Keeps the body; of one that is large and not `whole` only the size: whoever may send results
 * could fill the disk with what nobody asked for. Errors as above.
 */
enum hf_err hf_intake_settle(struct hf_intake *intake, bool whole, struct hf_fault *fault);

/* The board that reported it was never enrolled here, or is retired: says so in `stray`. */
void hf_intake_is_foreign(struct hf_intake *intake);

/* It is not signed as it has to be, as `why` says: says so in `stray`. */
void hf_intake_is_unproven(struct hf_intake *intake, const char *why);

/* What was delivered belongs to no task of this ledger, or to one of another board: says so in
 * `stray`. */
void hf_intake_is_unknown(struct hf_intake *intake);

#endif
