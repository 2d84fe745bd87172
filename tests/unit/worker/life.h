#ifndef TESTS_UNIT_WORKER_LIFE_H
#define TESTS_UNIT_WORKER_LIFE_H

/*
 * The life of a worker as its journal sees it: tasks are stored, confirmed and settled, some are
 * marked, and once it starts anew. What the journal has said is written down, so that what is
 * found after a power cut can be held against it.
 */

#include "card.h"
#include "journals.h"

#define LIFE_TASKS   26
#define LIFE_RESTART 9

static struct {
    struct {
        bool stored;     /* store returned OK */
        bool called;     /* confirmed was called, and perhaps returned */
        bool confirming; /* and the card did not refuse it */
        bool for_good;   /* and an fsync of the folder came after it */
        bool settled;    /* settled was called: its ack has arrived */
        uint32_t marked; /* starts for which mark returned OK */
        bool unmarking;
        uint64_t sequence;
    } tasks[LIFE_TASKS];
    unsigned refusals; /* by an error that is not the power's */
    enum hf_err last_error;
} life;

/* Something was made durable, and with it every rename before. */
static void life_synced(void)
{
    for (unsigned i = 0; i < LIFE_TASKS; i++)
        life.tasks[i].for_good = life.tasks[i].confirming;
}

static void life_store(unsigned task)
{
    const int before = files(".result");
    for (int tries = 0; tries < 100 && !card.off; tries++) {
        const enum hf_err err = store(task, &life.tasks[task].sequence, NULL);
        if (err == HF_ERR_OK) {
            life.tasks[task].stored = true;
            life_synced();
            return;
        }
        life.refusals += !card.off;
        life.last_error = card.off ? life.last_error : err;
        assert_null(found(task));
        if (!card.off && card.fail_times == 1)
            assert_int_equal(files(".result"), before);
    }
}

static void life_confirm(unsigned task)
{
    const bool failed_before = card.failed_to_change;
    if (!life.tasks[task].stored || card.off)
        return;
    card.failed_to_change = false;
    life.tasks[task].called = true;
    life.tasks[task].confirming = true;
    hf_journal_confirmed(&journal, life.tasks[task].sequence);
    if (card.failed_to_change)
        life.tasks[task].confirming = false; /* known in memory alone */
    card.failed_to_change = card.failed_to_change || failed_before;
}

/* Now and then an ack is lost. */
static void life_settle(unsigned task)
{
    if (card.off || task % 6 == 5)
        return;
    life.tasks[task].settled = true;
    hf_journal_settled(&journal, life.tasks[task].sequence);
}

static void life_mark(unsigned task)
{
    const struct hf_result result = result_of(task);
    for (int starts = 0; starts < 2; starts++) {
        uint32_t before = 0;
        if (!card.off &&
            hf_journal_mark(&journal, result.id, result.attempt, &before, NULL) == HF_ERR_OK) {
            life.tasks[task].marked = before + 1;
            life_synced();
        }
    }
}

static void life_unmark(unsigned task)
{
    const struct hf_result result = result_of(task);
    if (card.off || !life.tasks[task].stored)
        return;
    life.tasks[task].unmarking = true;
    hf_journal_unmark(&journal, result.id, result.attempt);
}

static void life_begin(void)
{
    hf_journal_close(&journal);
    const enum hf_err err = hf_journal_open_on(&journal, folder, HF_JOURNAL_FLASH, &CARD, NULL);
    assert_int_equal(err, HF_ERR_OK);
}

static void life_live(void)
{
    memset(&life, 0, sizeof life);
    life_begin();
    for (unsigned i = 0; i < LIFE_TASKS && !card.off; i++) {
        if (i % 4 == 2)
            life_mark(i);
        life_store(i);
        if (i % 8 == 2)
            life_unmark(i);
        if (i >= 2)
            life_confirm(i - 2);
        if (i >= 3)
            life_settle(i - 3);
        if (i == LIFE_RESTART && !card.off)
            life_begin();
    }
    hf_journal_close(&journal);
}

/* --- what is found afterwards: each function counts what must not be --- */

static unsigned confirmed_after(unsigned task)
{
    unsigned later = 0;
    for (unsigned i = task + 1; i < LIFE_TASKS; i++)
        later += life.tasks[i].called;
    return later;
}

/* Stored, and gone although it was not acked, or not old enough to be forgotten. */
static unsigned life_lost(void)
{
    unsigned lost = 0;
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        const bool aged = life.tasks[i].settled && confirmed_after(i) >= HF_JOURNAL_RECENT;
        lost += life.tasks[i].stored && !aged && !found(i);
    }
    return lost;
}

static bool life_tried(const char *id)
{
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        const struct hf_result result = result_of(i);
        if (strcmp(result.id, id) == 0)
            return true;
    }
    return false;
}

/* Handed out, but not what was stored; or there although nobody tried to store it. Of what is found
 * and then not handed out, `*refused` counts how many. */
static unsigned life_changed(unsigned *refused)
{
    unsigned changed = 0;
    *refused = 0;
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        bool same = true;
        *refused += found(i) && !loads(i, found(i)->sequence, &same);
        changed += !same;
    }
    for (size_t i = 0; i < sizeof journal.entries / sizeof *journal.entries; i++)
        changed += journal.entries[i].sequence != 0 && !life_tried(journal.entries[i].id);
    return changed;
}

/* Confirmed, that being on the medium, and unconfirmed again; or the other way round. */
static unsigned life_unsettled(void)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        const struct hf_journal_entry *entry = found(i);
        wrong += entry && life.tasks[i].for_good && !entry->confirmed;
        wrong += entry && !life.tasks[i].called && entry->confirmed;
    }
    return wrong;
}

/* A start that is not counted. */
static unsigned life_unmarked(void)
{
    unsigned missing = 0;
    for (unsigned i = 0; i < LIFE_TASKS; i++) {
        const struct hf_result result = result_of(i);
        uint32_t before = 0;
        if (life.tasks[i].marked == 0 || life.tasks[i].unmarking)
            continue;
        assert_int_equal(hf_journal_mark(&journal, result.id, result.attempt, &before, NULL),
                         HF_ERR_OK);
        missing += before < life.tasks[i].marked;
    }
    return missing;
}

#endif
