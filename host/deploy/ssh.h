#ifndef HF_DEPLOY_SSH_H
#define HF_DEPLOY_SSH_H

#include "home/home.h"
#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Runs the board's script (board.sh) on a board, through the user's own ssh with the user's own
 * configuration, keys and agent. One connection is shared by all calls. Never asks for a password
 * when `batch` is set. Every call blocks, `limit_ms` at most.
 */

#define HF_SSH_OUTPUT_MAX  8191 /* bytes that are kept of what a call prints */
#define HF_SSH_OPTIONS_MAX 16
#define HF_SSH_WORDS_MAX   16 /* the script's verb is the first */

struct hf_ssh {
    const char *target;         /* USER@HOST, as ssh takes it; borrowed */
    const char *const *options; /* words for -o, ended by NULL; borrowed */
    bool sudo;                  /* the script runs as root by sudo -n */
    bool batch;
    bool (*stopped)(void); /* true: a call that runs is ended. NULL: never */
    char folder[64];       /* of the shared connection's socket */
};

/* HF_ERR_INVALID: no target that ssh would take for one. HF_ERR_IO: no folder for the socket. */
enum hf_err hf_ssh_open(struct hf_ssh *ssh, const char *target, const char *const *options,
                        struct hf_fault *fault);

/* Ends the shared connection. A struct that was only zeroed is fine. */
void hf_ssh_close(struct hf_ssh *ssh);

struct hf_ssh_call {
    const char *words[HF_SSH_WORDS_MAX + 1]; /* ended by NULL */
    const void *input;                       /* may be NULL */
    size_t input_len;
    int64_t limit_ms;
    char output[HF_SSH_OUTPUT_MAX + 1]; /* what it printed, its beginning; ends in a 0 */
    char trouble[512];                  /* the end of its stderr, fit to be shown */
    int exit_code;
};

/*
 * HF_ERR_OK: it exited with 0. HF_ERR_IO: it did not, or ssh cannot be started or failed itself
 * (exit_code 255). HF_ERR_TIMED_OUT: it was ended after limit_ms. HF_ERR_INTERRUPTED: it was ended
 * by `stopped`. `fault` has what stderr said.
 */
enum hf_err hf_ssh_run(struct hf_ssh *ssh, struct hf_ssh_call *call, struct hf_fault *fault);

#endif
