#include "cli/rotate_ca.h"

#include "cli/whom.h"
#include "home/lock.h"
#include "link/clock.h"
#include "manager/succession.h"
#include "pki/succession.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 72 /* bytes of a list of boards in a fault: the mend comes after it */

struct work {
    struct hf_broker_settings settings;
    struct hf_site site;
    int lock;
};

static enum hf_err open_work(struct hf_desk *desk, struct work *work, struct hf_fault *fault)
{
    work->lock = -1;
    work->site = (struct hf_site){.home = &desk->home,
                                  .settings = &work->settings,
                                  .ledger = desk->ledger,
                                  .now_s = hf_clock_unix_ms() / 1000};
    enum hf_err err = hf_broker_settings_load(&desk->home, &work->settings, fault);
    return err ? err : hf_home_lock(&desk->home, &work->lock, fault);
}

static void close_work(struct work *work)
{
    if (work->lock >= 0)
        close(work->lock);
}

/* Those that need the old authorities still. */
static enum hf_err list_waiting(const struct work *work, struct hf_board **boards, size_t *count,
                                struct hf_fault *fault)
{
    const struct hf_whom all = {.all = true};
    size_t enrolled = 0;
    *count = 0;
    enum hf_err err = hf_whom_enrolled(&all, work->site.ledger, boards, &enrolled, fault);
    if (err)
        return err;
    for (size_t i = 0; !err && i < enrolled; i++) {
        bool renewed = false;
        err = hf_succession_renewed(&work->site, (*boards)[i].name, &renewed, fault);
        if (!err && !renewed)
            (*boards)[(*count)++] = (*boards)[i];
    }
    if (err) {
        free(*boards);
        *boards = NULL;
    }
    return err;
}

enum hf_err hf_rotate_ca_begin(struct hf_desk *desk, struct hf_board **boards, size_t *count,
                               struct hf_fault *fault)
{
    struct work work;
    enum hf_err err = open_work(desk, &work, fault);
    if (!err)
        err = hf_succession_begin(&work.site, fault);
    if (!err)
        err = list_waiting(&work, boards, count, fault);
    close_work(&work);
    return err;
}

static enum hf_err refuse(const struct hf_board *boards, size_t count, struct hf_fault *fault)
{
    char names[NAMES_MAX + 1] = "";
    size_t used = 0, i = 0;
    for (; i < count && used + strlen(boards[i].name) + strlen(", ") <= NAMES_MAX; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 boards[i].name);
    return hf_fault_set(fault, HF_ERR_BUSY, 0,
                        "%zu board(s) still need the old authorities: %s%s. Do \"holdfast rotate "
                        "ca\" again when they are there; --force leaves them to be enrolled anew",
                        count, names, i < count ? " ..." : "");
}

static enum hf_err settle_waiting(const struct work *work, bool force, struct hf_fault *fault)
{
    struct hf_board *boards = NULL;
    size_t count = 0;
    enum hf_pki_succession phase;
    enum hf_err err = hf_pki_succession(work->site.home, &phase, fault);
    if (err || phase != HF_PKI_OVERLAP) /* it was settled before it was cut off */
        return err;
    err = list_waiting(work, &boards, &count, fault);
    if (!err && count > 0 && !force)
        err = refuse(boards, count, fault);
    for (size_t i = 0; !err && i < count; i++)
        err = hf_succession_give_up(&work->site, boards[i].name, fault);
    free(boards);
    return err;
}

enum hf_err hf_rotate_ca_finish(struct hf_desk *desk, bool force, struct hf_fault *fault)
{
    struct work work;
    enum hf_err err = open_work(desk, &work, fault);
    if (!err)
        err = settle_waiting(&work, force, fault);
    if (!err)
        err = hf_succession_finish(&work.site, fault);
    close_work(&work);
    return err;
}
