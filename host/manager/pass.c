#include "manager/pass.h"

#include <string.h>

void hf_pass_begin(struct hf_pass *pass)
{
    pass->cursor = (struct hf_place){0};
    pass->at = pass->count = pass->shun_count = 0;
    pass->over = false;
}

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct hf_pass *pass = context;
    pass->page[pass->count++] = *entry;
    return HF_ERR_OK;
}

static enum hf_err turn_page(struct hf_pass *pass, struct hf_ledger *ledger, struct hf_fault *fault)
{
    struct hf_tasks_filter filter = {
        .by_state = true, .state = HF_STATE_PENDING, .after = pass->cursor, .limit = HF_PASS_PAGE};
    pass->at = pass->count = 0;
    enum hf_err err = hf_tasks_list(ledger, &filter, keep, pass, fault);
    if (err == HF_ERR_OK && pass->count == 0)
        pass->over = true;
    return err;
}

enum hf_err hf_pass_peek(struct hf_pass *pass, struct hf_ledger *ledger,
                         const struct hf_entry **out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (!pass->over && pass->at == pass->count)
        err = turn_page(pass, ledger, fault);
    *out = err == HF_ERR_OK && pass->at < pass->count ? &pass->page[pass->at] : NULL;
    return err;
}

void hf_pass_skip(struct hf_pass *pass)
{
    const struct hf_entry *entry = &pass->page[pass->at++];
    pass->cursor = (struct hf_place){entry->job, entry->seq};
}

static bool is_same(const struct hf_target *a, const struct hf_target *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

const struct hf_pass_shun *hf_pass_shunned(const struct hf_pass *pass,
                                           const struct hf_target *target)
{
    for (size_t i = 0; i < pass->shun_count; i++) {
        if (is_same(&pass->shuns[i].target, target))
            return &pass->shuns[i];
    }
    return NULL;
}

void hf_pass_shun(struct hf_pass *pass, const struct hf_target *target, bool missing)
{
    if (pass->shun_count < HF_PASS_SHUNS && !hf_pass_shunned(pass, target))
        pass->shuns[pass->shun_count++] = (struct hf_pass_shun){*target, missing};
}
