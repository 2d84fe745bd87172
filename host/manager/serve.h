#ifndef HF_MANAGER_SERVE_H
#define HF_MANAGER_SERVE_H

#include "home/home.h"
#include "ledger/ledger.h"

#include <stdbool.h>

/*
 * The manager as a service: sends what is pending, collects what boards report, makes the jobs that
 * are due, and tells of jobs that have ended and boards that are missed (manager/serve_news.h). All
 * of this the commands do too, while they run; serve does it all the time.
 *
 * It stays when the broker is gone, and comes back to it. It ends when `stop` says so, after what
 * was sent is confirmed and written down; or when the ledger fails, for then nothing can be
 * promised.
 */
struct hf_serve_config {
    const struct hf_home *home;
    struct hf_ledger *ledger; /* borrowed */
    const char *hook;         /* NULL: none */
    bool (*stop)(void);       /* asked between steps */
};

/*
 * HF_ERR_OK: it was stopped. HF_ERR_BUSY: another serves this data folder. HF_ERR_NOT_FOUND: no
 * broker is known. Errors of the ledger.
 */
enum hf_err hf_serve_run(const struct hf_serve_config *config, struct hf_fault *fault);

#endif
