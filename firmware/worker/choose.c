#include "worker/choose.h"

enum hf_err hf_handler_choose(const struct hf_config *config, const char *pushed, const char *name,
                              struct hf_handler *out, struct hf_fault *fault)
{
    if (!hf_handler_allowed(config->allow_handlers, name))
        return hf_fault_set(fault, HF_ERR_DENIED, 0,
                            "handler '%.64s' may not run on this board: \"allow_handlers\" of its "
                            "settings does not name it",
                            name);
    if (pushed != NULL && pushed[0] != '\0') {
        const enum hf_err err = hf_handler_find(pushed, name, out, fault);
        if (err != HF_ERR_NOT_FOUND)
            return err;
    }
    return hf_handler_find(config->handlers, name, out, fault);
}
