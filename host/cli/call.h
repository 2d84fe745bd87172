#ifndef HF_CLI_CALL_H
#define HF_CLI_CALL_H

#include "cli/desk.h"
#include "ledger/boards.h"
#include "wire/control.h"

/*
 * A command to boards, and what they answer: what ping, drain, resume and reload have in common.
 * Answers are read from the ledger, wherever they were taken in.
 */

#define HF_CALL_BOARDS_MAX 256

/* Whom it is for; the options of those commands. */
struct hf_call_options {
    const char *pool;
    bool all, json;
    int64_t wait_ms;
};

/* Rows for a table of options, and what goes before them. */
extern const struct hf_option hf_call_options[];

/* One board that is to answer. */
struct hf_call_board {
    char name[HF_NAME_MAX + 1];
    char id[HF_ID_MAX + 1]; /* of the command that it was sent */
    bool answered, ok, nobody;
    int64_t after_ms; /* its answer came that long after the command left */
    char text[HF_FAULT_TEXT_MAX + 8];
};

struct hf_call {
    size_t count;
    struct hf_call_board boards[HF_CALL_BOARDS_MAX];
};

/*
 * Sends `control` to each board of `call` (as many commands as boards), and waits `wait_ms` for
 * their answers. Ctrl-C ends the waiting. HF_EXIT_OK: all that could be sent is in the queues,
 * whoever has answered; other codes as of hf_desk_*.
 */
int hf_call_send(const struct hf_command *command, struct hf_desk *desk, struct hf_call *call,
                 const struct hf_control *control, int64_t wait_ms);

/* The whole of such a subcommand: options, boards, answers. `done` names what was done ("drained").
 */
int hf_call_run(const struct hf_command *command, int argc, char **argv, enum hf_control_kind kind,
                const char *done);

#endif
