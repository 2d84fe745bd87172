#include "ledger/certificates.h"

#include "ledger/db.h"

#define COLUMNS "n, board, serial, issued_ms, until_s, revoked_ms, signs, pem"

enum hf_err hf_certificates_add(struct hf_ledger *ledger, const struct hf_certificate *certificate,
                                struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_ADD,
              "INSERT INTO certificates(board, serial, issued_ms, until_s, revoked_ms, signs, pem)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
              "writing down a certificate", &use);
    hf_db_text(&use, certificate->board);
    hf_db_text(&use, certificate->serial);
    hf_db_int(&use, certificate->issued_ms);
    hf_db_int(&use, certificate->until_s);
    hf_db_int(&use, certificate->revoked_ms);
    hf_db_int(&use, certificate->signs);
    hf_db_text(&use, certificate->pem);
    return hf_db_run(&use, fault);
}

enum hf_err hf_certificates_revoke(struct hf_ledger *ledger, const char *board, const char *but,
                                   int64_t now_ms, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_REVOKE,
              "UPDATE certificates SET revoked_ms = ?3"
              " WHERE board = ?1 AND serial <> ?2 AND revoked_ms = 0",
              "revoking certificates", &use);
    hf_db_text(&use, board);
    hf_db_text(&use, but ? but : "");
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

enum hf_err hf_certificates_revoke_one(struct hf_ledger *ledger, const char *serial, int64_t now_ms,
                                       struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_REVOKE_ONE,
              "UPDATE certificates SET revoked_ms = ?2 WHERE serial = ?1 AND revoked_ms = 0",
              "revoking a certificate", &use);
    hf_db_text(&use, serial);
    hf_db_int(&use, now_ms);
    return hf_db_run(&use, fault);
}

static void read_row(sqlite3_stmt *row, struct hf_certificate *out)
{
    out->number = sqlite3_column_int64(row, 0);
    hf_db_get_text(row, 1, out->board, sizeof out->board);
    hf_db_get_text(row, 2, out->serial, sizeof out->serial);
    out->issued_ms = sqlite3_column_int64(row, 3);
    out->until_s = sqlite3_column_int64(row, 4);
    out->revoked_ms = sqlite3_column_int64(row, 5);
    out->signs = sqlite3_column_int64(row, 6) != 0;
    hf_db_get_text(row, 7, out->pem, sizeof out->pem);
}

static enum hf_err walk(struct hf_db_use *use, hf_certificates_each each, void *context,
                        struct hf_fault *fault)
{
    struct hf_certificate row;
    enum hf_err err;
    while ((err = hf_db_row(use, fault)) == HF_ERR_OK) {
        read_row(use->statement, &row);
        err = each(context, &row);
        if (err != HF_ERR_OK)
            break;
    }
    hf_db_end(use);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

enum hf_err hf_certificates_of(struct hf_ledger *ledger, const char *board,
                               hf_certificates_each each, void *context, struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_OF,
              "SELECT " COLUMNS " FROM certificates WHERE board = ?1 AND revoked_ms = 0"
              " ORDER BY n DESC",
              "looking up a board's certificates", &use);
    hf_db_text(&use, board);
    return walk(&use, each, context, fault);
}

enum hf_err hf_certificates_ever_signed(struct hf_ledger *ledger, const char *board, bool *out,
                                        struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_SIGNED,
              "SELECT EXISTS (SELECT 1 FROM certificates WHERE board = ?1 AND signs <> 0)",
              "looking up a board's certificates", &use);
    hf_db_text(&use, board);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        *out = sqlite3_column_int64(use.statement, 0) != 0;
    hf_db_end(&use);
    return err;
}

enum hf_err hf_certificates_revoked(struct hf_ledger *ledger, int64_t now_s,
                                    hf_certificates_each each, void *context,
                                    struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, HF_SQL_CERTIFICATE_REVOKED,
              "SELECT n, board, serial, issued_ms, until_s, revoked_ms, signs, ''"
              " FROM certificates WHERE revoked_ms <> 0 AND until_s > ?1 ORDER BY n",
              "listing revoked certificates", &use);
    hf_db_int(&use, now_s);
    return walk(&use, each, context, fault);
}
