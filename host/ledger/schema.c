#include "ledger/schema.h"

struct facts {
    int64_t version, application, tables;
};

/* By one statement: between two, another process may make the tables. */
static enum hf_err ask(struct hf_ledger *ledger, struct facts *out, struct hf_fault *fault)
{
    static const char question[] = "SELECT (SELECT user_version FROM pragma_user_version),"
                                   " (SELECT application_id FROM pragma_application_id),"
                                   " (SELECT count(*) FROM sqlite_schema)";
    sqlite3_stmt *row = NULL;
    int code = sqlite3_prepare_v2(ledger->sqlite, question, -1, &row, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    if (code == SQLITE_ROW)
        *out = (struct facts){.version = sqlite3_column_int64(row, 0),
                              .application = sqlite3_column_int64(row, 1),
                              .tables = sqlite3_column_int64(row, 2)};
    sqlite3_finalize(row);
    return code == SQLITE_ROW ? HF_ERR_OK : hf_db_fault(ledger, code, "reading its version", fault);
}

static enum hf_err run(struct hf_ledger *ledger, const char *sql, struct hf_fault *fault)
{
    if (sqlite3_exec(ledger->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return HF_ERR_OK;
    return hf_db_fault(ledger, sqlite3_extended_errcode(ledger->sqlite), "bringing it up to date",
                       fault);
}

static enum hf_err check(struct hf_ledger *ledger, int count, int64_t *version,
                         struct hf_fault *fault)
{
    struct facts facts = {0};
    enum hf_err err = ask(ledger, &facts, fault);
    if (err != HF_ERR_OK)
        return err;
    *version = facts.version;
    if (facts.tables > 0 && facts.application != HF_SCHEMA_APPLICATION_ID)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "%s is a database of another program, not a ledger: move it away",
                            ledger->path);
    if (*version > count)
        return hf_fault_set(fault, HF_ERR_ILLEGAL, 0,
                            "ledger %s has version %d, this holdfast knows versions up to %d: "
                            "use a newer holdfast",
                            ledger->path, (int)*version, count);
    return HF_ERR_OK;
}

static enum hf_err climb(struct hf_ledger *ledger, const char *const *steps, int64_t from,
                         int count, struct hf_fault *fault)
{
    char sql[96];
    enum hf_err err = HF_ERR_OK;
    for (int64_t i = from; i < count && err == HF_ERR_OK; i++)
        err = run(ledger, steps[i], fault);
    if (err != HF_ERR_OK)
        return err;
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                     HF_SCHEMA_APPLICATION_ID, count);
    return run(ledger, sql, fault);
}

enum hf_err hf_schema_upgrade(struct hf_ledger *ledger, const char *const *steps, int count,
                              struct hf_fault *fault)
{
    int64_t version = 0;
    enum hf_err err = check(ledger, count, &version, fault);
    if (err != HF_ERR_OK || version == count)
        return err;
    err = run(ledger, "BEGIN IMMEDIATE", fault);
    if (err != HF_ERR_OK)
        return err;
    err = check(ledger, count, &version, fault); /* another process may have been quicker */
    if (err == HF_ERR_OK)
        err = climb(ledger, steps, version, count, fault);
    if (err == HF_ERR_OK)
        err = run(ledger, "COMMIT", fault);
    if (err != HF_ERR_OK)
        (void)sqlite3_exec(ledger->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

enum hf_err hf_schema_fits(struct hf_ledger *ledger, int count, struct hf_fault *fault)
{
    int64_t version = 0;
    enum hf_err err = check(ledger, count, &version, fault);
    if (err == HF_ERR_OK && version != count)
        return hf_fault_set(
            fault, HF_ERR_ILLEGAL, 0,
            "ledger %s has version %d, not %d: another command brings it up to date", ledger->path,
            (int)version, count);
    return err;
}
