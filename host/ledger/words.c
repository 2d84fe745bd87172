#include "ledger/words.h"

#include "ledger/db.h"
#include "ledger/jobs.h"

#include <stdio.h>
#include <string.h>

/* A step along an index from one word to the next: DISTINCT would read every row of it. */
#define NEXT(column, index, condition)                                                             \
    "SELECT min(" column ") FROM " index " WHERE " column " >= ?1 AND " condition

static const char *const NEXTS[HF_WORDS_COUNT] = {
    [HF_WORDS_JOB_ID] = NEXT("id", "jobs", "id <> ''"),
    [HF_WORDS_JOB_NAME] = NEXT("name", "jobs INDEXED BY jobs_by_name", "name <> ''"),
    [HF_WORDS_TASK_ID] = NEXT("id", "tasks", "id <> ''"),
    [HF_WORDS_HANDLER] = NEXT("handler", "jobs INDEXED BY jobs_by_handler", "handler <> ''"),
    [HF_WORDS_POOL] = NEXT("target", "jobs INDEXED BY jobs_by_target", "target_kind = 'pool'"),
};

static enum hf_err next(struct hf_ledger *ledger, enum hf_words kind, const char *from,
                        char out[HF_TARGET_MAX + 1], struct hf_fault *fault)
{
    struct hf_db_use use;
    hf_db_use(ledger, (enum hf_sql)(HF_SQL_WORDS + (int)kind), NEXTS[kind], "looking for words",
              &use);
    hf_db_text(&use, from);
    enum hf_err err = hf_db_row(&use, fault);
    if (err == HF_ERR_OK)
        hf_db_get_text(use.statement, 0, out, HF_TARGET_MAX + 1);
    hf_db_end(&use);
    return err;
}

enum hf_err hf_words_list(struct hf_ledger *ledger, enum hf_words kind, const char *beginning,
                          hf_words_each each, void *context, struct hf_fault *fault)
{
    char word[HF_TARGET_MAX + 1] = "";
    char from[HF_TARGET_MAX + 2];
    size_t len = strlen(beginning);
    if (len > HF_TARGET_MAX)
        return HF_ERR_OK;
    hf_str_copy(from, sizeof from, hf_str(beginning));
    for (;;) {
        enum hf_err err = next(ledger, kind, from, word, fault);
        if (err != HF_ERR_OK || !word[0] || strncmp(word, beginning, len) != 0 ||
            !each(context, word))
            return err;
        snprintf(from, sizeof from, "%s\x01", word); /* the least text behind it */
    }
}
