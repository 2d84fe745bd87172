#ifndef HF_MANAGER_SITE_H
#define HF_MANAGER_SITE_H

#include "broker/settings.h"
#include "home/home.h"
#include "ledger/ledger.h"

/* What the manager works on, and when. All of it is the caller's. */
struct hf_site {
    const struct hf_home *home;
    const struct hf_broker_settings *settings;
    struct hf_ledger *ledger; /* hf_enroll(): NULL is that of `home`, opened for this one call */
    int64_t now_s;            /* Unix time */
};

#endif
