#ifndef HF_CLI_SECRET_H
#define HF_CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* What a person types and nobody else may read. */

/*
 * Asks on the terminal of this program, wherever stdin and stdout lead, without showing what is
 * typed; Enter ends it. False: there is no terminal, it was ended by Ctrl-C or Ctrl-D, or it is
 * longer than `size` - 1.
 */
bool hf_secret_ask(const char *prompt, char *out, size_t size);

#endif
