#ifndef HF_MANAGER_IDS_H
#define HF_MANAGER_IDS_H

#include "wire/ident.h"

#include <stddef.h>
#include <stdint.h>

/* Ids of jobs and tasks, many in a row: random bytes are fetched for some dozens at once. */

#define HF_IDS_RANDOM 10 /* bytes of an id that are random */

struct hf_ids {
    size_t left; /* ids for which there are bytes; zeroed: none yet */
    uint8_t random[64 * HF_IDS_RANDOM];
};

/*
 * A UUID of version 7 by the time of now, not that of a job: ids in the order of the tasks are
 * appended to the index over them, where a million of one millisecond would be scattered over all
 * of it.
 */
void hf_ids_next(struct hf_ids *ids, char out[HF_ID_MAX + 1]);

#endif
