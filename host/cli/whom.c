#include "cli/whom.h"

#include "cli/known.h"

#include <stdlib.h>
#include <string.h>

struct list {
    const struct hf_whom *whom;
    struct hf_board *boards;
    size_t count, size;
};

enum hf_err hf_whom_check(const struct hf_whom *whom, struct hf_fault *fault)
{
    const int ways = (whom->names > 0) + (whom->pool != NULL) + whom->all;
    if (ways == 1)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        ways ? "names of boards, --pool and --all exclude each other"
                             : "for which board? Give names, --pool POOL or --all");
}

bool hf_whom_wants(const struct hf_whom *whom, const struct hf_board *board)
{
    bool wanted = whom->all || (whom->pool && strcmp(whom->pool, board->pool) == 0);
    for (int i = 0; i < whom->names; i++)
        wanted = wanted || strcmp(whom->argv[i], board->name) == 0;
    return wanted && board->retired_ms == 0;
}

static enum hf_err add(void *context, const struct hf_board *board)
{
    struct list *list = context;
    if (!hf_whom_wants(list->whom, board) || board->enrolled_ms == 0)
        return HF_ERR_OK;
    if (list->count == list->size) {
        const size_t size = list->size ? 2 * list->size : 16;
        struct hf_board *larger = realloc(list->boards, size * sizeof *larger);
        if (!larger)
            return HF_ERR_NO_MEMORY;
        list->boards = larger;
        list->size = size;
    }
    list->boards[list->count++] = *board;
    return HF_ERR_OK;
}

enum hf_err hf_whom_enrolled(const struct hf_whom *whom, struct hf_ledger *ledger,
                             struct hf_board **out, size_t *count, struct hf_fault *fault)
{
    struct list list = {.whom = whom};
    enum hf_err err = hf_boards_list(ledger, add, &list, fault);
    if (err == HF_ERR_NO_MEMORY)
        hf_fault_set(fault, err, 0, "no memory for a list of boards");
    if (err != HF_ERR_OK) {
        free(list.boards);
        return err;
    }
    *out = list.boards;
    *count = list.count;
    return HF_ERR_OK;
}

const char *hf_whom_unknown(const struct hf_whom *whom, const struct hf_board *boards, size_t count)
{
    for (int i = 0; i < whom->names; i++) {
        bool known = false;
        for (size_t k = 0; k < count; k++)
            known = known || strcmp(boards[k].name, whom->argv[i]) == 0;
        if (!known)
            return whom->argv[i];
    }
    return NULL;
}

enum hf_err hf_whom_refuse(struct hf_ledger *ledger, const char *unknown, struct hf_fault *fault)
{
    hf_fault_set(fault, HF_ERR_INVALID, 0, "no board \"%.60s\" is enrolled here: holdfast boards",
                 unknown);
    return hf_known_suggest(ledger, "BOARD", unknown, fault);
}
