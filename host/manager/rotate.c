#include "manager/rotate.h"

#include "home/file.h"
#include "ledger/results.h"
#include "link/clock.h"
#include "manager/issued.h"
#include "manager/submission.h"
#include "pki/authority.h"
#include "pki/csr.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ATTEMPTS    3
#define REQUEST_MAX 2047
#define PAYLOAD_MAX 8191 /* what a board takes: worker/renewal.c */

/* What a task that has ended said. */
struct answer {
    bool done;
    char output[REQUEST_MAX + 1];
    char reason[HF_ROTATE_TEXT_MAX + 1];
};

static enum hf_err hand_in(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                           const char *handler, const char *payload, struct hf_fault *fault)
{
    struct hf_job job;
    struct hf_order order = {.handler = handler,
                             .name = "rotate",
                             .target = {.kind = HF_TARGET_BOARD},
                             .not_after_ms = hf_clock_unix_ms() + rotate->patience_ms,
                             .max_attempts = ATTEMPTS};
    hf_str_copy(order.target.name, sizeof order.target.name, hf_str(board->name));
    const enum hf_err err =
        hf_submission_hand_in(rotate->ledger, &order, "", hf_str(payload), &job, fault);
    if (!err)
        board->job = job.number;
    return err;
}

static void fail(struct hf_rotate_board *board, const char *what, const char *why)
{
    board->step = HF_ROTATE_FAILED;
    snprintf(board->text, sizeof board->text, "%s: %.240s", what, why);
}

enum hf_err hf_rotate_begin(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                            struct hf_fault *fault)
{
    board->step = HF_ROTATE_ASKED;
    return hand_in(rotate, board, "hf-csr", "", fault);
}

/* --- What came of a task --- */

static enum hf_err take(void *context, const struct hf_ending *ending)
{
    struct answer *answer = context;
    const struct hf_body *body = &ending->body;
    answer->done = ending->entry.state == HF_STATE_DONE;
    snprintf(answer->reason, sizeof answer->reason, "%.200s%s%.80s", ending->entry.reason,
             ending->result.log_tail[0] ? ": " : "", ending->result.log_tail);
    if (body->bytes && body->size <= REQUEST_MAX)
        memcpy(answer->output, body->bytes, (size_t)body->size);
    return HF_ERR_OK;
}

/* `*ended` is false while it is under way. */
static enum hf_err read_answer(const struct hf_rotate *rotate, const struct hf_rotate_board *board,
                               struct answer *answer, bool *ended, struct hf_fault *fault)
{
    struct hf_job job;
    *answer = (struct answer){.done = false};
    enum hf_err err = hf_jobs_get(rotate->ledger, board->job, &job, fault);
    *ended = !err && job.ended_ms != 0;
    return *ended ? hf_results_list(rotate->ledger, board->job, 0, 1, take, answer, fault) : err;
}

/* --- The certificate --- */

static enum hf_err note_signs(void *context, const struct hf_certificate *row)
{
    int *signs = context;
    if (*signs < 0)
        *signs = row->signs;
    return HF_ERR_OK;
}

static enum hf_err sign(const struct hf_rotate *rotate, const char *board, const char *request,
                        const char *path, struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1];
    const struct hf_pki_request wanted = {
        .kind = HF_PKI_CLIENT, .common_name = board, .now_s = hf_clock_unix_ms() / 1000};
    mbedtls_pk_context key;
    hf_home_path(rotate->home, HF_HOME_DEVICE_CA, "", authority);
    enum hf_err err = hf_pki_csr_read(request, "what the board sent", board, &key, fault);
    if (!err)
        err = hf_pki_leaf_sign(authority, &wanted, &key, path, fault);
    mbedtls_pk_free(&key);
    return err;
}

/* Not in the ledger yet. */
static enum hf_err issue(const struct hf_rotate *rotate, const char *board, const char *request,
                         struct hf_certificate *out, struct hf_fault *fault)
{
    char name[HF_NAME_MAX + 16], path[HF_PATH_MAX + 1];
    int signs = -1;
    *out = (struct hf_certificate){.number = 0};
    hf_str_copy(out->board, sizeof out->board, hf_str(board));
    snprintf(name, sizeof name, "pki/renew-%s", board);
    hf_home_path(rotate->home, name, ".pem", path);
    enum hf_err err = hf_certificates_of(rotate->ledger, board, note_signs, &signs, fault);
    if (!err)
        err = sign(rotate, board, request, path, fault);
    if (!err)
        err = hf_issued_read(path, out, fault);
    (void)unlink(path);
    out->issued_ms = hf_clock_unix_ms();
    out->signs = signs > 0;
    return err;
}

/* --- The steps --- */

static enum hf_err add_authorities(const struct hf_rotate *rotate, const char *certificate,
                                   char payload[PAYLOAD_MAX + 1], struct hf_fault *fault)
{
    char *text = NULL;
    enum hf_err err = HF_ERR_OK;
    if (rotate->authorities)
        err = hf_file_read(rotate->authorities, PAYLOAD_MAX, &text, NULL, fault);
    if (!err && strlen(certificate) + (text ? strlen(text) : 0) > PAYLOAD_MAX)
        err = hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                           "%s is too long for boards: with a certificate it may have %d bytes",
                           rotate->authorities, PAYLOAD_MAX);
    if (!err)
        snprintf(payload, PAYLOAD_MAX + 1, "%s%s", certificate, text ? text : "");
    free(text);
    return err;
}

static enum hf_err send_certificate(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                                    const char *request, struct hf_fault *fault)
{
    char payload[PAYLOAD_MAX + 1];
    struct hf_certificate certificate;
    struct hf_fault why = {0};
    enum hf_err err = issue(rotate, board->name, request, &certificate, &why);
    if (err == HF_ERR_MALFORMED || err == HF_ERR_INVALID) {
        fail(board, "its request", why.text);
        return HF_ERR_OK;
    }
    if (err)
        return hf_fault_set(fault, err, why.raw, "%s", why.text);
    err = add_authorities(rotate, certificate.pem, payload, fault);
    if (!err)
        err = hf_certificates_add(rotate->ledger, &certificate, fault);
    if (err)
        return err;
    memcpy(board->serial, certificate.serial, sizeof board->serial);
    board->until_s = certificate.until_s;
    board->step = HF_ROTATE_SENT;
    return hand_in(rotate, board, "hf-renew", payload, fault);
}

struct standing {
    const char *serial;
    size_t good;
    bool signs;
};

static enum hf_err note_standing(void *context, const struct hf_certificate *row)
{
    struct standing *standing = context;
    standing->good++;
    if (strcmp(row->serial, standing->serial) == 0)
        standing->signs = row->signs;
    return HF_ERR_OK;
}

static enum hf_err look_up(const struct hf_rotate *rotate, const struct hf_rotate_board *board,
                           struct standing *standing, struct hf_fault *fault)
{
    *standing = (struct standing){.serial = board->serial};
    return hf_certificates_of(rotate->ledger, board->name, note_standing, standing, fault);
}

/* The echo was signed with the new key exactly when the others were revoked for it. */
static enum hf_err judge(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                         struct hf_fault *fault)
{
    struct standing standing;
    enum hf_err err = look_up(rotate, board, &standing, fault);
    if (err)
        return err;
    board->proven = standing.good == 1 || !standing.signs;
    board->step = HF_ROTATE_DONE;
    if (board->proven)
        return HF_ERR_OK;
    fail(board, "the new certificate",
         "the board did not get a connection with it and is back at "
         "the one before; its log says why (identity.refused)");
    return hf_certificates_revoke_one(rotate->ledger, board->serial, hf_clock_unix_ms(), fault);
}

/* `*kept`: not the one by which those before it were revoked. Whatever became of the task that
 * brought it, its key has signed a result, and the board would be left with none. */
static enum hf_err take_back(const struct hf_rotate *rotate, const struct hf_rotate_board *board,
                             bool *kept, struct hf_fault *fault)
{
    struct standing standing;
    enum hf_err err = look_up(rotate, board, &standing, fault);
    if (err)
        return err;
    *kept = standing.good == 1 && standing.signs;
    return *kept ? HF_ERR_OK
                 : hf_certificates_revoke_one(rotate->ledger, board->serial, hf_clock_unix_ms(),
                                              fault);
}

static enum hf_err refuse(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                          const char *reason, struct hf_fault *fault)
{
    static const char *const steps[] = {[HF_ROTATE_ASKED] = "making a key on the board",
                                        [HF_ROTATE_SENT] = "putting the certificate in place",
                                        [HF_ROTATE_PROVES] = "a task with the new certificate"};
    bool kept = false;
    enum hf_err err = HF_ERR_OK;
    if (board->step == HF_ROTATE_SENT)
        err = take_back(rotate, board, &kept, fault);
    if (kept) {
        board->proven = true;
        board->step = HF_ROTATE_DONE;
    } else {
        fail(board, steps[board->step], reason);
    }
    return err;
}

enum hf_err hf_rotate_look(const struct hf_rotate *rotate, struct hf_rotate_board *board,
                           struct hf_fault *fault)
{
    struct answer answer;
    bool ended = false;
    if (board->step == HF_ROTATE_DONE || board->step == HF_ROTATE_FAILED)
        return HF_ERR_OK;
    enum hf_err err = read_answer(rotate, board, &answer, &ended, fault);
    if (err || !ended)
        return err;
    if (!answer.done)
        return refuse(rotate, board, answer.reason, fault);
    if (board->step == HF_ROTATE_ASKED)
        return send_certificate(rotate, board, answer.output, fault);
    if (board->step == HF_ROTATE_PROVES)
        return judge(rotate, board, fault);
    board->step = HF_ROTATE_PROVES;
    return hand_in(rotate, board, "echo", "", fault);
}
