#ifndef HF_LEDGER_CERTIFICATES_H
#define HF_LEDGER_CERTIFICATES_H

#include "ledger/ledger.h"
#include "wire/ident.h"

#include <stdbool.h>

/*
 * The table `certificates`: what was issued to which board, and what of it is worth nothing any
 * more. Rows are never deleted: a revoked certificate is listed as such until it ends.
 */

#define HF_CERTIFICATE_SERIAL_MAX 40   /* hex digits, as openssl prints them without colons */
#define HF_CERTIFICATE_PEM_MAX    4096 /* bytes, without the final 0 */

struct hf_certificate {
    int64_t number; /* of the row; 0 in one that is to be added */
    char board[HF_NAME_MAX + 1];
    char serial[HF_CERTIFICATE_SERIAL_MAX + 1];
    int64_t issued_ms;
    int64_t until_s;    /* Unix time: its notAfter */
    int64_t revoked_ms; /* 0: it is good */
    bool signs;         /* the board signs its results with this key */
    char pem[HF_CERTIFICATE_PEM_MAX + 1];
};

/* HF_ERR_EXISTS: one of that serial is there. */
enum hf_err hf_certificates_add(struct hf_ledger *ledger, const struct hf_certificate *certificate,
                                struct hf_fault *fault);

/* All of the board's but that of the serial `but` (NULL: all) are worth nothing from now on. */
enum hf_err hf_certificates_revoke(struct hf_ledger *ledger, const char *board, const char *but,
                                   int64_t now_ms, struct hf_fault *fault);

/* The one of that serial. */
enum hf_err hf_certificates_revoke_one(struct hf_ledger *ledger, const char *serial, int64_t now_ms,
                                       struct hf_fault *fault);

typedef enum hf_err (*hf_certificates_each)(void *context, const struct hf_certificate *row);

/* Those of one board that were not revoked, the newest first; `each` as in ledger/tasks.h. */
enum hf_err hf_certificates_of(struct hf_ledger *ledger, const char *board,
                               hf_certificates_each each, void *context, struct hf_fault *fault);

/* Whether the board ever had one to sign its results with; it may have been revoked since. */
enum hf_err hf_certificates_ever_signed(struct hf_ledger *ledger, const char *board, bool *out,
                                        struct hf_fault *fault);

/* Those of all boards that were revoked and have not ended by `now_s`, without their text. */
enum hf_err hf_certificates_revoked(struct hf_ledger *ledger, int64_t now_s,
                                    hf_certificates_each each, void *context,
                                    struct hf_fault *fault);

#endif
