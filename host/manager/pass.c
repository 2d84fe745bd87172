#include "manager/pass.h"

#include <string.h>

#define READS_PER_TURN 2

void hf_pass_begin(struct hf_pass *pass)
{
    if (pass->scribe)
        hf_scribe_drop(pass->scribe);
    pass->cursor = (struct hf_place){0};
    for (size_t i = 0; i < HF_SCRIBE_PAGES; i++)
        pass->pages[i].count = 0;
    pass->at = pass->ahead = pass->shun_count = 0;
    pass->over = false;
}

static struct hf_place place_of(const struct hf_entry *entry)
{
    return (struct hf_place){entry->job, entry->seq};
}

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    struct hf_pass_page *page = context;
    page->entries[page->count++] = *entry;
    return HF_ERR_OK;
}

static enum hf_err read_page(struct hf_ledger *ledger, struct hf_place after,
                             struct hf_pass_page *page, struct hf_fault *fault)
{
    struct hf_tasks_filter filter = {
        .by_state = true, .state = HF_STATE_PENDING, .after = after, .limit = HF_PASS_PAGE};
    page->count = 0;
    page->given = false;
    return hf_tasks_list(ledger, &filter, keep, page, fault);
}

static void give(struct hf_pass *pass, struct hf_pass_page *page)
{
    page->given = pass->scribe && page->count > 0;
    if (page->given)
        hf_scribe_give(pass->scribe, page->entries, page->count);
}

static struct hf_pass_page *page_at(struct hf_pass *pass, size_t behind)
{
    return &pass->pages[(pass->hand + behind) % HF_SCRIBE_PAGES];
}

/* Only behind a full page: behind another one there is nothing, or hardly anything. */
static enum hf_err read_ahead(struct hf_pass *pass, struct hf_ledger *ledger,
                              struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (int reads = 0; reads < READS_PER_TURN && err == HF_ERR_OK; reads++) {
        const struct hf_pass_page *last = page_at(pass, pass->ahead);
        struct hf_pass_page *next = page_at(pass, pass->ahead + 1);
        if (pass->ahead == HF_SCRIBE_PAGES - 1 || last->count < HF_PASS_PAGE)
            return HF_ERR_OK;
        err = read_page(ledger, place_of(&last->entries[last->count - 1]), next, fault);
        if (err != HF_ERR_OK || next->count == 0)
            return err;
        give(pass, next);
        pass->ahead++;
    }
    return err;
}

static enum hf_err turn_page(struct hf_pass *pass, struct hf_ledger *ledger, struct hf_fault *fault)
{
    struct hf_pass_page *page = page_at(pass, 1);
    enum hf_err err = HF_ERR_OK;
    page_at(pass, 0)->count = 0;
    pass->at = 0;
    pass->hand = (pass->hand + 1) % HF_SCRIBE_PAGES;
    if (pass->ahead > 0) {
        pass->ahead--;
    } else {
        err = read_page(ledger, pass->cursor, page, fault);
        if (err == HF_ERR_OK && page->count == HF_PASS_PAGE)
            give(pass, page);
    }
    if (err == HF_ERR_OK)
        err = read_ahead(pass, ledger, fault);
    if (page->given)
        hf_scribe_take(pass->scribe, page->entries, page->count);
    page->given = false;
    if (err == HF_ERR_OK && page->count == 0)
        pass->over = true;
    return err;
}

enum hf_err hf_pass_peek(struct hf_pass *pass, struct hf_ledger *ledger,
                         const struct hf_entry **out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (!pass->over && pass->at == pass->pages[pass->hand].count)
        err = turn_page(pass, ledger, fault);
    const struct hf_pass_page *page = &pass->pages[pass->hand];
    *out = err == HF_ERR_OK && pass->at < page->count ? &page->entries[pass->at] : NULL;
    return err;
}

void hf_pass_skip(struct hf_pass *pass)
{
    pass->cursor = place_of(&pass->pages[pass->hand].entries[pass->at++]);
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
