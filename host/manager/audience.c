#include "manager/audience.h"

#include "ledger/boards.h"

#include <stdlib.h>

struct audience {
    struct hf_target *targets;
    size_t count, size;
};

static enum hf_err add(void *context, const struct hf_board *board)
{
    struct audience *audience = context;
    if (board->enrolled_ms == 0 || board->retired_ms != 0)
        return HF_ERR_OK;
    if (audience->count == audience->size) {
        size_t size = audience->size ? 2 * audience->size : 32;
        struct hf_target *larger = realloc(audience->targets, size * sizeof *larger);
        if (!larger)
            return HF_ERR_NO_MEMORY;
        audience->targets = larger;
        audience->size = size;
    }
    struct hf_target *target = &audience->targets[audience->count++];
    *target = (struct hf_target){.kind = HF_TARGET_BOARD};
    (void)hf_str_copy(target->name, sizeof target->name, hf_str(board->name));
    return HF_ERR_OK;
}

enum hf_err hf_audience_all(struct hf_ledger *ledger, struct hf_target **out, size_t *count,
                            struct hf_fault *fault)
{
    struct audience audience = {0};
    enum hf_err err = hf_boards_list(ledger, add, &audience, fault);
    if (err == HF_ERR_NO_MEMORY)
        hf_fault_set(fault, err, 0, "no memory for a list of boards");
    else if (err == HF_ERR_OK && audience.count == 0)
        err = hf_fault_set(fault, HF_ERR_MISSING, 0,
                           "there is no board: make one known with \"holdfast enroll NAME\"");
    if (err != HF_ERR_OK) {
        free(audience.targets);
        return err;
    }
    *out = audience.targets;
    *count = audience.count;
    return HF_ERR_OK;
}
