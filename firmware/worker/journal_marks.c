#include "worker/journal_internal.h"

#include <string.h>

/* The place of that attempt's mark, or else of what makes way for it: a free one, or the oldest. */
static size_t place_of(const struct hf_journal *journal, const char *id, uint32_t attempt,
                       bool *found)
{
    size_t place = 0;
    *found = false;
    for (size_t i = 0; i < HF_JOURNAL_MARKS; i++) {
        const struct hf_mark *mark = &journal->marks[i].mark;
        if (journal->marks[i].sequence != 0 && mark->attempt == attempt &&
            strcmp(mark->id, id) == 0) {
            *found = true;
            return i;
        }
        if (journal->marks[i].sequence < journal->marks[place].sequence)
            place = i;
    }
    return place;
}

static void drop(struct hf_journal *journal, size_t place)
{
    const uint64_t sequence = journal->marks[place].sequence;
    if (sequence != 0 && journal->mode == HF_JOURNAL_FLASH)
        hf_journal_remove(journal, (struct hf_journal_name){sequence, HF_JOURNAL_MARK, false});
    memset(&journal->marks[place], 0, sizeof journal->marks[place]);
}

/* To its own file, or over the one of `*sequence` where there is one. */
static enum hf_err write_mark(struct hf_journal *journal, const struct hf_mark *mark,
                              uint64_t *sequence, struct hf_fault *fault)
{
    uint8_t bytes[HF_MARK_BYTES_MAX];
    const size_t len = hf_mark_encode(mark, bytes);
    uint64_t taken = 0;
    int fd = -1;
    enum hf_err err = hf_journal_create(journal, &taken, &fd, fault);
    if (err != HF_ERR_OK)
        return err;
    if (*sequence == 0)
        *sequence = taken;
    err = hf_journal_write(journal, fd, 0, bytes, len, fault);
    if (err != HF_ERR_OK) {
        hf_journal_discard(journal, taken, fd);
        return err;
    }
    const struct hf_journal_name as = {.sequence = *sequence, .kind = HF_JOURNAL_MARK};
    return hf_journal_keep(journal, taken, fd, as, fault);
}

enum hf_err hf_journal_mark(struct hf_journal *journal, const char *id, uint32_t attempt,
                            uint32_t *before, struct hf_fault *fault)
{
    bool found = false;
    const size_t place = place_of(journal, id, attempt, &found);
    struct hf_mark mark = {.attempt = attempt};
    uint64_t sequence = found ? journal->marks[place].sequence : 0;
    *before = found ? journal->marks[place].mark.starts : 0;
    if (!hf_id_valid(hf_str(id)) || !hf_str_copy(mark.id, sizeof mark.id, hf_str(id)))
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is no task id to mark", id);
    mark.starts = *before < UINT32_MAX ? *before + 1 : UINT32_MAX;
    if (journal->mode == HF_JOURNAL_FLASH) {
        enum hf_err err = write_mark(journal, &mark, &sequence, fault);
        while (err == HF_ERR_NO_SPACE && hf_journal_make_room(journal))
            err = write_mark(journal, &mark, &sequence, fault);
        if (err != HF_ERR_OK)
            return err;
    } else if (sequence == 0) {
        sequence = journal->next_sequence++;
    }
    if (!found)
        drop(journal, place);
    journal->marks[place].sequence = sequence;
    journal->marks[place].mark = mark;
    return HF_ERR_OK;
}

void hf_journal_unmark(struct hf_journal *journal, const char *id, uint32_t attempt)
{
    bool found = false;
    const size_t place = place_of(journal, id, attempt, &found);
    if (found)
        drop(journal, place);
}

/* Of two for the same attempt, which a failed write can leave, the higher count is the true one. */
void hf_journal_add_mark(struct hf_journal *journal, uint64_t sequence, const struct hf_mark *mark)
{
    bool found = false;
    const size_t place = place_of(journal, mark->id, mark->attempt, &found);
    const struct hf_journal_name own = {.sequence = sequence, .kind = HF_JOURNAL_MARK};
    const bool kept = found ? journal->marks[place].mark.starts < mark->starts
                            : journal->marks[place].sequence < sequence;
    if (!kept) {
        hf_journal_remove(journal, own);
        return;
    }
    drop(journal, place);
    journal->marks[place].sequence = sequence;
    journal->marks[place].mark = *mark;
}
