#ifndef HF_LEDGER_BACKUP_H
#define HF_LEDGER_BACKUP_H

#include "ledger/ledger.h"

#include <stdint.h>

/*
 * A copy of the ledger while others work with it: the database as it is at one moment, into `path`,
 * and the files of bodies that it refers to into the folder `path` + ".bodies". Whole or not at
 * all: the database gets its name when all else is there and on the disk. To restore, put them back
 * as ledger.db and bodies/. HF_ERR_EXISTS: `path` is there already; HF_ERR_BUSY: another backup to
 * it is being made; errors of the ledger and of the disk, which name the path.
 */
struct hf_backup {
    int64_t bytes; /* of the database */
    int64_t files;
};

enum hf_err hf_ledger_backup(struct hf_ledger *ledger, const char *path, struct hf_backup *out,
                             struct hf_fault *fault);

#endif
