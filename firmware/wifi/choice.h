#ifndef HF_WIFI_CHOICE_H
#define HF_WIFI_CHOICE_H

#include "wifi/bss.h"

/*
 * Which access point of a network is to be joined: the strongest of those that did not fail; where
 * all did, the one whose failure is the longest ago. So none that bears the network's name and
 * has another key, a neighbour's or a stranger's, keeps a station from the others. Pure.
 */

#define HF_CHOICE_FAILED_MAX 32 /* that are remembered, the latest */

struct hf_choice {
    struct hf_bss best; /* its elements are gone */
    bool found;
    const char *refused; /* why the last one that cannot be joined cannot; NULL: none. Static */
    uint8_t failed[HF_CHOICE_FAILED_MAX][HF_MAC_BYTES]; /* the latest in front */
    size_t failed_count;
};

/* Before what was heard is considered; what failed is remembered. All zeros at first. */
void hf_choice_begin(struct hf_choice *choice);

void hf_choice_consider(struct hf_choice *choice, const struct hf_network *network,
                        const struct hf_bss *bss);

/* How it went with the best one. */
void hf_choice_went(struct hf_choice *choice, bool well);

#endif
