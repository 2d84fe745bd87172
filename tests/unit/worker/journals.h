#ifndef TESTS_UNIT_WORKER_JOURNALS_H
#define TESTS_UNIT_WORKER_JOURNALS_H

/* A journal in a folder of the test's own, with results that are known by their number. */

#include "folder.h"
#include "link/log.h"
#include "results.h"
#include "worker/journal_internal.h"

static struct hf_journal journal;
static struct hf_spool body;

/* To their end, as the worker's turns do it one after the other. */
__attribute__((unused)) static enum hf_err journal_store(struct hf_journal *to,
                                                         const struct hf_result *result,
                                                         const struct hf_spool *from,
                                                         uint64_t *sequence, struct hf_fault *fault)
{
    struct hf_journal_writing writing = {0};
    enum hf_err err;
    do {
        err = hf_journal_store(to, &writing, result, from, sequence, fault);
    } while (err == HF_ERR_WOULD_WRITE);
    assert_false(writing.busy);
    return err;
}

__attribute__((unused)) static enum hf_err journal_load(struct hf_journal *from, uint64_t sequence,
                                                        struct hf_result *out, struct hf_spool *to,
                                                        struct hf_fault *fault)
{
    struct hf_journal_reading reading = {0};
    enum hf_err err;
    do {
        err = hf_journal_load(from, &reading, sequence, out, to, fault);
    } while (err == HF_ERR_WOULD_READ);
    assert_int_equal(reading.sequence, 0);
    return err;
}

/* In memory where it can be: many thousand files are made and deleted. */
__attribute__((unused)) static int journal_setup(void **state)
{
    hf_log_set_level(HF_LOG_ERROR);
    hf_spool_init(&body);
    memset(&journal, 0, sizeof journal);
    (void)snprintf(folder, sizeof folder, "/dev/shm/holdfast-test-XXXXXX");
    return mkdtemp(folder) ? 0 : folder_make(state);
}

__attribute__((unused)) static int journal_teardown(void **state)
{
    hf_journal_close(&journal);
    hf_spool_close(&body);
    return folder_delete(state);
}

__attribute__((unused)) static void reopen(enum hf_journal_mode mode)
{
    hf_journal_close(&journal);
    assert_int_equal(hf_journal_open(&journal, folder, mode, NULL), HF_ERR_OK);
}

__attribute__((unused)) static enum hf_err store(unsigned number, uint64_t *sequence,
                                                 struct hf_fault *fault)
{
    const struct hf_result result = result_of(number);
    struct hf_spool spool;
    hf_spool_init(&spool);
    body_fill(&spool, "/tmp", number, body_bytes_of(number));
    const enum hf_err err = journal_store(&journal, &result, &spool, sequence, fault);
    hf_spool_close(&spool);
    return err;
}

__attribute__((unused)) static uint64_t stored(unsigned number)
{
    uint64_t sequence = 0;
    assert_int_equal(store(number, &sequence, NULL), HF_ERR_OK);
    assert_true(sequence > 0);
    return sequence;
}

__attribute__((unused)) static const struct hf_journal_entry *found(unsigned number)
{
    const struct hf_result result = result_of(number);
    return hf_journal_find(&journal, result.id, result.attempt);
}

/* Loads it: false when the journal refuses. `*same`: it is what was stored, to the byte. */
__attribute__((unused)) static bool loads(unsigned number, uint64_t sequence, bool *same)
{
    const struct hf_result wanted = result_of(number);
    struct hf_result got;
    if (journal_load(&journal, sequence, &got, &body, NULL) != HF_ERR_OK)
        return false;
    *same = result_same(&got, &wanted) && body_same(&body, number, body_bytes_of(number));
    return true;
}

__attribute__((unused)) static bool whole(unsigned number, uint64_t sequence)
{
    bool same = false;
    return loads(number, sequence, &same) && same;
}

/* Files whose name ends so. */
__attribute__((unused)) static int files(const char *ending)
{
    DIR *dir = opendir(folder);
    int count = 0;
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        const size_t len = strlen(entry->d_name);
        const size_t end = strlen(ending);
        count += len > end && strcmp(entry->d_name + len - end, ending) == 0;
    }
    (void)closedir(dir);
    return count;
}

__attribute__((unused)) static const char *path_of(uint64_t sequence, const char *ending)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%016llu%s", (unsigned long long)sequence, ending);
    return folder_path(name);
}

#endif
