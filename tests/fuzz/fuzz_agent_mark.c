/* The mark of updates, as it lies on flash behind a checksum that is right: the bytes are its
 * facts. */
#include "fuzz.h"
#include "worker/agent_mark.h"

#include <string.h>

static void decide(struct hf_agent_mark mark, bool is_base)
{
    const struct hf_agent_hash self = mark.current;
    const uint32_t tries = mark.tries;
    bool changed = false;
    const enum hf_agent_choice choice = hf_agent_decide(&mark, &self, is_base, &changed);
    fuzz_must(choice != HF_AGENT_RUN_TRIAL ||
              (tries < HF_AGENT_TRIES_MAX && mark.tries == tries + 1 && changed));
    fuzz_must(choice != HF_AGENT_RUN_CURRENT || hf_agent_is_set(&mark.current));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct hf_agent_mark none;
    struct hf_agent_mark mark;
    uint8_t made[HF_AGENT_MARK_BYTES];
    if (!hf_agent_mark_decode(data, len, &mark)) {
        fuzz_must(memcmp(&mark, &none, sizeof mark) == 0);
        return 0;
    }
    fuzz_must(hf_agent_mark_encode(&mark, made) == len && memcmp(made, data, len) == 0);
    (void)hf_agent_is_fresh(mark.task, mark.attempt, "0190a6d2-7c1e-7b3a-9d4f-2a1b3c4d5e6f", 1);
    decide(mark, true);
    decide(mark, false);
    return 0;
}
