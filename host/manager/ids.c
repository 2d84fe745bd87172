#include "manager/ids.h"

#include "link/clock.h"
#include "link/random.h"

void hf_ids_next(struct hf_ids *ids, char out[HF_ID_MAX + 1])
{
    if (ids->left == 0) {
        hf_random(ids->random, sizeof ids->random);
        ids->left = sizeof ids->random / HF_IDS_RANDOM;
    }
    ids->left--;
    hf_uuid7(out, (uint64_t)hf_clock_unix_ms(), ids->random + ids->left * HF_IDS_RANDOM);
}
