#ifndef HF_MANAGER_ROTATE_H
#define HF_MANAGER_ROTATE_H

#include "home/home.h"
#include "ledger/certificates.h"
#include "ledger/jobs.h"

/*
 * A new key and certificate for a board that is at work, over the connection that it has: three
 * tasks for that board alone, one after the other, each of them signed as any.
 *
 *   hf-csr     the board makes a key and answers with a request for it
 *   hf-renew   brings the certificate, and the authorities to judge the broker by; the board
 *              reads its settings again and connects with it, or goes back to the one before
 *              when the broker refuses it
 *   echo       its result is signed with the key that the board now uses: with the new one,
 *              those before it are revoked (manager/proof.h)
 *
 * Until then both are good. The caller keeps a courier stepping between the calls.
 */

enum hf_rotate_step {
    HF_ROTATE_ASKED,  /* hf-csr is under way */
    HF_ROTATE_SENT,   /* hf-renew is */
    HF_ROTATE_PROVES, /* echo is */
    HF_ROTATE_DONE,
    HF_ROTATE_FAILED, /* `text` says why; the board goes on with what it had */
};

#define HF_ROTATE_TEXT_MAX 300

struct hf_rotate_board {
    char name[HF_NAME_MAX + 1];
    enum hf_rotate_step step;
    int64_t job; /* number of the task's under way */
    char serial[HF_CERTIFICATE_SERIAL_MAX + 1];
    int64_t until_s; /* Unix time: end of the new certificate */
    bool proven;     /* its key has signed a result, or the board signs none */
    char text[HF_ROTATE_TEXT_MAX + 1];
};

struct hf_rotate {
    const struct hf_home *home;
    struct hf_ledger *ledger;
    const char *authorities; /* file of those that may have signed the broker's certificate, which
                                the board then judges it by; NULL: it keeps those that it has */
    int64_t patience_ms;     /* a board that begins a step later than that does not begin it */
};

/* Hands in the first task. `board->name` is set. Errors of hf_submission_*. */
enum hf_err hf_rotate_begin(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                            struct hf_fault *fault);

/* Takes the next step when the task under way has ended. What a board does wrong is no error but
 * HF_ROTATE_FAILED. */
enum hf_err hf_rotate_look(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                           struct hf_fault *fault);

#endif
