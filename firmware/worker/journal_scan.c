#include "link/log.h"
#include "worker/journal_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum hf_err fail(const struct hf_journal *journal, const char *what, struct hf_fault *fault)
{
    const int error = errno;
    return hf_fault_set(fault, hf_disk_err(error), error, "cannot %s the journal's folder %s: %s",
                        what, journal->folder, strerror(error));
}

/* A folder that is new is itself made durable, or results in it would not be. */
static void sync_parent(struct hf_journal *journal)
{
    const int parent = openat(journal->folder_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0 || journal->disk->sync(parent) != 0)
        hf_log(HF_LOG_WARN, "journal.refused", "what=fsync file=%s/.. error=\"%s\"",
               journal->folder, strerror(errno));
    if (parent >= 0)
        (void)close(parent);
}

static enum hf_err open_folder(struct hf_journal *journal, struct hf_fault *fault)
{
    const bool made = mkdir(journal->folder, 0700) == 0;
    if (!made && errno != EEXIST)
        return fail(journal, "make", fault);
    journal->folder_fd = open(journal->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->folder_fd < 0)
        return fail(journal, "open", fault);
    if (made)
        sync_parent(journal);
    return HF_ERR_OK;
}

static enum hf_err read_mark(struct hf_journal *journal, int fd, struct hf_mark *mark,
                             struct hf_fault *fault)
{
    uint8_t bytes[HF_MARK_BYTES_MAX + 1];
    size_t got = 0;
    const enum hf_err err = hf_journal_read(journal, fd, 0, bytes, sizeof bytes, &got, fault);
    return err == HF_ERR_OK ? hf_mark_decode(bytes, got, mark, fault) : err;
}

static void keep_result(struct hf_journal *journal, struct hf_journal_name name,
                        const struct hf_record *record)
{
    if (!hf_journal_add(journal, name, record))
        hf_log(HF_LOG_WARN, "journal.crowded",
               "task=%s reason=\"more results than the journal can hold; left for the next start\"",
               record->result.id);
}

/* One that cannot be opened stays as it is: the fault may be ours, as with too many open files. */
static void take(struct hf_journal *journal, struct hf_journal_name name)
{
    struct hf_fault fault;
    struct hf_record record;
    struct hf_mark mark;
    size_t head_bytes = 0;
    int fd = -1;
    enum hf_err err = hf_journal_open_file(journal, name, &fd, &fault);
    if (err != HF_ERR_OK) {
        hf_log(HF_LOG_WARN, "journal.unreadable", "reason=\"%s\"", fault.text);
        return;
    }
    if (name.kind == HF_JOURNAL_MARK)
        err = read_mark(journal, fd, &mark, &fault);
    else
        err = hf_journal_read_head(journal, fd, &record, &head_bytes, &fault);
    (void)close(fd);
    if (err != HF_ERR_OK)
        hf_journal_aside(journal, name, fault.text);
    else if (name.kind == HF_JOURNAL_MARK)
        hf_journal_add_mark(journal, name.sequence, &mark);
    else
        keep_result(journal, name, &record);
}

static void see(struct hf_journal *journal, struct hf_journal_name name)
{
    if (name.sequence >= journal->next_sequence)
        journal->next_sequence = name.sequence + 1;
    if (name.torn)
        hf_journal_note_torn(journal, name);
    else if (name.kind == HF_JOURNAL_TMP)
        hf_journal_remove(journal, name);
    else
        take(journal, name);
}

enum hf_err hf_journal_scan(struct hf_journal *journal, struct hf_fault *fault)
{
    const enum hf_err err = open_folder(journal, fault);
    if (err != HF_ERR_OK)
        return err;
    const int fd = openat(journal->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    if (folder == NULL) {
        const enum hf_err failed = fail(journal, "list", fault);
        if (fd >= 0)
            (void)close(fd);
        return failed;
    }
    errno = 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct hf_journal_name name;
        if (hf_journal_name_parse(entry->d_name, &name))
            see(journal, name);
        errno = 0;
    }
    const enum hf_err listed = errno == 0 ? HF_ERR_OK : fail(journal, "list", fault);
    (void)closedir(folder);
    return listed;
}
