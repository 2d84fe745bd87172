#ifndef HF_CLI_WHOM_H
#define HF_CLI_WHOM_H

#include "ledger/boards.h"

/* Which boards a command is for: names, --pool or --all. The texts are the caller's. */
struct hf_whom {
    const char *pool; /* NULL: not given */
    bool all;
    int names;
    char **argv;
};

/* HF_ERR_INVALID: it is said in no way, or in several. For commands that have all three. */
enum hf_err hf_whom_check(const struct hf_whom *whom, struct hf_fault *fault);

/* It is meant, and not retired. */
bool hf_whom_wants(const struct hf_whom *whom, const struct hf_board *board);

/* Those that are meant and enrolled, by name; allocated, the caller frees it, also when `*count` is
 * 0. HF_ERR_NO_MEMORY, errors of the ledger: there is nothing to free. */
enum hf_err hf_whom_enrolled(const struct hf_whom *whom, struct hf_ledger *ledger,
                             struct hf_board **out, size_t *count, struct hf_fault *fault);

/* The first of the names that is not among these boards; NULL: none. */
const char *hf_whom_unknown(const struct hf_whom *whom, const struct hf_board *boards,
                            size_t count);

/* HF_ERR_INVALID: no board of that name is enrolled; the fault names the one that may be meant. */
enum hf_err hf_whom_refuse(struct hf_ledger *ledger, const char *unknown, struct hf_fault *fault);

#endif
