#ifndef HF_CLI_ROLLOUT_H
#define HF_CLI_ROLLOUT_H

#include "cli/args.h"
#include "cli/desk.h"
#include "ledger/boards.h"

/*
 * Something about the boards themselves that goes out to many of them in stages: first to a few of
 * those that are online, then, when these are well, to the others in waves, and at last into the
 * queues of those that are offline. Each stage is a job (several when payloads differ) of signed
 * tasks to the boards' own queues, so all of it can be seen with "holdfast jobs" and its kin.
 */

#define HF_ROLLOUT_TEXT_MAX 240

enum hf_rollout_state {
    HF_ROLLOUT_UNTOUCHED,
    HF_ROLLOUT_QUEUED, /* it is offline: the task waits in its queue */
    HF_ROLLOUT_DONE,
    HF_ROLLOUT_FAILED,
    HF_ROLLOUT_SILENT, /* it was given the task and has not answered in time */
};

struct hf_rollout_board {
    struct hf_board board;
    struct hf_str payload; /* the caller's; boards with the same bytes share a job */
    bool online;
    bool sent;
    int64_t job; /* 0: none yet */
    enum hf_rollout_state state;
    int64_t took_ms;
    char text[HF_ROLLOUT_TEXT_MAX + 1]; /* of a board that is done: what it printed */
};

/* Options that such commands have in common. */
struct hf_rollout_options {
    const char *pool;
    bool all, json;
    int64_t canary, wave, abort_after, wait_ms;
};

#define HF_ROLLOUT_DEFAULTS                                                                        \
    {                                                                                              \
        .canary = 1, .wave = 20, .abort_after = 1, .wait_ms = 600000                               \
    }

/* Rows of a table of options; `member` of `type` is the struct hf_rollout_options. */
#define HF_ROLLOUT_AT(type, member, field)                                                         \
    (offsetof(type, member) + offsetof(struct hf_rollout_options, field))
#define HF_ROLLOUT_ROWS(type, member)                                                              \
    {"pool",                                                                                       \
     HF_OPTION_TEXT,                                                                               \
     HF_ROLLOUT_AT(type, member, pool),                                                            \
     "POOL",                                                                                       \
     "Every board of that pool.",                                                                  \
     0,                                                                                            \
     0},                                                                                           \
        {"all", HF_OPTION_FLAG, HF_ROLLOUT_AT(type, member, all), NULL, "Every board.", 0, 0},     \
        {"canary",                                                                                 \
         HF_OPTION_NUMBER,                                                                         \
         HF_ROLLOUT_AT(type, member, canary),                                                      \
         "N",                                                                                      \
         "Try it on so many boards before the others get it (1).",                                 \
         0,                                                                                        \
         10000},                                                                                   \
        {"wave",                                                                                   \
         HF_OPTION_NUMBER,                                                                         \
         HF_ROLLOUT_AT(type, member, wave),                                                        \
         "N",                                                                                      \
         "Then so many boards at once (20).",                                                      \
         1,                                                                                        \
         10000},                                                                                   \
        {"abort-after",                                                                            \
         HF_OPTION_NUMBER,                                                                         \
         HF_ROLLOUT_AT(type, member, abort_after),                                                 \
         "N",                                                                                      \
         "Go no further when so many boards have failed (1).",                                     \
         1,                                                                                        \
         10000},                                                                                   \
        {"wait",                                                                                   \
         HF_OPTION_DURATION_MS,                                                                    \
         HF_ROLLOUT_AT(type, member, wait_ms),                                                     \
         "TIME",                                                                                   \
         "How long to wait for the boards of a wave (10m); one that has not\n"                     \
         "answered by then counts as failed, and its task goes on.",                               \
         1000,                                                                                     \
         86400000},                                                                                \
    {                                                                                              \
        "json", HF_OPTION_FLAG, HF_ROLLOUT_AT(type, member, json), NULL,                           \
            "Print one JSON object a board, a line each.", 0, 0                                    \
    }

struct hf_rollout {
    const struct hf_command *command;
    struct hf_desk *desk;
    const struct hf_rollout_options *given;
    const char *handler;
    const char *name; /* of the jobs */
    struct hf_rollout_board *boards;
    size_t count;
};

/*
 * Takes in what the boards have told lately, then chooses those that `names`, --pool or --all mean,
 * by name, none retired; their payloads are still to be set. Prints its own failure and returns an
 * enum hf_exit: HF_EXIT_USAGE when there are none or several ways to say it (the broker is not
 * asked then), an unknown board, none at all. To be freed by the caller with free(rollout->boards),
 * whatever the outcome.
 */
int hf_rollout_choose(struct hf_rollout *rollout, int names, char **argv);

/* Sends it out in stages and prints what became of each board. An enum hf_exit: HF_EXIT_OK when no
 * board failed. */
int hf_rollout_run(struct hf_rollout *rollout);

#endif
