#ifndef HF_MANAGER_PARCEL_H
#define HF_MANAGER_PARCEL_H

#include "ledger/tasks.h"
#include "link/session.h"
#include "pki/seal_key.h"

/*
 * One task on its way out: its message, fed to the session piece by piece, so that a payload of any
 * size takes no more memory than a frame. (A plain task is JSON, at most HF_PLAIN_BODY_MAX, and
 * made in memory.) Zero it before first use; hf_parcel_free() at the end.
 */

struct hf_parcel {
    struct hf_entry entry;
    struct hf_body_reader reader;
    char *plain; /* the JSON body; NULL: the body is the payload as it is */
    uint64_t size;
    uint64_t sent;
    size_t held;    /* bytes of `piece` that the session has not taken yet, */
    size_t held_at; /* from here on */
    char piece[HF_SESSION_FRAME_MAX];
    bool loaded;    /* holds a task */
    bool published; /* the message has begun: its body must follow */
};

/* What is signed of a task with that target, and a message body with that hash. */
void hf_parcel_seal(const struct hf_entry *entry, const uint8_t hash[HF_SHA256_BYTES],
                    struct hf_seal *seal);

/*
 * Puts a task in, signed by `signer` (NULL: as it is) unless it is signed already; that reads its
 * payload once.
 * HF_ERR_NOT_FOUND, HF_ERR_MALFORMED, HF_ERR_INVALID, HF_ERR_TOO_LARGE: this task cannot be sent
 * (its payload's file is gone, say), others can. Errors of the ledger.
 */
enum hf_err hf_parcel_load(struct hf_parcel *parcel, struct hf_ledger *ledger,
                           const struct hf_entry *entry, struct hf_seal_signer *signer,
                           struct hf_fault *fault);

/* Begins the message. Errors of hf_session_publish(). */
enum hf_err hf_parcel_publish(struct hf_parcel *parcel, struct hf_session *session,
                              uint16_t channel, uint64_t *sequence, struct hf_fault *fault);

/*
 * Sends more of the body. HF_ERR_OK: all of it is sent, the parcel is empty again.
 * HF_ERR_WOULD_WRITE: go on later. HF_ERR_IO: the payload cannot be read; the message is broken, so
 * the session must be closed.
 */
enum hf_err hf_parcel_push(struct hf_parcel *parcel, struct hf_session *session, uint16_t channel,
                           struct hf_fault *fault);

/* Takes the task out, wherever it stands. */
void hf_parcel_drop(struct hf_parcel *parcel);
void hf_parcel_free(struct hf_parcel *parcel);

#endif
