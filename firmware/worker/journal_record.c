#include "worker/crc32.h"
#include "worker/journal_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES 8192

static uint64_t size_of(const struct hf_spool *body)
{
    return body != NULL ? (uint64_t)body->size_bytes : 0;
}

/* Some of the body to its place in the file. */
static enum hf_err copy_part(struct hf_journal *journal, struct hf_journal_writing *writing,
                             uint64_t head_bytes, const struct hf_spool *body,
                             struct hf_fault *fault)
{
    char piece[COPY_BYTES];
    const uint64_t from = writing->done_bytes;
    while (writing->done_bytes < size_of(body) &&
           writing->done_bytes - from < HF_JOURNAL_STEP_BYTES) {
        size_t got = 0;
        const uint64_t at = head_bytes + writing->done_bytes;
        enum hf_err err =
            hf_spool_read(body, (int64_t)writing->done_bytes, piece, sizeof piece, &got, fault);
        if (err == HF_ERR_OK)
            err = hf_journal_write(journal, writing->fd, at, piece, got, fault);
        if (err != HF_ERR_OK)
            return err;
        writing->crc = hf_crc32(writing->crc, piece, got);
        writing->done_bytes += got;
    }
    if (writing->done_bytes == size_of(body))
        return HF_ERR_OK;
    if (journal->disk->push != NULL)
        journal->disk->push(writing->fd, (off_t)(head_bytes + from), HF_JOURNAL_STEP_BYTES);
    return HF_ERR_WOULD_WRITE;
}

/* The head comes last, when the body's CRC is known: until then the file begins with zeros. */
static enum hf_err fill_part(struct hf_journal *journal, struct hf_journal_writing *writing,
                             const struct hf_result *result, const struct hf_spool *body,
                             struct hf_fault *fault)
{
    uint8_t head[HF_RECORD_HEAD_MAX];
    struct hf_record record = {.result = *result, .body_bytes = size_of(body)};
    const size_t len = hf_record_encode(&record, head);
    const enum hf_err err = copy_part(journal, writing, len, body, fault);
    if (err != HF_ERR_OK)
        return err;
    record.body_crc = writing->crc;
    (void)hf_record_encode(&record, head);
    return hf_journal_write(journal, writing->fd, 0, head, len, fault);
}

static enum hf_err check_room(struct hf_journal *journal, uint64_t body_bytes,
                              struct hf_fault *fault)
{
    const int64_t room = journal->disk->room(journal->folder_fd);
    const uint64_t wanted = body_bytes + HF_RECORD_HEAD_MAX;
    if (room >= 0 && (uint64_t)room >= wanted)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_NO_SPACE, 0,
                        "the result needs %" PRIu64 " KB and its disk has %" PRId64
                        " KB free; make room for the journal %s",
                        (wanted + 1023) / 1024, room / 1024, journal->folder);
}

static enum hf_err begin(struct hf_journal *journal, struct hf_journal_writing *writing,
                         const struct hf_spool *body, struct hf_fault *fault)
{
    struct hf_journal_writing begun = {.busy = true, .fd = -1};
    enum hf_err err = check_room(journal, size_of(body), fault);
    if (err == HF_ERR_OK)
        err = hf_journal_create(journal, &begun.sequence, &begun.fd, fault);
    if (err == HF_ERR_OK)
        *writing = begun;
    return err;
}

void hf_journal_abandon(struct hf_journal *journal, struct hf_journal_writing *writing)
{
    if (writing->busy)
        hf_journal_discard(journal, writing->sequence, writing->fd);
    writing->busy = false;
}

enum hf_err hf_journal_store_part(struct hf_journal *journal, struct hf_journal_writing *writing,
                                  const struct hf_result *result, const struct hf_spool *body,
                                  struct hf_fault *fault)
{
    enum hf_err err = writing->busy ? HF_ERR_OK : begin(journal, writing, body, fault);
    if (err != HF_ERR_OK)
        return err;
    err = fill_part(journal, writing, result, body, fault);
    if (err == HF_ERR_WOULD_WRITE)
        return err;
    if (err != HF_ERR_OK) {
        hf_journal_abandon(journal, writing);
        return err;
    }
    const struct hf_journal_name as = {.sequence = writing->sequence, .kind = HF_JOURNAL_RESULT};
    writing->busy = false;
    return hf_journal_keep(journal, writing->sequence, writing->fd, as, fault);
}

enum hf_err hf_journal_read_head(struct hf_journal *journal, int fd, struct hf_record *record,
                                 size_t *head_bytes, struct hf_fault *fault)
{
    uint8_t head[HF_RECORD_HEAD_MAX];
    size_t got = 0;
    struct stat file;
    enum hf_err err = hf_journal_read(journal, fd, 0, head, sizeof head, &got, fault);
    if (err == HF_ERR_OK)
        err = hf_record_decode(head, got, record, head_bytes, fault);
    if (err != HF_ERR_OK)
        return err;
    if (fstat(fd, &file) != 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "it cannot be read: %s", strerror(errno));
    if ((uint64_t)file.st_size - *head_bytes == record->body_bytes)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                        "its body should have %" PRIu64 " bytes and has %" PRId64,
                        record->body_bytes, (int64_t)file.st_size - (int64_t)*head_bytes);
}

static enum hf_err verify_part(struct hf_journal *journal, struct hf_journal_reading *reading,
                               struct hf_fault *fault)
{
    char piece[COPY_BYTES];
    const uint64_t from = reading->done_bytes;
    while (reading->done_bytes < reading->body_bytes &&
           reading->done_bytes - from < HF_JOURNAL_STEP_BYTES) {
        const uint64_t left = reading->body_bytes - reading->done_bytes;
        const size_t size = left < sizeof piece ? (size_t)left : sizeof piece;
        size_t got = 0;
        const enum hf_err err =
            hf_journal_read(journal, reading->fd, reading->head_bytes + reading->done_bytes, piece,
                            size, &got, fault);
        if (err != HF_ERR_OK)
            return err;
        if (got < size)
            return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its body is cut off");
        reading->crc = hf_crc32(reading->crc, piece, got);
        reading->done_bytes += got;
    }
    if (reading->done_bytes < reading->body_bytes)
        return HF_ERR_WOULD_READ;
    if (reading->crc == reading->wanted_crc)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the checksum of its body is wrong");
}

static enum hf_err read_facts(struct hf_journal *journal, struct hf_journal_reading *reading,
                              struct hf_result *out, struct hf_fault *fault)
{
    struct hf_record record;
    size_t head_bytes = 0;
    const enum hf_err err = hf_journal_read_head(journal, reading->fd, &record, &head_bytes, fault);
    if (err != HF_ERR_OK)
        return err;
    *out = record.result;
    reading->head_bytes = head_bytes;
    reading->body_bytes = record.body_bytes;
    reading->wanted_crc = record.body_crc;
    return HF_ERR_OK;
}

void hf_journal_stop_reading(struct hf_journal_reading *reading)
{
    if (reading->sequence != 0)
        (void)close(reading->fd);
    reading->sequence = 0;
}

enum hf_err hf_journal_load_part(struct hf_journal *journal, struct hf_journal_reading *reading,
                                 struct hf_journal_name name, struct hf_result *out,
                                 struct hf_spool *body, struct hf_fault *fault)
{
    struct hf_fault why = {0};
    enum hf_err err = HF_ERR_OK;
    if (reading->sequence != name.sequence) {
        hf_journal_stop_reading(reading);
        struct hf_journal_reading begun = {.sequence = name.sequence, .fd = -1};
        err = hf_journal_open_file(journal, name, &begun.fd, fault);
        if (err != HF_ERR_OK)
            return err;
        *reading = begun;
        err = read_facts(journal, reading, out, &why);
    }
    if (err == HF_ERR_OK)
        err = verify_part(journal, reading, &why);
    if (err == HF_ERR_WOULD_READ)
        return err;
    if (err == HF_ERR_OK) {
        reading->sequence = 0; /* the descriptor goes on to the view */
        hf_spool_view(body, reading->fd, (int64_t)reading->head_bytes,
                      (int64_t)reading->body_bytes);
        return HF_ERR_OK;
    }
    hf_journal_stop_reading(reading);
    hf_journal_aside(journal, name, why.text);
    return hf_fault_set(fault, err, why.raw, "the stored result is lost: %s", why.text);
}
