#ifndef HF_LEDGER_CHECK_H
#define HF_LEDGER_CHECK_H

#include "ledger/ledger.h"

#include <stdint.h>

/* Whether a ledger is sound: the database, what its tables say of each other, the files of bodies.
 */

/* Called for each thing that is wrong; anything but HF_ERR_OK ends the check and is handed back. */
typedef enum hf_err (*hf_check_each)(void *context, const char *problem);

struct hf_check {
    int64_t tasks, results, files; /* that were looked at */
    int64_t problems;
    int64_t mended; /* counts, with `repair` */
    int64_t unused; /* files that nothing refers to; no problem: "prune" removes them */
};

/*
 * Looks at all of it, for as long as that takes. With `repair` the counts of tasks, which are made
 * from the tasks, are made anew where they are wrong; nothing else is touched. Errors of the
 * ledger.
 */
enum hf_err hf_ledger_check(struct hf_ledger *ledger, bool repair, hf_check_each each,
                            void *context, struct hf_check *out, struct hf_fault *fault);

#endif
