#include "wifi/choice.h"

#include <string.h>

void hf_choice_begin(struct hf_choice *choice)
{
    choice->found = false;
    choice->refused = NULL;
}

/* Its place among those that failed; their number: it did not. */
static size_t place_of(const struct hf_choice *choice, const uint8_t address[HF_MAC_BYTES])
{
    size_t i = 0;
    while (i < choice->failed_count && memcmp(choice->failed[i], address, HF_MAC_BYTES) != 0)
        i++;
    return i;
}

static bool is_better(const struct hf_choice *choice, const struct hf_bss *bss)
{
    const size_t own = place_of(choice, bss->address);
    const size_t others = place_of(choice, choice->best.address);
    return own != others ? own > others : bss->signal_mbm > choice->best.signal_mbm;
}

void hf_choice_consider(struct hf_choice *choice, const struct hf_network *network,
                        const struct hf_bss *bss)
{
    if (!hf_bss_is_of(bss, network))
        return;
    const char *why = hf_bss_refuses(bss, network);
    if (why)
        choice->refused = why;
    else if (!choice->found || is_better(choice, bss)) {
        choice->best = *bss;
        choice->found = true;
    }
}

void hf_choice_went(struct hf_choice *choice, bool well)
{
    const size_t place = place_of(choice, choice->best.address);
    if (well && place == choice->failed_count)
        return;
    if (well) {
        choice->failed_count--;
        memmove(choice->failed[place], choice->failed[place + 1],
                (choice->failed_count - place) * HF_MAC_BYTES);
        return;
    }
    if (place == choice->failed_count && place < HF_CHOICE_FAILED_MAX)
        choice->failed_count++;
    const size_t behind = place < HF_CHOICE_FAILED_MAX ? place : HF_CHOICE_FAILED_MAX - 1;
    memmove(choice->failed[1], choice->failed[0], behind * HF_MAC_BYTES);
    memcpy(choice->failed[0], choice->best.address, HF_MAC_BYTES);
}
