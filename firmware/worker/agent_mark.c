#include "worker/agent_mark.h"

#include "worker/bytes.h"

#include <stdio.h>
#include <string.h>

size_t hf_agent_mark_encode(const struct hf_agent_mark *mark, uint8_t bytes[HF_AGENT_MARK_BYTES])
{
    struct hf_bytes_out out = {.data = bytes, .size = HF_AGENT_MARK_BYTES};
    hf_bytes_put_raw(&out, mark, 4 * sizeof mark->base);
    hf_bytes_put_u32(&out, mark->tries);
    hf_bytes_put_u32(&out, mark->attempt);
    hf_bytes_put_text(&out, hf_str(mark->task));
    hf_bytes_put_text(&out, hf_str(mark->base_path));
    hf_bytes_put_text(&out, hf_str(mark->reason));
    return out.len;
}

bool hf_agent_mark_decode(const uint8_t *bytes, size_t len, struct hf_agent_mark *out)
{
    struct hf_bytes_in in = {.data = bytes, .left = len};
    memset(out, 0, sizeof *out);
    const struct hf_str hashes = hf_bytes_get_raw(&in, 4 * sizeof out->base);
    if (hashes.len > 0)
        memcpy(out, hashes.data, hashes.len);
    out->tries = hf_bytes_get_u32(&in);
    out->attempt = hf_bytes_get_u32(&in);
    hf_bytes_get_text(&in, out->task, sizeof out->task);
    hf_bytes_get_text(&in, out->base_path, sizeof out->base_path);
    hf_bytes_get_text(&in, out->reason, sizeof out->reason);
    const bool whole = !in.bad && in.left == 0;
    if (!whole)
        memset(out, 0, sizeof *out);
    return whole;
}

bool hf_agent_is(const struct hf_agent_hash *a, const struct hf_agent_hash *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool hf_agent_is_set(const struct hf_agent_hash *hash)
{
    static const struct hf_agent_hash NONE;
    return !hf_agent_is(hash, &NONE);
}

static void clear(struct hf_agent_hash *hash)
{
    memset(hash, 0, sizeof *hash);
}

void hf_agent_fail(struct hf_agent_mark *mark, const char *reason)
{
    mark->failed = mark->trial;
    clear(&mark->trial);
    (void)snprintf(mark->reason, sizeof mark->reason, "%s", reason);
}

void hf_agent_keep(struct hf_agent_mark *mark)
{
    mark->current = mark->trial;
    clear(&mark->trial);
}

void hf_agent_try(struct hf_agent_mark *mark, const struct hf_agent_hash *hash, const char *task,
                  uint32_t attempt)
{
    mark->trial = *hash;
    clear(&mark->failed);
    mark->tries = 0;
    mark->attempt = attempt;
    (void)snprintf(mark->task, sizeof mark->task, "%s", task);
}

enum hf_agent_choice hf_agent_decide(struct hf_agent_mark *mark, const struct hf_agent_hash *self,
                                     bool is_base, bool *changed)
{
    *changed = false;
    if (is_base && !hf_agent_is(&mark->base, self)) {
        *changed = hf_agent_is_set(&mark->current) || hf_agent_is_set(&mark->trial);
        clear(&mark->current);
        clear(&mark->trial);
        return HF_AGENT_STAY;
    }
    if (hf_agent_is_set(&mark->trial)) {
        if (!is_base && hf_agent_is(&mark->trial, self))
            return HF_AGENT_ON_TRIAL;
        *changed = true;
        if (mark->tries++ < HF_AGENT_TRIES_MAX)
            return HF_AGENT_RUN_TRIAL;
        hf_agent_fail(mark, "it went down each time before its first result was confirmed");
    }
    if (hf_agent_is_set(&mark->current) && (is_base || !hf_agent_is(&mark->current, self)))
        return HF_AGENT_RUN_CURRENT;
    return HF_AGENT_STAY;
}

bool hf_agent_is_fresh(const char *last, uint32_t last_attempt, const char *task, uint32_t attempt)
{
    const int order = strcmp(last, task);
    if (strlen(last) != HF_UUID_TEXT || strlen(task) != HF_UUID_TEXT)
        return true; /* an id that somebody made up tells no time */
    return order < 0 || (order == 0 && last_attempt <= attempt);
}
