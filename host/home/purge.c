#include "home/purge.h"

#include "home/file.h"

#include <unistd.h>

enum hf_err hf_home_purge(const struct hf_home *home, struct hf_fault *fault)
{
    static const char *const entries[] = {
        HF_HOME_NODE,       HF_HOME_PKI,        HF_HOME_LEDGER,      HF_HOME_BODIES,
        HF_HOME_LEDGER_WAL, HF_HOME_LEDGER_SHM, HF_HOME_OUTBOX_LOCK, HF_HOME_PASSWORD,
        HF_HOME_BROKER,     HF_HOME_LOCK,       HF_HOME_SERVE_LOCK,
    };
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof entries / sizeof entries[0]; i++) {
        char path[HF_PATH_MAX + 1];
        hf_home_path(home, entries[i], "", path);
        err = hf_file_remove_tree(path, fault);
    }
    if (!err)
        rmdir(home->dir); /* fails when others keep something there, and then it should */
    return err;
}
