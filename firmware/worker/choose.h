#ifndef HF_WORKER_CHOOSE_H
#define HF_WORKER_CHOOSE_H

#include "handlers/table.h"
#include "worker/config.h"

/*
 * The handler that does a task of this name on this board: one that the settings let run, built in,
 * pushed or of the handlers folder, in this order. `pushed` is the folder of the set in force
 * (worker/pushed.h); "" or NULL: none. HF_ERR_DENIED: allow_handlers does not name it. Others of
 * hf_handler_find.
 */
enum hf_err hf_handler_choose(const struct hf_config *config, const char *pushed, const char *name,
                              struct hf_handler *out, struct hf_fault *fault);

#endif
