#ifndef HF_CLI_SOURCE_H
#define HF_CLI_SOURCE_H

#include "home/home.h"
#include "manager/series.h"

/* Where the payloads of a job come from, as a command line says it. */

enum hf_source_kind {
    HF_SOURCE_DATA,  /* `text`, or nothing */
    HF_SOURCE_STDIN, /* all of it is one payload */
    HF_SOURCE_FILES, /* `operands`: one task for each */
    HF_SOURCE_LINES, /* of the file `text`, "-" is stdin */
    HF_SOURCE_RANGE, /* `range` */
    HF_SOURCE_ARRAY, /* `text`: JSON, or the name of a file that has it, "-" is stdin */
};

struct hf_source {
    enum hf_source_kind kind;
    const char *text;
    const char *args; /* of --handler-args; NULL: none */
    struct hf_range range;
    int count;
    char **operands;
};

/* What there is to say about a job once it is in the ledger. */
struct hf_entered {
    struct hf_job job; /* of a schedule: the pattern of its jobs */
    int64_t schedule;  /* its number; 0: it is a job of now */
    bool existing;     /* a task of that id was there: nothing was added */
    int64_t tasks;     /* how many were made */
    uint64_t bytes;    /* of payloads */
};

/*
 * Makes the job (or schedule) of `order` with payloads from `source`, as one transaction. Errors of
 * manager/submission.h, manager/series.h and cli/input.h.
 */
enum hf_err hf_source_enter(struct hf_ledger *ledger, const struct hf_home *home,
                            const struct hf_order *order, const struct hf_source *source,
                            struct hf_entered *out, struct hf_fault *fault);

/* Whether an error of that kind is about the words of the user: nothing was tried. */
bool hf_source_is_usage(enum hf_err err);

#endif
