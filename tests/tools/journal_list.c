/*
 * What the worker's own reader finds in a journal folder, as it would when it starts. It opens the
 * folder as a worker does, so unfinished writes are deleted and torn files moved aside.
 *
 *     journal-list FOLDER
 *
 * One line a result, "ID ATTEMPT STATUS BODY": the body in hex, "-" when it is empty. The last line
 * is "torn N": so many files were not what their name says. Exit 1: it cannot be read.
 */
#include "link/log.h"
#include "worker/journal.h"

#include <inttypes.h>
#include <stdio.h>

static enum hf_err print_body(const struct hf_spool *body, struct hf_fault *fault)
{
    unsigned char part[4096];
    size_t got = sizeof part;
    for (int64_t at = 0; got == sizeof part; at += (int64_t)got) {
        const enum hf_err err = hf_spool_read(body, at, part, sizeof part, &got, fault);
        if (err != HF_ERR_OK)
            return err;
        for (size_t i = 0; i < got; i++)
            (void)printf("%02x", (unsigned)part[i]);
    }
    return HF_ERR_OK;
}

static enum hf_err print_result(struct hf_journal *journal, uint64_t sequence,
                                struct hf_fault *fault)
{
    struct hf_result result;
    struct hf_spool body;
    hf_spool_init(&body);
    struct hf_journal_reading reading = {0};
    enum hf_err err;
    do {
        err = hf_journal_load(journal, &reading, sequence, &result, &body, fault);
    } while (err == HF_ERR_WOULD_READ);
    if (err == HF_ERR_OK) {
        (void)printf("%s %" PRIu32 " %s ", result.id, result.attempt,
                     hf_status_text(result.status));
        err = body.size_bytes > 0 ? print_body(&body, fault) : HF_ERR_OK;
        (void)puts(body.size_bytes > 0 ? "" : "-");
    }
    hf_spool_close(&body);
    return err;
}

/* One that cannot be loaded has been moved aside, and is counted so. */
static enum hf_err print_results(struct hf_journal *journal, struct hf_fault *fault)
{
    for (size_t i = 0; i < sizeof journal->entries / sizeof *journal->entries; i++) {
        const struct hf_journal_entry *entry = &journal->entries[i];
        if (entry->sequence == 0 || !entry->loadable)
            continue;
        const enum hf_err err = print_result(journal, entry->sequence, fault);
        if (err != HF_ERR_OK && err != HF_ERR_MALFORMED)
            return err;
    }
    (void)printf("torn %" PRId64 "\n", journal->torn);
    return HF_ERR_OK;
}

int main(int count, char **words)
{
    struct hf_journal journal;
    struct hf_fault fault = {0};
    if (count != 2) {
        (void)fputs("usage: journal-list FOLDER\n", stderr);
        return 2;
    }
    hf_log_set_level(HF_LOG_WARN);
    enum hf_err err = hf_journal_open(&journal, words[1], HF_JOURNAL_FLASH, &fault);
    if (err == HF_ERR_OK) {
        err = print_results(&journal, &fault);
        hf_journal_close(&journal);
    }
    if (err != HF_ERR_OK)
        (void)fprintf(stderr, "journal-list: %s: %s\n", words[1], fault.text);
    return err == HF_ERR_OK ? 0 : 1;
}
