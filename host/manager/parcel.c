#include "manager/parcel.h"

#include "link/digest.h"
#include "manager/plain.h"
#include "manager/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hf_parcel_drop(struct hf_parcel *parcel)
{
    free(parcel->plain);
    parcel->plain = NULL;
    parcel->loaded = parcel->published = false;
    parcel->held = parcel->held_at = 0;
    parcel->size = parcel->sent = 0;
}

void hf_parcel_free(struct hf_parcel *parcel)
{
    hf_parcel_drop(parcel);
    hf_body_close(&parcel->reader);
}

static enum hf_err make_plain(struct hf_parcel *parcel, struct hf_fault *fault)
{
    enum hf_err err = hf_plain_body(&parcel->entry.task, &parcel->reader, &parcel->plain, fault);
    if (err == HF_ERR_OK)
        parcel->size = strlen(parcel->plain);
    return err;
}

static enum hf_err fill_piece(struct hf_parcel *parcel, struct hf_fault *fault)
{
    uint64_t left = parcel->size - parcel->sent;
    size_t len = left < sizeof parcel->piece ? (size_t)left : sizeof parcel->piece;
    parcel->held_at = 0;
    if (!parcel->plain)
        return hf_body_read(&parcel->reader, parcel->sent, parcel->piece, len, &parcel->held,
                            fault);
    memcpy(parcel->piece, parcel->plain + parcel->sent, len);
    parcel->held = len;
    return HF_ERR_OK;
}

static enum hf_err hash_body(struct hf_parcel *parcel, uint8_t hash[HF_SHA256_BYTES],
                             struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    struct hf_digest digest;
    hf_digest_begin(&digest);
    while (err == HF_ERR_OK && parcel->sent < parcel->size) {
        err = fill_piece(parcel, fault);
        if (err == HF_ERR_OK && parcel->held == 0)
            err = hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the payload of task %s is cut off",
                               parcel->entry.task.id);
        hf_digest_add(&digest, parcel->piece, parcel->held);
        parcel->sent += parcel->held;
    }
    hf_digest_end(&digest, hash);
    parcel->sent = parcel->held = 0;
    return err;
}

void hf_parcel_seal(const struct hf_entry *entry, const uint8_t hash[HF_SHA256_BYTES],
                    struct hf_seal *seal)
{
    char target[HF_SEAL_TARGET_MAX + 1];
    snprintf(target, sizeof target, "%s %s", hf_target_kind_text(entry->target.kind),
             entry->target.name);
    hf_seal_task(seal, &entry->task, target, hash);
}

static enum hf_err sign(struct hf_parcel *parcel, struct hf_seal_signer *signer,
                        struct hf_fault *fault)
{
    struct hf_seal seal;
    uint8_t hash[HF_SHA256_BYTES];
    enum hf_err err = hash_body(parcel, hash, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_parcel_seal(&parcel->entry, hash, &seal);
    return hf_seal_sign(signer, &seal, parcel->entry.task.signature, fault);
}

enum hf_err hf_parcel_load(struct hf_parcel *parcel, struct hf_ledger *ledger,
                           const struct hf_entry *entry, struct hf_seal_signer *signer,
                           struct hf_fault *fault)
{
    hf_parcel_drop(parcel);
    parcel->entry = *entry;
    hf_str_copy(parcel->entry.task.sender, sizeof parcel->entry.task.sender,
                hf_str(HF_MANAGER_USER));
    enum hf_err err = hf_tasks_payload(ledger, entry->number, &parcel->reader, fault);
    if (err == HF_ERR_OK && entry->task.plain)
        err = make_plain(parcel, fault);
    else if (err == HF_ERR_OK)
        parcel->size = parcel->reader.size;
    if (err == HF_ERR_OK && signer && !entry->task.signature[0])
        err = sign(parcel, signer, fault);
    parcel->loaded = err == HF_ERR_OK;
    return err;
}

enum hf_err hf_parcel_publish(struct hf_parcel *parcel, struct hf_session *session,
                              uint16_t channel, uint64_t *sequence, struct hf_fault *fault)
{
    struct hf_envelope envelope;
    struct hf_path path;
    hf_task_encode(&parcel->entry.task, &envelope);
    hf_route_task(&parcel->entry.target, parcel->entry.task.attempt, &path);
    struct hf_publish message = {.exchange = path.exchange,
                                 .routing_key = path.key,
                                 .envelope = &envelope,
                                 .body_size = parcel->size,
                                 .mandatory = true};
    enum hf_err err = hf_session_publish(session, channel, &message, sequence);
    if (err == HF_ERR_OK)
        parcel->published = true;
    else if (err != HF_ERR_WOULD_WRITE)
        hf_fault_set(fault, err, 0, "publishing task %s: %s", parcel->entry.task.id,
                     hf_err_text(err));
    return err;
}

enum hf_err hf_parcel_push(struct hf_parcel *parcel, struct hf_session *session, uint16_t channel,
                           struct hf_fault *fault)
{
    while (parcel->sent < parcel->size) {
        size_t taken = 0;
        enum hf_err err = parcel->held > 0 ? HF_ERR_OK : fill_piece(parcel, fault);
        if (err == HF_ERR_OK && parcel->held == 0)
            err = hf_fault_set(fault, HF_ERR_IO, 0, "the payload of task %s is cut off",
                               parcel->entry.task.id);
        if (err != HF_ERR_OK)
            return err;
        err = hf_session_publish_body(session, channel, parcel->piece + parcel->held_at,
                                      parcel->held, &taken);
        parcel->held -= taken;
        parcel->held_at += taken;
        parcel->sent += taken;
        if (err == HF_ERR_WOULD_WRITE || (err == HF_ERR_OK && taken == 0))
            return HF_ERR_WOULD_WRITE;
        if (err != HF_ERR_OK)
            return hf_fault_set(fault, err, 0, "publishing task %s: %s", parcel->entry.task.id,
                                hf_err_text(err));
    }
    hf_parcel_drop(parcel);
    return HF_ERR_OK;
}
