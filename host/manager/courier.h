#ifndef HF_MANAGER_COURIER_H
#define HF_MANAGER_COURIER_H

#include "home/home.h"
#include "ledger/ledger.h"
#include "manager/collect.h"
#include "manager/control.h"
#include "manager/outbox.h"

/*
 * The manager's way to the broker: one session, with the outbox, the collector and commands on
 * channels of it, in one poll loop. Finds the broker in broker.json, logs in with the manager's
 * certificate.
 *
 * Once it was up, a lost connection is made again with back-off; before that, the first failure is
 * final. One process at a time publishes (manager/turn.h): another one collects only, and takes
 * over when the first is gone.
 */

struct hf_courier;

struct hf_courier_config {
    const struct hf_home *home;
    struct hf_ledger *ledger; /* borrowed */
    bool events;              /* listen to presence too, for hf_courier_fleet() */
    const char *name;         /* of the command, for the broker's list of connections */
};

/* HF_ERR_NOT_FOUND: no broker.json (the fault says how to get one); errors of broker/settings.h and
 * link/tls_context.h. Nothing is connected yet. */
enum hf_err hf_courier_new(const struct hf_courier_config *config, struct hf_courier **out,
                           struct hf_fault *fault);
void hf_courier_free(struct hf_courier *courier); /* NULL is fine; hangs up */

/*
 * Does what is to be done and waits for more, until `until_ms` (monotonic) at the latest; returns
 * early after any progress, and when a signal came. Errors: the connection failed before it was
 * ever up, or cannot work (a queue is missing, a right is missing); the ledger failed. The fault
 * says what was tried and the cause. After an error only hf_courier_free() is allowed.
 */
enum hf_err hf_courier_step(struct hf_courier *courier, int64_t until_ms, struct hf_fault *fault);

/*
 * Steps until all that was pending is out or held, and what was waiting has come in: for `quiet_ms`
 * next to nothing more did. Errors as above, and HF_ERR_TIMED_OUT: the broker was there, and has
 * been gone for a while.
 */
enum hf_err hf_courier_settle(struct hf_courier *courier, int64_t quiet_ms, struct hf_fault *fault);

/*
 * Before a command leaves: sends nothing more and waits, for some seconds at most, until what was
 * sent is confirmed and written down. The next command would send it a second time otherwise.
 * Afterwards it can only be asked, and freed.
 */
void hf_courier_finish(struct hf_courier *courier);

bool hf_courier_is_up(const struct hf_courier *courier);
bool hf_courier_publishes(const struct hf_courier *courier); /* false: another process does */

/* Why it is down just now (it will try again); empty when it is up. */
const char *hf_courier_trouble(const struct hf_courier *courier);

/* Commands to boards: add to it, and the courier sends them. */
struct hf_controls *hf_courier_controls(struct hf_courier *courier);

struct hf_outbox *hf_courier_outbox(struct hf_courier *courier);
const struct hf_fleet *hf_courier_fleet(const struct hf_courier *courier);
void hf_courier_collected(const struct hf_courier *courier, struct hf_collect_totals *out);

/* "amqps://host:port/vhost", for messages. */
const char *hf_courier_address(const struct hf_courier *courier);

#endif
