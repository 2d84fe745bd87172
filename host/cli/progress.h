#ifndef HF_CLI_PROGRESS_H
#define HF_CLI_PROGRESS_H

#include <stdint.h>

/*
 * "Something is happening" on stderr: a line that counts seconds where a terminal watches, and
 * nothing otherwise.
 */

/* "Starting RabbitMQ ... 3 s", over the same line each time. */
void hf_progress_starting(int64_t elapsed_ms);

/* Wipes that line away. */
void hf_progress_done(void);

#endif
