#include "wire/err.h"

#include <stddef.h>

struct entry {
    enum hf_err err;
    const char *name;
    const char *text;
};

static const struct entry ENTRIES[] = {
#define X(name, value, text) {HF_ERR_##name, #name, text},
    HF_ERR_LIST(X)
#undef X
};

static const struct entry *find(enum hf_err err)
{
    for (size_t i = 0; i < sizeof ENTRIES / sizeof *ENTRIES; i++) {
        if (ENTRIES[i].err == err)
            return &ENTRIES[i];
    }
    return NULL;
}

const char *hf_err_text(enum hf_err err)
{
    const struct entry *entry = find(err);
    return entry ? entry->text : "unknown error";
}

const char *hf_err_name(enum hf_err err)
{
    const struct entry *entry = find(err);
    return entry ? entry->name : "?";
}
