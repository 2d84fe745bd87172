#ifndef HF_LEDGER_LEDGER_H
#define HF_LEDGER_LEDGER_H

#include "ledger/bodies.h"
#include "wire/fault.h"

/*
 * The manager's memory of every job, task and result: one SQLite database and a folder for large
 * bodies beside it. Nothing outside ledger/ knows SQLite. One file a table: ledger/jobs.h,
 * ledger/tasks.h, ledger/attempts.h, ledger/results.h, ledger/boards.h, ledger/events.h,
 * ledger/certificates.h, ledger/schedules.h, ledger/strays.h; and ledger/words.h for all of them.
 *
 * What a call that writes has handed back as done is on the disk (WAL, synchronous FULL), unless
 * a transaction is open: then it is at hf_ledger_commit(). Batches belong in one transaction.
 * Any number of processes may have the ledger open, and open it at once. Readers do not wait for a
 * writer, only for who makes it, mends it after a crash or is the last to close it; they and a
 * writer that waits for another do so for up to HF_LEDGER_PATIENCE_MS.
 *
 * All calls block on the disk, never on the network. Not thread safe. Errors of any call:
 * HF_ERR_LEDGER (SQLite's own text in the fault), HF_ERR_NO_SPACE, HF_ERR_BUSY, HF_ERR_DENIED,
 * HF_ERR_IO, HF_ERR_NO_MEMORY, HF_ERR_MALFORMED (the file is damaged or no ledger); those of a
 * call's own are named there.
 */

#define HF_LEDGER_PATIENCE_MS 60000

struct hf_ledger;

/*
 * Opens the database, makes it when it is not there, brings its schema up to date.
 * HF_ERR_ILLEGAL: it was written by a newer Holdfast. `*out` is untouched on an error.
 */
enum hf_err hf_ledger_open(const char *path, struct hf_ledger **out, struct hf_fault *fault);

/*
 * The same for who only looks at rows, as they stand: nothing is made or brought up to date. What
 * writes fails with HF_ERR_DENIED, and bodies that are files cannot be read. HF_ERR_NOT_FOUND:
 * there is none. HF_ERR_ILLEGAL: it is of another version, or just being made. HF_ERR_DENIED: also
 * when who made it was killed before it was one; the next that writes makes it anew.
 */
enum hf_err hf_ledger_open_to_look(const char *path, struct hf_ledger **out,
                                   struct hf_fault *fault);

void hf_ledger_close(struct hf_ledger *ledger); /* NULL is fine; an open transaction is undone */

/*
 * One transaction at a time; it holds the write lock from its beginning, so what it reads stays
 * true until it ends. After an error inside it, roll back. HF_ERR_ILLEGAL: one is open already
 * (begin), none is open (commit). A failed commit has rolled back.
 */
enum hf_err hf_ledger_begin(struct hf_ledger *ledger, struct hf_fault *fault);
enum hf_err hf_ledger_commit(struct hf_ledger *ledger, struct hf_fault *fault);
void hf_ledger_rollback(struct hf_ledger *ledger); /* none open: nothing happens */

/*
 * Many small reads in a row are quicker, and see one state of things, between these two. A look
 * that goes on, or one inside a transaction, is nothing new; hf_ledger_begin() ends it by itself.
 * Keep it short: the ledger's log cannot be folded in meanwhile.
 */
enum hf_err hf_ledger_look(struct hf_ledger *ledger, struct hf_fault *fault);
void hf_ledger_look_away(struct hf_ledger *ledger);

/* Where large bodies lie; lives as long as the ledger. */
struct hf_bodies *hf_ledger_bodies(struct hf_ledger *ledger);

#endif
