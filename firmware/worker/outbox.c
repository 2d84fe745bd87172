#include "worker/outbox.h"

#include "link/log.h"
#include "wire/topology.h"

#include <inttypes.h>
#include <string.h>

#define PIECE_BYTES 4096
#define ROOM_BYTES  8192 /* for the properties of any result */

static struct hf_outbox_item *free_item(struct hf_outbox *outbox)
{
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        if (outbox->items[i].phase == HF_OUTBOX_FREE)
            return &outbox->items[i];
    }
    return NULL; /* cannot be: the journal and the slots bound how many there are */
}

static struct hf_outbox_item *find(struct hf_outbox *outbox, uint64_t sequence)
{
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        if (outbox->items[i].phase != HF_OUTBOX_FREE && outbox->items[i].sequence == sequence)
            return &outbox->items[i];
    }
    return NULL;
}

static void put(struct hf_outbox *outbox, const struct hf_outbox_item *item)
{
    struct hf_outbox_item *place = find(outbox, item->sequence);
    if (place == NULL)
        place = free_item(outbox);
    if (place != NULL)
        *place = *item;
}

static void put_orphan(struct hf_outbox *outbox, uint64_t sequence)
{
    put(outbox, &(struct hf_outbox_item){
                    .phase = HF_OUTBOX_WAITING, .owner = HF_OUTBOX_ORPHAN, .sequence = sequence});
}

void hf_outbox_init(struct hf_outbox *outbox, struct hf_journal *journal,
                    struct hf_session *session, uint16_t channel, const char *board)
{
    memset(outbox, 0, sizeof *outbox);
    outbox->journal = journal;
    outbox->session = session;
    outbox->channel = channel;
    outbox->board = board;
    hf_spool_init(&outbox->body);
    const struct hf_journal_entry *entry = hf_journal_next_unconfirmed(journal, 0);
    while (entry != NULL) {
        put_orphan(outbox, entry->sequence);
        entry = hf_journal_next_unconfirmed(journal, entry->sequence);
    }
}

void hf_outbox_close(struct hf_outbox *outbox)
{
    hf_journal_stop_reading(&outbox->reading);
    hf_spool_close(&outbox->body);
    memset(outbox->items, 0, sizeof outbox->items);
    outbox->sending = NULL;
}

void hf_outbox_add(struct hf_outbox *outbox, int owner, uint64_t sequence,
                   const struct hf_result *result, const struct hf_spool *body)
{
    put(outbox, &(struct hf_outbox_item){.phase = HF_OUTBOX_WAITING,
                                         .owner = owner,
                                         .sequence = sequence,
                                         .result = result,
                                         .body = body});
}

static bool can_be_loaded(const struct hf_outbox *outbox, uint64_t sequence)
{
    const struct hf_journal_entry *entry =
        hf_journal_next_unconfirmed(outbox->journal, sequence - 1);
    return entry != NULL && entry->sequence == sequence;
}

void hf_outbox_release(struct hf_outbox *outbox, uint64_t sequence)
{
    struct hf_outbox_item *item = find(outbox, sequence);
    if (!can_be_loaded(outbox, sequence)) {
        if (item != NULL)
            item->phase = HF_OUTBOX_FREE;
        hf_log(HF_LOG_INFO, "result.dropped",
               "reason=\"the link is gone and the journal is off: the task will run again\"");
    } else if (item == NULL) {
        put_orphan(outbox, sequence);
    } else {
        item->owner = HF_OUTBOX_ORPHAN;
        item->result = NULL;
        item->body = NULL;
    }
}

void hf_outbox_link_down(struct hf_outbox *outbox)
{
    outbox->sending = NULL;
    hf_journal_stop_reading(&outbox->reading);
    hf_spool_close(&outbox->body);
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        struct hf_outbox_item *item = &outbox->items[i];
        if (item->phase == HF_OUTBOX_FREE)
            continue;
        if (item->owner != HF_OUTBOX_ORPHAN)
            item->phase = HF_OUTBOX_FREE;
        else
            put_orphan(outbox, item->sequence);
    }
}

/* Answers. */

static void settle(struct hf_outbox *outbox, struct hf_outbox_item *item, bool kept, int64_t now_ms)
{
    if (!kept)
        hf_log(HF_LOG_WARN, "result.not_kept", "reason=\"%s\" retry_ms=%d",
               item->returned ? "no queue takes results: does the manager's topology exist?"
                              : "the broker could not store it",
               HF_OUTBOX_RETRY_MS);
    item->kept = kept;
    item->phase = HF_OUTBOX_SETTLED;
    if (item->owner != HF_OUTBOX_ORPHAN)
        return;
    if (kept) {
        hf_journal_confirmed(outbox->journal, item->sequence);
        item->phase = HF_OUTBOX_FREE;
    } else {
        put_orphan(outbox, item->sequence);
        item->not_before_ms = now_ms + HF_OUTBOX_RETRY_MS;
    }
}

static bool is_about(const struct hf_outbox_item *item, const struct hf_session_event *event)
{
    if (item->phase != HF_OUTBOX_SENT)
        return false;
    return event->multiple ? item->confirm <= event->sequence : item->confirm == event->sequence;
}

static void note_returned(struct hf_outbox *outbox, struct hf_str id)
{
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        struct hf_outbox_item *item = &outbox->items[i];
        if ((item->phase == HF_OUTBOX_SENT || item->phase == HF_OUTBOX_SENDING) &&
            hf_str_equal(id, hf_str(item->id)))
            item->returned = true;
    }
}

void hf_outbox_event(struct hf_outbox *outbox, const struct hf_session_event *event, int64_t now_ms)
{
    if (event->channel != outbox->channel)
        return;
    if (event->kind == HF_SESSION_RETURNED) {
        note_returned(outbox, event->envelope.message_id);
        return;
    }
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        struct hf_outbox_item *item = &outbox->items[i];
        if (is_about(item, event))
            settle(outbox, item, event->kind == HF_SESSION_CONFIRMED && !item->returned, now_ms);
    }
}

bool hf_outbox_take_settled(struct hf_outbox *outbox, int *owner, bool *kept)
{
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        struct hf_outbox_item *item = &outbox->items[i];
        if (item->phase != HF_OUTBOX_SETTLED)
            continue;
        *owner = item->owner;
        *kept = item->kept;
        item->phase = HF_OUTBOX_FREE;
        return true;
    }
    return false;
}

/* Sending. */

/* The orphan that was stored first, else the owner's that was. */
static struct hf_outbox_item *next_due(struct hf_outbox *outbox, int64_t now_ms)
{
    struct hf_outbox_item *best = NULL;
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        struct hf_outbox_item *item = &outbox->items[i];
        if (item->phase != HF_OUTBOX_WAITING || item->not_before_ms > now_ms)
            continue;
        const bool orphan = item->owner == HF_OUTBOX_ORPHAN;
        const bool best_is_orphan = best != NULL && best->owner == HF_OUTBOX_ORPHAN;
        if (best == NULL || (orphan && !best_is_orphan) ||
            (orphan == best_is_orphan && item->sequence < best->sequence))
            best = item;
    }
    return best;
}

/* False: there is nothing to send (yet), and the item is dealt with. */
static bool load(struct hf_outbox *outbox, struct hf_outbox_item *item, int64_t now_ms)
{
    struct hf_fault fault;
    const enum hf_err err = hf_journal_load(outbox->journal, &outbox->reading, item->sequence,
                                            &outbox->result, &outbox->body, &fault);
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_READ)
        return err == HF_ERR_OK;
    hf_log(HF_LOG_ERROR, "journal.unreadable", "reason=\"%s\"", fault.text);
    if (can_be_loaded(outbox, item->sequence))
        item->not_before_ms = now_ms + HF_OUTBOX_RETRY_MS; /* the disk may come round */
    else
        item->phase = HF_OUTBOX_FREE; /* it was torn: the broker still has the task */
    return false;
}

static const struct hf_result *result_of(const struct hf_outbox *outbox,
                                         const struct hf_outbox_item *item)
{
    return item->result != NULL ? item->result : &outbox->result;
}

static const struct hf_spool *body_of(const struct hf_outbox *outbox,
                                      const struct hf_outbox_item *item)
{
    return item->result != NULL ? item->body : &outbox->body;
}

static int64_t body_size(const struct hf_outbox *outbox, const struct hf_outbox_item *item)
{
    const struct hf_spool *body = body_of(outbox, item);
    return body != NULL ? body->size_bytes : 0;
}

static enum hf_err unsendable(const struct hf_outbox *outbox, const struct hf_outbox_item *item,
                              enum hf_err err, struct hf_fault *fault)
{
    return hf_fault_set(fault, err, 0, "the result of task %s could not be sent: %s",
                        result_of(outbox, item)->id, hf_err_text(err));
}

static enum hf_err begin(struct hf_outbox *outbox, struct hf_outbox_item *item,
                         struct hf_fault *fault)
{
    struct hf_envelope envelope;
    char key[HF_ROUTE_MAX + 1];
    hf_result_encode(result_of(outbox, item), &envelope);
    hf_route(key, HF_KEY_RESULT_PREFIX, outbox->board);
    const int64_t size = body_size(outbox, item);
    const struct hf_publish message = {.exchange = HF_EXCHANGE_RESULTS,
                                       .routing_key = key,
                                       .envelope = &envelope,
                                       .body_size = (uint64_t)size,
                                       .mandatory = true};
    const enum hf_err err =
        hf_session_publish(outbox->session, outbox->channel, &message, &item->confirm);
    if (err == HF_ERR_WOULD_WRITE)
        return err;
    if (err != HF_ERR_OK)
        return unsendable(outbox, item, err, fault);
    memcpy(item->id, result_of(outbox, item)->id, sizeof item->id);
    item->returned = false;
    item->phase = size > 0 ? HF_OUTBOX_SENDING : HF_OUTBOX_SENT;
    outbox->sending = size > 0 ? item : NULL;
    outbox->offset = 0;
    return HF_ERR_OK;
}

static enum hf_err send_piece(struct hf_outbox *outbox, struct hf_fault *fault)
{
    struct hf_outbox_item *item = outbox->sending;
    char piece[PIECE_BYTES];
    size_t got = 0;
    size_t taken = 0;
    enum hf_err err =
        hf_spool_read(body_of(outbox, item), outbox->offset, piece, sizeof piece, &got, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_session_publish_body(outbox->session, outbox->channel, piece, got, &taken);
    outbox->offset += (int64_t)taken;
    if (outbox->offset == body_size(outbox, item)) {
        item->phase = HF_OUTBOX_SENT;
        outbox->sending = NULL;
    }
    if (err == HF_ERR_OK || err == HF_ERR_WOULD_WRITE)
        return err;
    return unsendable(outbox, item, err, fault);
}

/* The link takes the properties of any result. */
static bool may_begin(const struct hf_outbox *outbox)
{
    return !hf_session_is_blocked(outbox->session) &&
           hf_session_room(outbox->session) >= ROOM_BYTES;
}

enum hf_err hf_outbox_step(struct hf_outbox *outbox, int64_t now_ms, struct hf_fault *fault)
{
    if (!hf_session_is_up(outbox->session) || hf_session_is_blocked(outbox->session))
        return HF_ERR_WOULD_WRITE;
    if (outbox->sending != NULL)
        return send_piece(outbox, fault);
    struct hf_outbox_item *item = next_due(outbox, now_ms);
    if (!may_begin(outbox))
        return HF_ERR_WOULD_WRITE; /* before an orphan is read for nothing */
    if (item == NULL || item->result != NULL)
        hf_journal_stop_reading(&outbox->reading);
    if (item == NULL || (item->result == NULL && !load(outbox, item, now_ms)))
        return HF_ERR_WOULD_WRITE;
    return begin(outbox, item, fault);
}

size_t hf_outbox_orphans(const struct hf_outbox *outbox)
{
    size_t count = 0;
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++)
        count +=
            outbox->items[i].phase != HF_OUTBOX_FREE && outbox->items[i].owner == HF_OUTBOX_ORPHAN;
    return count;
}

int64_t hf_outbox_deadline(const struct hf_outbox *outbox)
{
    int64_t deadline_ms = INT64_MAX;
    for (size_t i = 0; i < HF_OUTBOX_MAX; i++) {
        const struct hf_outbox_item *item = &outbox->items[i];
        if (item->phase == HF_OUTBOX_WAITING && item->not_before_ms > 0 &&
            item->not_before_ms < deadline_ms)
            deadline_ms = item->not_before_ms;
    }
    if (!hf_session_is_up(outbox->session))
        return INT64_MAX;
    return outbox->reading.sequence != 0 && may_begin(outbox) ? 0 : deadline_ms;
}
