#ifndef HF_WORKER_JOURNAL_H
#define HF_WORKER_JOURNAL_H

#include "wire/fault.h"
#include "wire/result.h"
#include "worker/disk.h"
#include "worker/mark.h"
#include "worker/spool.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What this worker has done and the broker may not know yet: a result is stored here before it is
 * published, and stays until the broker has confirmed it; of those confirmed, the last few are
 * remembered, so that a redelivery whose ack was lost is acked and not run again. It may come late:
 * a broker that is not told of a lost link gives up on it after two heartbeats, and by then this
 * board may have done hundreds of other tasks. So what is not known to be acked is remembered apart
 * from what is. Beside them, marks: how often a task was started and took the board down with it.
 *
 * On flash a result is one file (worker/record.h), named by its sequence number:
 *
 *     .tmp ─────────────────────────▶ .result ──────────▶ .done ──────────▶ .acked ──▶ deleted
 *          written, fsync, rename,             confirmed:        its ack has         to make way
 *          fsync of the folder: stored         rename            arrived: rename
 *
 * Of .done and of .acked HF_JOURNAL_RECENT are kept, then the one that was confirmed first makes
 * way, of those first that never began (refused, expired); when the disk is short of room, all do.
 *
 * Two fsyncs a result, none for anything else but marks. What a power cut leaves:
 *
 *     the power goes                          the next start finds
 *     ------------------------------------    --------------------------------------------------
 *     while .tmp is written, or before the    nothing, or the .tmp, which is deleted, or the whole
 *     second fsync (store has not returned)   .result. The delivery is not acked: without a .result
 *                                             the task comes again and runs again
 *     after store has returned                the .result, to the byte. It is published; the task,
 *                                             when it comes again, is not run
 *     after publishing, before the confirm    the same: the manager may get it twice, counts one
 *     after the confirm, before the folder's  the .done, or the .result if the rename was not on
 * the next fsync                              medium: one more publish, which the manager counts
 *     after that                              the .done: a redelivery is acked, nothing published
 *     after the ack, before the next fsync    the .acked or the .done: it is remembered longer
 *     while one of these is deleted           either
 *     before mark has returned                the mark, or none: then this start is not counted
 *     after mark has returned                 the mark: this start is counted
 *     after unmark, before the next fsync     either; the result was stored before, and the journal
 *     of the folder                           is asked for it first
 *
 * A file that is not what its name says (a card that lies about fsync, a bad block) is renamed to
 * .torn and reported in the log, never trusted and never fatal: an unconfirmed result's task is
 * still with the broker. The last HF_JOURNAL_TORN of these stay for whoever wants to look.
 *
 * The worker's own memory is flat: a body is copied through a buffer of a few KB. Nothing here
 * waits for a peer; everything that touches flash waits for flash, but no call for more than
 * HF_JOURNAL_STEP_BYTES of a body: a large one takes as many calls as it needs, one in a turn of
 * the loop, so that a slow card holds up neither heartbeats nor other slots. Not for several
 * threads.
 */

#define HF_JOURNAL_STEP_BYTES  (128 * 1024)
#define HF_JOURNAL_UNCONFIRMED 16 /* results that wait for the broker */
#define HF_JOURNAL_RECENT      16 /* that are remembered, of those acked and of those not, each */
#define HF_JOURNAL_ENTRIES     (HF_JOURNAL_UNCONFIRMED + 2 * HF_JOURNAL_RECENT)
#define HF_JOURNAL_MARKS       32
#define HF_JOURNAL_TORN        8

/* A confirmed result with a longer body than this loses its file as soon as it is settled, or
 * another one is confirmed: then its id stays known until the worker ends. */
#define HF_JOURNAL_RECENT_BODY_MAX (1024 * 1024) /* bytes */

enum hf_journal_mode {
    HF_JOURNAL_OFF,  /* remembers ids only: whoever stores a result keeps it */
    HF_JOURNAL_RAM,  /* keeps results, gone with the process */
    HF_JOURNAL_FLASH /* keeps results through power cuts */
};

/* One result; ours, read it only. */
struct hf_journal_entry {
    uint64_t sequence; /* 0: free. Later ones are higher, across restarts */
    char id[HF_ID_MAX + 1];
    uint32_t attempt;
    enum hf_status status;
    bool began; /* false: it was turned down before it started */
    bool confirmed;
    bool settled;
    bool loadable; /* its facts and body are still there */
    int kind;      /* of its file: enum hf_journal_kind */
    uint64_t body_bytes;
    uint64_t confirmed_as; /* order of the confirms */
};

/* A result on its way to flash, and one on its way back; zeroed at first. The journal's own. */
struct hf_journal_writing {
    bool busy; /* between two calls of hf_journal_store */
    int fd;
    uint64_t sequence, done_bytes;
    uint32_t crc; /* of the body so far */
};

struct hf_journal_reading {
    uint64_t sequence; /* 0: not between two calls of hf_journal_load */
    int fd;
    uint64_t head_bytes, body_bytes, done_bytes;
    uint32_t crc, wanted_crc;
};

struct hf_journal {
    enum hf_journal_mode mode;
    /* For figures. */
    int64_t syncs; /* fsyncs since it was opened */
    int64_t torn;  /* files moved aside since it was opened */
    /* The journal's own. */
    const struct hf_disk *disk;
    const char *folder;
    int folder_fd; /* -1: not on flash */
    uint64_t next_sequence;
    struct hf_journal_entry entries[HF_JOURNAL_ENTRIES];
    struct {
        struct hf_spool head, body;
    } ram[HF_JOURNAL_ENTRIES]; /* beside entries; used by RAM alone */
    struct {
        uint64_t sequence; /* 0: free. The lowest was begun first */
        struct hf_mark mark;
    } marks[HF_JOURNAL_MARKS];
    struct {
        uint64_t sequence; /* 0: free */
        int kind;
    } asides[HF_JOURNAL_TORN];
};

/* "off", "ram", "flash" -> mode; HF_ERR_INVALID for another text (`out` untouched). */
enum hf_err hf_journal_mode_parse(struct hf_str text, enum hf_journal_mode *out);

/* Static. */
const char *hf_journal_mode_text(enum hf_journal_mode mode);

/*
 * `folder` is borrowed until it is closed. FLASH: makes the folder where its parent exists, deletes
 * unfinished writes, moves aside what is torn, remembers the rest; foreign names are let be. On a
 * read-only disk it opens all the same, so that what is there can be published. RAM: the folder
 * takes bodies that outgrow memory (worker/spool.h).
 * HF_ERR_DENIED, HF_ERR_NO_SPACE, HF_ERR_NOT_FOUND, HF_ERR_IO: there is no folder or it cannot be
 * listed; the journal is then as after hf_journal_close.
 */
enum hf_err hf_journal_open(struct hf_journal *journal, const char *folder,
                            enum hf_journal_mode mode, struct hf_fault *fault);

/* On flash everything stays; RAM gives its memory back. Then it is OFF, with nothing in it. */
void hf_journal_close(struct hf_journal *journal);

/*
 * Makes a result and its body (NULL: empty) durable, as far as the mode can; `*sequence` names it
 * from now on. HF_ERR_WOULD_WRITE: there is more of it; call again with the same, which must not
 * change meanwhile. A full disk is first relieved of confirmed results.
 * HF_ERR_NO_SPACE: the disk is full, or HF_JOURNAL_UNCONFIRMED results wait already: take no more
 * tasks and try again. HF_ERR_DENIED: the disk is read-only. HF_ERR_IO, HF_ERR_NOT_FOUND (the
 * folder is gone), HF_ERR_TOO_LARGE (no sequence number is left). On an error the journal is as it
 * was, in memory and on flash.
 */
enum hf_err hf_journal_store(struct hf_journal *journal, struct hf_journal_writing *writing,
                             const struct hf_result *result, const struct hf_spool *body,
                             uint64_t *sequence, struct hf_fault *fault);

/* Gives up what hf_journal_store has begun; nothing of it stays. Harmless when it has not. */
void hf_journal_abandon(struct hf_journal *journal, struct hf_journal_writing *writing);

/*
 * The broker has confirmed it: it will not be handed out as unconfirmed again. A disk that refuses
 * the rename is logged and costs one more publish after the next start. Another sequence number, or
 * one that is confirmed already, changes nothing.
 */
void hf_journal_confirmed(struct hf_journal *journal, uint64_t sequence);

/*
 * The ack of its delivery is known to have reached the broker (its consumer got the next delivery):
 * no redelivery will ask for it. It stays among the recent ones, for whoever sends it again. With
 * an ack that leaves with the result this may be known before the confirm.
 */
void hf_journal_settled(struct hf_journal *journal, uint64_t sequence);

/* The latest of that id and attempt; NULL: none. Good until the journal changes. */
const struct hf_journal_entry *hf_journal_find(const struct hf_journal *journal, const char *id,
                                               uint32_t attempt);

/*
 * The unconfirmed and loadable one with the lowest sequence above `after` (0: the first), NULL:
 * none (always so with OFF). Good until the journal changes.
 */
const struct hf_journal_entry *hf_journal_next_unconfirmed(const struct hf_journal *journal,
                                                           uint64_t after);

/*
 * Facts and body of a result. `body` is an initialized spool; it is closed first, then opened to be
 * read, stays good whatever becomes of the journal, and is the caller's to close.
 * HF_ERR_WOULD_READ: it is being verified, call again with the same; another sequence begins anew.
 * HF_ERR_NOT_FOUND: no such sequence, or nothing is kept of it. HF_ERR_MALFORMED, HF_ERR_IO from a
 * file that was read: it is not what was stored; moved aside, logged and forgotten, so the task is
 * to be run. HF_ERR_IO, HF_ERR_DENIED from one that could not be opened: it stays, try again.
 * The body has been read once and agrees with its CRC when HF_ERR_OK is returned; until then `out`
 * has no meaning.
 */
enum hf_err hf_journal_load(struct hf_journal *journal, struct hf_journal_reading *reading,
                            uint64_t sequence, struct hf_result *out, struct hf_spool *body,
                            struct hf_fault *fault);

/* Gives up what hf_journal_load has begun. Harmless when it has not. */
void hf_journal_stop_reading(struct hf_journal_reading *reading);

/*
 * Deletes the files of settled results, or where there are none, of all that are confirmed; their
 * ids stay known until the worker ends. For a disk that is full. False: there was nothing to free.
 */
bool hf_journal_make_room(struct hf_journal *journal);

/*
 * Before a task is started that the broker has delivered before: counts the start, durably on
 * FLASH, and gives how often the same attempt was marked before without being unmarked. The mark
 * first begun goes when there are too many. HF_ERR_NO_SPACE, HF_ERR_DENIED, HF_ERR_IO,
 * HF_ERR_NOT_FOUND, HF_ERR_TOO_LARGE: it could not be written, and is not counted in memory;
 * `*before` is set all the same. HF_ERR_INVALID: no valid id.
 */
enum hf_err hf_journal_mark(struct hf_journal *journal, const char *id, uint32_t attempt,
                            uint32_t *before, struct hf_fault *fault);

/* Its result is stored: the starts do not count any more. No fsync. Harmless without a mark. */
void hf_journal_unmark(struct hf_journal *journal, const char *id, uint32_t attempt);

#endif
