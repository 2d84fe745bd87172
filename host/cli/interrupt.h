#ifndef HF_CLI_INTERRUPT_H
#define HF_CLI_INTERRUPT_H

#include <stdbool.h>

/*
 * Ctrl-C (and SIGTERM) while a command only waits: the first is noted, so that the command can end
 * in order; a second one ends the process at once.
 */

#define HF_EXIT_INTERRUPTED 130 /* as shells have it: 128 + SIGINT */

void hf_interrupt_catch(void);
bool hf_interrupt_seen(void);

#endif
