#include "worker/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const MODES[] = {
    [HF_JOURNAL_OFF] = "off", [HF_JOURNAL_RAM] = "ram", [HF_JOURNAL_FLASH] = "flash"};

enum hf_err hf_journal_mode_parse(struct hf_str text, enum hf_journal_mode *out)
{
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        if (!hf_str_equal(text, hf_str(MODES[i])))
            continue;
        *out = (enum hf_journal_mode)i;
        return HF_ERR_OK;
    }
    return HF_ERR_INVALID;
}

const char *hf_journal_mode_text(enum hf_journal_mode mode)
{
    return (size_t)mode < sizeof MODES / sizeof *MODES ? MODES[mode] : "?";
}

/* The table of results. */

static struct hf_journal_entry *by_sequence(struct hf_journal *journal, uint64_t sequence)
{
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        if (sequence != 0 && journal->entries[i].sequence == sequence)
            return &journal->entries[i];
    }
    return NULL;
}

static struct hf_journal_entry *free_entry(struct hf_journal *journal)
{
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        if (journal->entries[i].sequence == 0)
            return &journal->entries[i];
    }
    return NULL;
}

static size_t count_unconfirmed(const struct hf_journal *journal)
{
    size_t found = 0;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++)
        found += journal->entries[i].sequence != 0 && !journal->entries[i].confirmed;
    return found;
}

/* What never began cannot run again, and whoever may send can have a board refuse any number. */
static bool makes_way_before(const struct hf_journal_entry *one,
                             const struct hf_journal_entry *other)
{
    return one->began != other->began ? !one->began : one->confirmed_as < other->confirmed_as;
}

/* Of those that are confirmed, and settled or not, the one that is to make way. */
static struct hf_journal_entry *oldest(struct hf_journal *journal, bool settled, size_t *count)
{
    struct hf_journal_entry *first = NULL;
    *count = 0;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        struct hf_journal_entry *entry = &journal->entries[i];
        if (!entry->confirmed || entry->settled != settled)
            continue;
        ++*count;
        if (first == NULL || makes_way_before(entry, first))
            first = entry;
    }
    return first;
}

static struct hf_journal_name name_of(const struct hf_journal_entry *entry)
{
    return (struct hf_journal_name){.sequence = entry->sequence,
                                    .kind = (enum hf_journal_kind)entry->kind};
}

/* Its bytes go; that it was done stays known. */
static void unload(struct hf_journal *journal, struct hf_journal_entry *entry)
{
    const ptrdiff_t place = entry - journal->entries;
    if (!entry->loadable)
        return;
    entry->loadable = false;
    if (journal->mode == HF_JOURNAL_FLASH) {
        hf_journal_remove(journal, name_of(entry));
    } else if (journal->mode == HF_JOURNAL_RAM) {
        hf_spool_close(&journal->ram[place].head);
        hf_spool_close(&journal->ram[place].body);
    }
}

static void forget(struct hf_journal *journal, struct hf_journal_entry *entry)
{
    unload(journal, entry);
    memset(entry, 0, sizeof *entry);
}

static void rename_to(struct hf_journal *journal, struct hf_journal_entry *entry,
                      enum hf_journal_kind kind)
{
    struct hf_journal_name to = name_of(entry);
    to.kind = kind;
    if (journal->mode == HF_JOURNAL_FLASH && entry->loadable &&
        hf_journal_rename(journal, name_of(entry), to))
        entry->kind = kind;
}

/* One more has become so. */
static void keep_recent(struct hf_journal *journal, bool settled)
{
    size_t count;
    struct hf_journal_entry *first = oldest(journal, settled, &count);
    if (count > HF_JOURNAL_RECENT)
        forget(journal, first);
}

static void fill(struct hf_journal_entry *entry, uint64_t sequence, const struct hf_result *result,
                 uint64_t body_bytes)
{
    memset(entry, 0, sizeof *entry);
    entry->sequence = sequence;
    memcpy(entry->id, result->id, sizeof entry->id);
    entry->attempt = result->attempt;
    entry->status = result->status;
    entry->began = result->started_ms != 0;
    entry->body_bytes = body_bytes;
    entry->kind = HF_JOURNAL_RESULT;
}

/* A free place, or that of a confirmed one; NULL: all are unconfirmed. */
static struct hf_journal_entry *place_for(struct hf_journal *journal)
{
    size_t count;
    struct hf_journal_entry *entry = free_entry(journal);
    if (entry != NULL)
        return entry;
    entry = oldest(journal, true, &count);
    if (entry == NULL)
        entry = oldest(journal, false, &count);
    if (entry != NULL)
        forget(journal, entry);
    return entry;
}

bool hf_journal_add(struct hf_journal *journal, struct hf_journal_name name,
                    const struct hf_record *record)
{
    struct hf_journal_entry *entry = by_sequence(journal, name.sequence);
    if (entry == NULL) {
        entry = place_for(journal);
        if (entry == NULL)
            return false;
        fill(entry, name.sequence, &record->result, record->body_bytes);
        entry->loadable = true;
    } else {
        /* Two names: a rename that the card did by half. What was known last is known for sure. */
        struct hf_journal_name other = name_of(entry);
        hf_journal_remove(journal, other.kind < name.kind ? other : name);
        if (other.kind > name.kind)
            return true;
    }
    entry->kind = name.kind;
    entry->confirmed = name.kind != HF_JOURNAL_RESULT;
    entry->settled = name.kind == HF_JOURNAL_ACKED;
    entry->confirmed_as = name.sequence;
    keep_recent(journal, entry->settled);
    return true;
}

/* Opening and closing. */

static void reset(struct hf_journal *journal)
{
    memset(journal, 0, sizeof *journal);
    journal->disk = &hf_disk_real;
    journal->folder_fd = -1;
    journal->next_sequence = 1;
}

enum hf_err hf_journal_open_on(struct hf_journal *journal, const char *folder,
                               enum hf_journal_mode mode, const struct hf_disk *disk,
                               struct hf_fault *fault)
{
    reset(journal);
    journal->mode = mode;
    journal->folder = folder;
    journal->disk = disk;
    if (mode == HF_JOURNAL_RAM) {
        for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
            hf_spool_init(&journal->ram[i].head);
            hf_spool_init(&journal->ram[i].body);
        }
    }
    const enum hf_err err = mode == HF_JOURNAL_FLASH ? hf_journal_scan(journal, fault) : HF_ERR_OK;
    if (err != HF_ERR_OK)
        hf_journal_close(journal);
    journal->syncs = 0;
    return err;
}

enum hf_err hf_journal_open(struct hf_journal *journal, const char *folder,
                            enum hf_journal_mode mode, struct hf_fault *fault)
{
    return hf_journal_open_on(journal, folder, mode, &hf_disk_real, fault);
}

void hf_journal_close(struct hf_journal *journal)
{
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES && journal->mode == HF_JOURNAL_RAM; i++)
        unload(journal, &journal->entries[i]);
    if (journal->mode == HF_JOURNAL_FLASH && journal->folder_fd >= 0)
        (void)close(journal->folder_fd);
    reset(journal);
}

/* Storing. */

static enum hf_err share(const struct hf_spool *from, struct hf_spool *to, struct hf_fault *fault)
{
    if (from == NULL || from->size_bytes == 0)
        return HF_ERR_OK;
    const int fd = fcntl(from->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot keep a result in memory: %s",
                            strerror(errno));
    hf_spool_view(to, fd, from->base_bytes, from->size_bytes);
    return HF_ERR_OK;
}

static enum hf_err store_in_ram(struct hf_journal *journal, size_t place,
                                const struct hf_result *result, const struct hf_spool *body,
                                struct hf_fault *fault)
{
    struct hf_spool *head = &journal->ram[place].head;
    const struct hf_record record = {.result = *result};
    uint8_t bytes[HF_RECORD_HEAD_MAX];
    const size_t len = hf_record_encode(&record, bytes);
    enum hf_err err = hf_spool_open(head, journal->folder, HF_RECORD_HEAD_MAX, fault);
    if (err == HF_ERR_OK)
        err = hf_spool_append(head, bytes, len, fault);
    if (err == HF_ERR_OK)
        err = share(body, &journal->ram[place].body, fault);
    if (err != HF_ERR_OK)
        hf_spool_close(head);
    return err;
}

static enum hf_err store_on_flash(struct hf_journal *journal, struct hf_journal_writing *writing,
                                  const struct hf_result *result, const struct hf_spool *body,
                                  struct hf_fault *fault)
{
    enum hf_err err = hf_journal_store_part(journal, writing, result, body, fault);
    while (err == HF_ERR_NO_SPACE && hf_journal_make_room(journal))
        err = hf_journal_store_part(journal, writing, result, body, fault);
    return err;
}

/* Others may have taken the last place while a large one was written. */
static struct hf_journal_entry *place_for_one(struct hf_journal *journal,
                                              struct hf_journal_writing *writing,
                                              struct hf_fault *fault)
{
    struct hf_journal_entry *entry = free_entry(journal);
    if (entry != NULL && count_unconfirmed(journal) < HF_JOURNAL_UNCONFIRMED)
        return entry;
    hf_journal_abandon(journal, writing);
    (void)hf_fault_set(fault, HF_ERR_NO_SPACE, 0,
                       "%d results wait for the broker's confirm, more are not kept: it takes "
                       "none, or cannot be reached",
                       HF_JOURNAL_UNCONFIRMED);
    return NULL;
}

enum hf_err hf_journal_store(struct hf_journal *journal, struct hf_journal_writing *writing,
                             const struct hf_result *result, const struct hf_spool *body,
                             uint64_t *sequence, struct hf_fault *fault)
{
    struct hf_journal_entry *entry = place_for_one(journal, writing, fault);
    enum hf_err err = HF_ERR_OK;
    if (entry == NULL)
        return HF_ERR_NO_SPACE;
    if (journal->mode == HF_JOURNAL_FLASH)
        err = store_on_flash(journal, writing, result, body, fault);
    else if (journal->mode == HF_JOURNAL_RAM)
        err = store_in_ram(journal, (size_t)(entry - journal->entries), result, body, fault);
    if (err != HF_ERR_OK)
        return err;
    const uint64_t taken =
        journal->mode == HF_JOURNAL_FLASH ? writing->sequence : journal->next_sequence++;
    fill(entry, taken, result, body != NULL ? (uint64_t)body->size_bytes : 0);
    entry->loadable = journal->mode != HF_JOURNAL_OFF;
    *sequence = taken;
    return HF_ERR_OK;
}

/* What becomes of it. */

static uint64_t last_confirm(const struct hf_journal *journal)
{
    uint64_t last = 0;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        if (journal->entries[i].confirmed && journal->entries[i].confirmed_as > last)
            last = journal->entries[i].confirmed_as;
    }
    return last;
}

/* Of those that are not settled: their bodies would fill the disk with what the broker has. */
static void unload_large(struct hf_journal *journal)
{
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        struct hf_journal_entry *entry = &journal->entries[i];
        if (entry->confirmed && !entry->settled && entry->body_bytes > HF_JOURNAL_RECENT_BODY_MAX)
            unload(journal, entry);
    }
}

/* It is confirmed, and settled or not. */
static void keep(struct hf_journal *journal, struct hf_journal_entry *entry)
{
    if (entry->settled && entry->body_bytes > HF_JOURNAL_RECENT_BODY_MAX)
        unload(journal, entry);
    rename_to(journal, entry, entry->settled ? HF_JOURNAL_ACKED : HF_JOURNAL_DONE);
    keep_recent(journal, entry->settled);
}

void hf_journal_confirmed(struct hf_journal *journal, uint64_t sequence)
{
    struct hf_journal_entry *entry = by_sequence(journal, sequence);
    if (entry == NULL || entry->confirmed)
        return;
    unload_large(journal);
    if (journal->mode == HF_JOURNAL_RAM)
        unload(journal, entry);
    entry->confirmed_as = last_confirm(journal) + 1;
    entry->confirmed = true;
    keep(journal, entry);
}

void hf_journal_settled(struct hf_journal *journal, uint64_t sequence)
{
    struct hf_journal_entry *entry = by_sequence(journal, sequence);
    if (entry == NULL || entry->settled)
        return;
    entry->settled = true;
    if (entry->confirmed)
        keep(journal, entry);
}

static bool unload_confirmed(struct hf_journal *journal, bool settled_only)
{
    bool freed = false;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        struct hf_journal_entry *entry = &journal->entries[i];
        if (!entry->loadable || !entry->confirmed || (settled_only && !entry->settled))
            continue;
        unload(journal, entry);
        freed = true;
    }
    return freed;
}

bool hf_journal_make_room(struct hf_journal *journal)
{
    return unload_confirmed(journal, true) || unload_confirmed(journal, false);
}

/* Looking things up. */

const struct hf_journal_entry *hf_journal_find(const struct hf_journal *journal, const char *id,
                                               uint32_t attempt)
{
    const struct hf_journal_entry *found = NULL;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        const struct hf_journal_entry *entry = &journal->entries[i];
        if (entry->sequence != 0 && entry->attempt == attempt && strcmp(entry->id, id) == 0 &&
            (found == NULL || entry->sequence > found->sequence))
            found = entry;
    }
    return found;
}

const struct hf_journal_entry *hf_journal_next_unconfirmed(const struct hf_journal *journal,
                                                           uint64_t after)
{
    const struct hf_journal_entry *next = NULL;
    for (size_t i = 0; i < HF_JOURNAL_ENTRIES; i++) {
        const struct hf_journal_entry *entry = &journal->entries[i];
        if (entry->sequence > after && !entry->confirmed && entry->loadable &&
            (next == NULL || entry->sequence < next->sequence))
            next = entry;
    }
    return next;
}

static enum hf_err load_from_ram(struct hf_journal *journal, size_t place, struct hf_result *out,
                                 struct hf_spool *body, struct hf_fault *fault)
{
    struct hf_record record;
    uint8_t bytes[HF_RECORD_HEAD_MAX];
    size_t got = 0;
    size_t head_bytes = 0;
    enum hf_err err = hf_spool_read(&journal->ram[place].head, 0, bytes, sizeof bytes, &got, fault);
    if (err == HF_ERR_OK)
        err = hf_record_decode(bytes, got, &record, &head_bytes, fault);
    hf_spool_close(body);
    if (err == HF_ERR_OK)
        err = share(&journal->ram[place].body, body, fault);
    if (err == HF_ERR_OK)
        *out = record.result;
    return err;
}

enum hf_err hf_journal_load(struct hf_journal *journal, struct hf_journal_reading *reading,
                            uint64_t sequence, struct hf_result *out, struct hf_spool *body,
                            struct hf_fault *fault)
{
    struct hf_journal_entry *entry = by_sequence(journal, sequence);
    hf_spool_close(body);
    if (entry == NULL || !entry->loadable) {
        hf_journal_stop_reading(reading);
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "nothing is kept of that result");
    }
    if (journal->mode == HF_JOURNAL_RAM)
        return load_from_ram(journal, (size_t)(entry - journal->entries), out, body, fault);
    const int64_t torn = journal->torn;
    const enum hf_err err =
        hf_journal_load_part(journal, reading, name_of(entry), out, body, fault);
    if (err == HF_ERR_NOT_FOUND || journal->torn > torn)
        memset(entry, 0, sizeof *entry);
    return err;
}
