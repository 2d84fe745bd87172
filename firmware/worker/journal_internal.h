#ifndef HF_WORKER_JOURNAL_INTERNAL_H
#define HF_WORKER_JOURNAL_INTERNAL_H

#include "worker/journal.h"
#include "worker/record.h"

/*
 * Shared by journal*.c and their tests only. journal.c keeps the table of results, journal_marks.c
 * that of marks; journal_scan.c fills both from the folder; journal_record.c moves results to and
 * from their files; journal_file.c is the files themselves: names, the two fsyncs, moving aside.
 */

/* What a file in the folder is, by its name: 16 digits and the kind's ending, ".torn" behind it for
 * one that was moved aside. A result goes from one kind to the next. */
enum hf_journal_kind {
    HF_JOURNAL_TMP,
    HF_JOURNAL_RESULT,
    HF_JOURNAL_DONE,
    HF_JOURNAL_ACKED,
    HF_JOURNAL_MARK,
    HF_JOURNAL_KINDS
};

#define HF_JOURNAL_NAME_MAX     40
#define HF_JOURNAL_SEQUENCE_MAX UINT64_C(9999999999999999)

struct hf_journal_name {
    uint64_t sequence;
    enum hf_journal_kind kind;
    bool torn;
};

/* hf_journal_open, on another disk than the real one. */
enum hf_err hf_journal_open_on(struct hf_journal *journal, const char *folder,
                               enum hf_journal_mode mode, const struct hf_disk *disk,
                               struct hf_fault *fault);

/* --- journal_file.c --- */

/* False, with `name` untouched: not a name of ours. */
bool hf_journal_name_parse(const char *text, struct hf_journal_name *name);
void hf_journal_name_text(char text[HF_JOURNAL_NAME_MAX + 1], struct hf_journal_name name);

/* A new file, to be filled by hf_journal_write and ended by _keep or _discard. Takes the next
 * sequence number; HF_ERR_TOO_LARGE when there is none left. */
enum hf_err hf_journal_create(struct hf_journal *journal, uint64_t *sequence, int *fd,
                              struct hf_fault *fault);
enum hf_err hf_journal_write(struct hf_journal *journal, int fd, uint64_t at, const void *data,
                             size_t len, struct hf_fault *fault);

/* fsync, rename to `as`, fsync of the folder; closes `fd`. On an error nothing of it is left but,
 * where the disk refuses even that, a whole file; or a mark, which does no harm. */
enum hf_err hf_journal_keep(struct hf_journal *journal, uint64_t sequence, int fd,
                            struct hf_journal_name as, struct hf_fault *fault);
void hf_journal_discard(struct hf_journal *journal, uint64_t sequence, int fd);

/* `*got` is less than `size` only at the end of the file. HF_ERR_IO. */
enum hf_err hf_journal_read(struct hf_journal *journal, int fd, uint64_t at, void *data,
                            size_t size, size_t *got, struct hf_fault *fault);
enum hf_err hf_journal_open_file(struct hf_journal *journal, struct hf_journal_name name, int *fd,
                                 struct hf_fault *fault);

/* These log what the disk refuses; false then. */
bool hf_journal_rename(struct hf_journal *journal, struct hf_journal_name from,
                       struct hf_journal_name to);
void hf_journal_remove(struct hf_journal *journal, struct hf_journal_name name);

/* Moves it to .torn and says so in the log; `why` completes "<file>: ...". */
void hf_journal_aside(struct hf_journal *journal, struct hf_journal_name name, const char *why);

/* A .torn that is there; the oldest goes when it is one too many. */
void hf_journal_note_torn(struct hf_journal *journal, struct hf_journal_name name);

/* --- journal_record.c --- */

/* The next part of it; HF_ERR_WOULD_WRITE, or an error: nothing is left of it then. */
enum hf_err hf_journal_store_part(struct hf_journal *journal, struct hf_journal_writing *writing,
                                  const struct hf_result *result, const struct hf_spool *body,
                                  struct hf_fault *fault);

/* Head of an open file; HF_ERR_MALFORMED also when head and body are not the whole file. */
enum hf_err hf_journal_read_head(struct hf_journal *journal, int fd, struct hf_record *record,
                                 size_t *head_bytes, struct hf_fault *fault);

/* Head, and a part of the body verified; HF_ERR_WOULD_READ. The file is moved aside as the header
 * of hf_journal_load says. */
enum hf_err hf_journal_load_part(struct hf_journal *journal, struct hf_journal_reading *reading,
                                 struct hf_journal_name name, struct hf_result *out,
                                 struct hf_spool *body, struct hf_fault *fault);

/* --- journal.c --- */

/* A result found in the folder; false: there is no room for it, and it stays where it is. */
bool hf_journal_add(struct hf_journal *journal, struct hf_journal_name name,
                    const struct hf_record *record);

/* --- journal_marks.c --- */

void hf_journal_add_mark(struct hf_journal *journal, uint64_t sequence, const struct hf_mark *mark);

/* --- journal_scan.c --- */

/* Makes the folder and opens it, then fills the tables. */
enum hf_err hf_journal_scan(struct hf_journal *journal, struct hf_fault *fault);

#endif
