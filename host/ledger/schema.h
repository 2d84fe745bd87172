#ifndef HF_LEDGER_SCHEMA_H
#define HF_LEDGER_SCHEMA_H

#include "ledger/db.h"

/*
 * Inside ledger/ only: the tables, as the steps that made them. Step n brings a database of version
 * n to n + 1; the version is PRAGMA user_version. A step that was released is never changed: what
 * comes later is a further step, so that every ledger there is can be brought up to date.
 */

#define HF_SCHEMA_APPLICATION_ID 0x48464c44 /* "HFLD": tells a ledger from other databases */

extern const char *const hf_schema_steps[];
extern const int hf_schema_step_count;

/*
 * Runs the steps that are missing, in one transaction. HF_ERR_ILLEGAL: the ledger is of a newer
 * version than `count`. HF_ERR_MALFORMED: a database, but no ledger. Unchanged on an error.
 */
enum hf_err hf_schema_upgrade(struct hf_ledger *ledger, const char *const *steps, int count,
                              struct hf_fault *fault);

/* HF_ERR_ILLEGAL: the ledger is not of version `count`, older or newer. HF_ERR_MALFORMED as above.
 * Writes nothing. */
enum hf_err hf_schema_fits(struct hf_ledger *ledger, int count, struct hf_fault *fault);

#endif
