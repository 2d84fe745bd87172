#ifndef HF_CLI_BOARD_VIEW_H
#define HF_CLI_BOARD_VIEW_H

#include "cli/output.h"
#include "ledger/boards.h"

#include <cJSON.h>

/* Boards as people and programs are shown them. Pure, but for hf_board_task(). */

#define HF_BOARD_STATE_MAX 16
#define HF_BOARD_TASK_MAX  48

/*
 * "idle", "busy", "draining", "paused" (or what a newer board says) when it was heard lately;
 * "leaving", "offline"; "never" when it was never heard; "retired"; "unknown" when it was never
 * enrolled here.
 */
void hf_board_state(const struct hf_board *board, int64_t now_ms, char text[HF_BOARD_STATE_MAX]);

/* Whether it was heard lately, has not said goodbye and is enrolled. */
bool hf_board_is_online(const struct hf_board *board, int64_t now_ms);

/*
 * How long its certificate lasts: "812 d", "ENDS 12 d" when that is less than HF_PKI_RENEW_S,
 * "ENDED", "-" when it is not known.
 */
void hf_board_certificate(const struct hf_board *board, int64_t now_ms,
                          char text[HF_BOARD_STATE_MAX]);

/* How long ago it was last heard: "now" (in the last second), "12 s", "3 min 5 s"; "-": never. */
void hf_board_seen(const struct hf_board *board, int64_t now_ms, char text[HF_OUT_SHORT]);

/* The task in hand by its place ("12/3"), or the beginning of its id where the ledger does not know
 * it; "-": none. */
void hf_board_task(struct hf_ledger *ledger, const struct hf_board *board,
                   char text[HF_BOARD_TASK_MAX]);

/* Whether the list of words, separated by blanks, has that one. */
bool hf_board_has_word(const char *words, const char *word);

/* NULL when memory ran out. `host/README.md` documents the keys. */
cJSON *hf_board_json(const struct hf_board *board, int64_t now_ms);

#endif
