#ifndef HF_CLI_DESK_H
#define HF_CLI_DESK_H

#include "cli/command.h"
#include "ledger/jobs.h"
#include "manager/courier.h"

/*
 * What a subcommand about tasks works with: the data folder, the ledger, and the way to the broker
 * when it needs one. Each call prints its own failure and returns an enum hf_exit.
 */

struct hf_desk {
    struct hf_home home;
    struct hf_ledger *ledger;
    struct hf_courier *courier; /* NULL: not asked for */
};

/*
 * Opens the data folder and the ledger. hf_desk_close() it in any case: when there was a courier it
 * tells the private broker which certificates were revoked meanwhile (manager/revocation.h).
 */
int hf_desk_open(const struct hf_command *command, struct hf_desk *desk);
void hf_desk_close(struct hf_desk *desk);

/* Makes the courier; it has not connected yet. `events`: listen to which boards are busy. */
int hf_desk_connect(const struct hf_command *command, struct hf_desk *desk, bool events);

/*
 * Brings ledger and broker up to date with each other: what is pending goes out, what is waiting
 * comes in.
 */
int hf_desk_take_in(const struct hf_command *command, struct hf_desk *desk);

/* The same before something is shown: when it fails the ledger still says how things stood. */
int hf_desk_sync(const struct hf_command *command, struct hf_desk *desk);

/* The same after something was changed: when it fails, what is pending goes out later. */
int hf_desk_sync_quietly(const struct hf_command *command, struct hf_desk *desk);

/* Prints something of the ledger; returns an enum hf_exit. */
typedef int hf_desk_show(const struct hf_command *command, struct hf_desk *desk, void *context);

/*
 * All of a command that shows what stands in the ledger: opens, syncs unless `offline`, calls
 * `show` whether that went well or not, closes. Returns what `show` does, and when that is well
 * what the sync did.
 */
int hf_desk_view(const struct hf_command *command, bool offline, hf_desk_show *show, void *context);

/* A line on stderr when something came in that belongs to no task. */
void hf_desk_tell_strays(const struct hf_desk *desk);

/* Finds the job that `text` means, as hf_jobs_find() does. */
int hf_desk_find_job(const struct hf_command *command, const struct hf_desk *desk, const char *text,
                     struct hf_job *out);

#endif
