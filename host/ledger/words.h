#ifndef HF_LEDGER_WORDS_H
#define HF_LEDGER_WORDS_H

#include "ledger/ledger.h"

#include <stdbool.h>

/* Words that stand in the ledger, for whoever is about to type one. */

enum hf_words {
    HF_WORDS_JOB_ID,
    HF_WORDS_JOB_NAME,
    HF_WORDS_TASK_ID,
    HF_WORDS_HANDLER, /* of jobs */
    HF_WORDS_POOL,    /* of jobs */
    HF_WORDS_COUNT
};

/* `word` is valid during the call, which must not write to the ledger. false: that is enough. */
typedef bool (*hf_words_each)(void *context, const char *word);

/*
 * Those that begin with `beginning`, in their order, each once and none empty. Costs as much as
 * there are of them, however many rows they stand in.
 */
enum hf_err hf_words_list(struct hf_ledger *ledger, enum hf_words kind, const char *beginning,
                          hf_words_each each, void *context, struct hf_fault *fault);

#endif
