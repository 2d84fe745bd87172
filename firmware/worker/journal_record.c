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

/* The body to its place in the file; its CRC comes out. */
static enum hf_err copy_body(struct hf_journal *journal, int fd, uint64_t at,
                             const struct hf_spool *body, uint32_t *crc, struct hf_fault *fault)
{
    char piece[COPY_BYTES];
    *crc = 0;
    for (uint64_t done = 0; done < size_of(body);) {
        size_t got = 0;
        enum hf_err err = hf_spool_read(body, (int64_t)done, piece, sizeof piece, &got, fault);
        if (err == HF_ERR_OK)
            err = hf_journal_write(journal, fd, at + done, piece, got, fault);
        if (err != HF_ERR_OK)
            return err;
        *crc = hf_crc32(*crc, piece, got);
        done += got;
    }
    return HF_ERR_OK;
}

/* The head comes last, when the body's CRC is known: until then the file begins with zeros. */
static enum hf_err fill(struct hf_journal *journal, int fd, struct hf_record *record,
                        const struct hf_spool *body, struct hf_fault *fault)
{
    uint8_t head[HF_RECORD_HEAD_MAX];
    const size_t len = hf_record_encode(record, head);
    const enum hf_err err = copy_body(journal, fd, len, body, &record->body_crc, fault);
    if (err != HF_ERR_OK)
        return err;
    (void)hf_record_encode(record, head);
    return hf_journal_write(journal, fd, 0, head, len, fault);
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

enum hf_err hf_journal_store_file(struct hf_journal *journal, const struct hf_result *result,
                                  const struct hf_spool *body, uint64_t *sequence,
                                  struct hf_fault *fault)
{
    struct hf_record record = {.result = *result, .body_bytes = size_of(body)};
    uint64_t taken = 0;
    int fd = -1;
    enum hf_err err = check_room(journal, record.body_bytes, fault);
    if (err == HF_ERR_OK)
        err = hf_journal_create(journal, &taken, &fd, fault);
    if (err != HF_ERR_OK)
        return err;
    err = fill(journal, fd, &record, body, fault);
    if (err != HF_ERR_OK) {
        hf_journal_discard(journal, taken, fd);
        return err;
    }
    const struct hf_journal_name as = {.sequence = taken, .kind = HF_JOURNAL_RESULT};
    err = hf_journal_keep(journal, taken, fd, as, fault);
    if (err == HF_ERR_OK)
        *sequence = taken;
    return err;
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

static enum hf_err verify_body(struct hf_journal *journal, int fd, uint64_t at,
                               const struct hf_record *record, struct hf_fault *fault)
{
    char piece[COPY_BYTES];
    uint32_t crc = 0;
    for (uint64_t left = record->body_bytes; left > 0;) {
        const size_t size = left < sizeof piece ? (size_t)left : sizeof piece;
        size_t got = 0;
        const enum hf_err err = hf_journal_read(journal, fd, at, piece, size, &got, fault);
        if (err != HF_ERR_OK)
            return err;
        if (got < size)
            return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "its body is cut off");
        crc = hf_crc32(crc, piece, got);
        at += got;
        left -= got;
    }
    if (crc == record->body_crc)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the checksum of its body is wrong");
}

enum hf_err hf_journal_load_file(struct hf_journal *journal, struct hf_journal_name name,
                                 struct hf_result *out, struct hf_spool *body,
                                 struct hf_fault *fault)
{
    struct hf_fault why = {0};
    struct hf_record record;
    size_t head_bytes = 0;
    int fd = -1;
    enum hf_err err = hf_journal_open_file(journal, name, &fd, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_journal_read_head(journal, fd, &record, &head_bytes, &why);
    if (err == HF_ERR_OK)
        err = verify_body(journal, fd, head_bytes, &record, &why);
    if (err == HF_ERR_OK) {
        *out = record.result;
        hf_spool_view(body, fd, (int64_t)head_bytes, (int64_t)record.body_bytes);
        return HF_ERR_OK;
    }
    (void)close(fd);
    hf_journal_aside(journal, name, why.text);
    return hf_fault_set(fault, err, why.raw, "the stored result is lost: %s", why.text);
}
