#include "link/log.h"
#include "worker/journal_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIGITS 16

static const char *const ENDINGS[HF_JOURNAL_KINDS] = {
    [HF_JOURNAL_TMP] = ".tmp",     [HF_JOURNAL_RESULT] = ".result", [HF_JOURNAL_DONE] = ".done",
    [HF_JOURNAL_ACKED] = ".acked", [HF_JOURNAL_MARK] = ".mark",
};
static const char TORN[] = ".torn";

void hf_journal_name_text(char text[HF_JOURNAL_NAME_MAX + 1], struct hf_journal_name name)
{
    (void)snprintf(text, HF_JOURNAL_NAME_MAX + 1, "%0*" PRIu64 "%s%s", DIGITS, name.sequence,
                   ENDINGS[name.kind], name.torn ? TORN : "");
}

bool hf_journal_name_parse(const char *text, struct hf_journal_name *name)
{
    struct hf_journal_name found = {0};
    for (size_t i = 0; i < DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        found.sequence = found.sequence * 10 + (uint64_t)(text[i] - '0');
    }
    const char *ending = text + DIGITS;
    for (int kind = 0; kind < HF_JOURNAL_KINDS; kind++) {
        const size_t len = strlen(ENDINGS[kind]);
        if (strncmp(ending, ENDINGS[kind], len) != 0)
            continue;
        found.kind = (enum hf_journal_kind)kind;
        found.torn = strcmp(ending + len, TORN) == 0;
        if (found.sequence == 0 || (!found.torn && ending[len] != '\0'))
            return false;
        *name = found;
        return true;
    }
    return false;
}

static struct hf_journal_name tmp_name(uint64_t sequence)
{
    return (struct hf_journal_name){.sequence = sequence, .kind = HF_JOURNAL_TMP};
}

static enum hf_err fail(const struct hf_journal *journal, const char *what,
                        struct hf_journal_name name, int error, struct hf_fault *fault)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    hf_journal_name_text(text, name);
    return hf_fault_set(fault, hf_disk_err(error), error, "cannot %s %s: %s, in the journal %s",
                        what, text, strerror(error), journal->folder);
}

enum hf_err hf_journal_create(struct hf_journal *journal, uint64_t *sequence, int *fd,
                              struct hf_fault *fault)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    if (journal->next_sequence > HF_JOURNAL_SEQUENCE_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "a file in the journal has the highest number there is; stop the "
                            "worker and delete it: %s",
                            journal->folder);
    const struct hf_journal_name name = tmp_name(journal->next_sequence);
    hf_journal_name_text(text, name);
    *fd = journal->disk->create(journal->folder_fd, text);
    if (*fd < 0)
        return fail(journal, "make", name, errno, fault);
    *sequence = journal->next_sequence++;
    return HF_ERR_OK;
}

enum hf_err hf_journal_write(struct hf_journal *journal, int fd, uint64_t at, const void *data,
                             size_t len, struct hf_fault *fault)
{
    for (size_t done = 0; done < len;) {
        const ssize_t written =
            journal->disk->write(fd, (const char *)data + done, len - done, (off_t)(at + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            const int error = written < 0 ? errno : EIO;
            return hf_fault_set(fault, hf_disk_err(error), error,
                                "cannot write in the journal: %s, in %s", strerror(error),
                                journal->folder);
        }
        done += (size_t)written;
    }
    return HF_ERR_OK;
}

static int sync_fd(struct hf_journal *journal, int fd)
{
    int failed;
    journal->syncs++;
    while ((failed = journal->disk->sync(fd)) != 0 && errno == EINTR)
        ;
    return failed;
}

static int rename_to(const struct hf_journal *journal, struct hf_journal_name from,
                     struct hf_journal_name to)
{
    char from_text[HF_JOURNAL_NAME_MAX + 1];
    char to_text[HF_JOURNAL_NAME_MAX + 1];
    hf_journal_name_text(from_text, from);
    hf_journal_name_text(to_text, to);
    return journal->disk->rename(journal->folder_fd, from_text, to_text);
}

enum hf_err hf_journal_keep(struct hf_journal *journal, uint64_t sequence, int fd,
                            struct hf_journal_name as, struct hf_fault *fault)
{
    if (sync_fd(journal, fd) != 0 || rename_to(journal, tmp_name(sequence), as) != 0) {
        const int error = errno;
        hf_journal_discard(journal, sequence, fd);
        return fail(journal, "keep", as, error, fault);
    }
    (void)close(fd);
    if (sync_fd(journal, journal->folder_fd) == 0)
        return HF_ERR_OK;
    const int error = errno;
    if (as.kind != HF_JOURNAL_MARK)
        hf_journal_remove(journal, as);
    return fail(journal, "keep", as, error, fault);
}

void hf_journal_discard(struct hf_journal *journal, uint64_t sequence, int fd)
{
    (void)close(fd);
    hf_journal_remove(journal, tmp_name(sequence));
}

enum hf_err hf_journal_open_file(struct hf_journal *journal, struct hf_journal_name name, int *fd,
                                 struct hf_fault *fault)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    hf_journal_name_text(text, name);
    *fd = journal->disk->open(journal->folder_fd, text);
    return *fd >= 0 ? HF_ERR_OK : fail(journal, "open", name, errno, fault);
}

enum hf_err hf_journal_read(struct hf_journal *journal, int fd, uint64_t at, void *data,
                            size_t size, size_t *got, struct hf_fault *fault)
{
    for (*got = 0; *got < size;) {
        const ssize_t count =
            journal->disk->read(fd, (char *)data + *got, size - *got, (off_t)(at + *got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return hf_fault_set(fault, HF_ERR_IO, errno, "it cannot be read: %s", strerror(errno));
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return HF_ERR_OK;
}

static void complain(const struct hf_journal *journal, const char *what,
                     struct hf_journal_name name, int error)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    hf_journal_name_text(text, name);
    hf_log(HF_LOG_WARN, "journal.refused", "what=%s file=%s/%s error=\"%s\"", what, journal->folder,
           text, strerror(error));
}

bool hf_journal_rename(struct hf_journal *journal, struct hf_journal_name from,
                       struct hf_journal_name to)
{
    if (rename_to(journal, from, to) == 0)
        return true;
    complain(journal, "rename", from, errno);
    return false;
}

void hf_journal_remove(struct hf_journal *journal, struct hf_journal_name name)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    hf_journal_name_text(text, name);
    if (journal->disk->remove(journal->folder_fd, text) != 0 && errno != ENOENT)
        complain(journal, "delete", name, errno);
}

void hf_journal_note_torn(struct hf_journal *journal, struct hf_journal_name name)
{
    size_t oldest = 0;
    for (size_t i = 0; i < HF_JOURNAL_TORN; i++) {
        if (journal->asides[i].sequence == name.sequence &&
            journal->asides[i].kind == (int)name.kind)
            return;
        if (journal->asides[i].sequence < journal->asides[oldest].sequence)
            oldest = i;
    }
    struct hf_journal_name gone = name;
    if (name.sequence >= journal->asides[oldest].sequence) {
        gone.sequence = journal->asides[oldest].sequence;
        gone.kind = (enum hf_journal_kind)journal->asides[oldest].kind;
        journal->asides[oldest].sequence = name.sequence;
        journal->asides[oldest].kind = (int)name.kind;
    }
    gone.torn = true;
    if (gone.sequence != 0)
        hf_journal_remove(journal, gone);
}

void hf_journal_aside(struct hf_journal *journal, struct hf_journal_name name, const char *why)
{
    char text[HF_JOURNAL_NAME_MAX + 1];
    struct hf_journal_name to = name;
    to.torn = true;
    hf_journal_name_text(text, to);
    hf_log(HF_LOG_WARN, "journal.torn", "file=%s/%s reason=\"%s\"", journal->folder, text, why);
    journal->torn++;
    if (hf_journal_rename(journal, name, to))
        hf_journal_note_torn(journal, to);
}
