#include "ledger/state.h"

static const char *const STATE_TEXTS[HF_STATE_COUNT] = {
#define X(name, text) [HF_STATE_##name] = (text),
    HF_STATE_LIST(X)
#undef X
};

const char *hf_state_text(enum hf_state state)
{
    return (size_t)state < HF_STATE_COUNT ? STATE_TEXTS[state] : "?";
}

enum hf_err hf_state_parse(struct hf_str text, enum hf_state *out)
{
    for (size_t i = 0; i < HF_STATE_COUNT; i++) {
        if (!hf_str_equal(text, hf_str(STATE_TEXTS[i])))
            continue;
        *out = (enum hf_state)i;
        return HF_ERR_OK;
    }
    return HF_ERR_INVALID;
}

bool hf_state_is_open(enum hf_state state)
{
    return state == HF_STATE_PENDING || state == HF_STATE_QUEUED || state == HF_STATE_RUNNING;
}

int64_t hf_counts_total(const struct hf_counts *counts)
{
    int64_t total = 0;
    for (size_t i = 0; i < HF_STATE_COUNT; i++)
        total += counts->of[i];
    return total;
}

int64_t hf_counts_open(const struct hf_counts *counts)
{
    return counts->of[HF_STATE_PENDING] + counts->of[HF_STATE_QUEUED] +
           counts->of[HF_STATE_RUNNING];
}

static enum hf_state ending_of(enum hf_status status)
{
    switch (status) {
    case HF_STATUS_DONE: return HF_STATE_DONE;
    case HF_STATUS_RETRY: return HF_STATE_DEAD;
    case HF_STATUS_FAILED: return HF_STATE_FAILED;
    case HF_STATUS_CANCELLED: return HF_STATE_CANCELLED;
    case HF_STATUS_EXPIRED: return HF_STATE_EXPIRED;
    case HF_STATUS_REFUSED: return HF_STATE_REFUSED;
    }
    return HF_STATE_FAILED;
}

static bool is_of_before(const struct hf_standing *standing, uint32_t attempt)
{
    return attempt != 0 && attempt < standing->attempt;
}

static struct hf_judgement as_duplicate(const struct hf_standing *standing)
{
    return (struct hf_judgement){HF_VERDICT_DUPLICATE, standing->state};
}

struct hf_judgement hf_judge(const struct hf_standing *standing, enum hf_status status,
                             uint32_t attempt)
{
    if (!hf_state_is_open(standing->state))
        return as_duplicate(standing);
    if (is_of_before(standing, attempt) &&
        (status != HF_STATUS_DONE || attempt <= standing->redone_attempt))
        return as_duplicate(standing);
    if (status == HF_STATUS_RETRY && standing->attempt < standing->max_attempts)
        return (struct hf_judgement){HF_VERDICT_RETRY, HF_STATE_PENDING};
    return (struct hf_judgement){HF_VERDICT_ENDED, ending_of(status)};
}

struct hf_judgement hf_judge_dead_letter(const struct hf_standing *standing, uint32_t attempt)
{
    if (!hf_state_is_open(standing->state) || is_of_before(standing, attempt))
        return as_duplicate(standing);
    return (struct hf_judgement){HF_VERDICT_ENDED, HF_STATE_DEAD};
}

const char *hf_verdict_text(enum hf_verdict verdict)
{
    switch (verdict) {
    case HF_VERDICT_ENDED: return "ended";
    case HF_VERDICT_RETRY: return "retry";
    case HF_VERDICT_DUPLICATE: return "duplicate";
    case HF_VERDICT_STRAY: return "stray";
    }
    return "?";
}
