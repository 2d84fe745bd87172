#include "cli/source.h"

#include "cli/input.h"
#include "home/file.h"
#include "link/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_MAX ((size_t)256 * 1024 * 1024) /* bytes of JSON: it is held in memory */

/* Allocates all of `from` as a text. */
static enum hf_err read_text(FILE *from, const char *what, char **out, struct hf_fault *fault)
{
    size_t size = 65536;
    size_t len = 0;
    char *text = malloc(size);
    enum hf_err err = text ? HF_ERR_OK : HF_ERR_NO_MEMORY;
    while (err == HF_ERR_OK && !feof(from) && !ferror(from)) {
        len += fread(text + len, 1, size - len - 1, from);
        if (len + 1 < size)
            continue;
        char *larger = size < ARRAY_MAX ? realloc(text, size * 2) : NULL;
        if (!larger)
            err = HF_ERR_TOO_LARGE;
        text = larger ? larger : text;
        size *= 2;
    }
    if (err == HF_ERR_OK && ferror(from))
        err = hf_file_fault(fault, errno, "cannot read", what);
    else if (err != HF_ERR_OK)
        hf_fault_set(fault, err, 0, "%s is too large for one JSON array: use --lines", what);
    if (err != HF_ERR_OK) {
        free(text);
        return err;
    }
    text[len] = '\0';
    *out = text;
    return HF_ERR_OK;
}

static enum hf_err add_array(struct hf_submission *submission, const struct hf_source *source,
                             FILE *file, struct hf_fault *fault)
{
    char *text = NULL;
    enum hf_err err = HF_ERR_OK;
    if (!file)
        return hf_series_add_array(submission, source->text, source->args, fault);
    err = read_text(file, source->text, &text, fault);
    if (err == HF_ERR_OK)
        err = hf_series_add_array(submission, text, source->args, fault);
    free(text);
    return err;
}

static enum hf_err add_files(struct hf_submission *submission, const struct hf_source *source,
                             struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (int i = 0; i < source->count && err == HF_ERR_OK; i++)
        err = hf_submission_add_file(submission, source->operands[i], fault);
    return err;
}

static enum hf_err add_all(struct hf_submission *submission, const struct hf_source *source,
                           FILE *file, struct hf_fault *fault)
{
    switch (source->kind) {
    case HF_SOURCE_DATA:
        if (source->args)
            return hf_series_add_args(submission, source->args, fault);
        return hf_submission_add_bytes(submission, NULL, hf_str(source->text), fault);
    case HF_SOURCE_STDIN: return hf_submission_add_stream(submission, NULL, file, "stdin", fault);
    case HF_SOURCE_FILES: return add_files(submission, source, fault);
    case HF_SOURCE_LINES: return hf_submission_add_lines(submission, file, source->text, fault);
    case HF_SOURCE_RANGE:
        return hf_series_add_range(submission, &source->range, source->args, fault);
    case HF_SOURCE_ARRAY: return add_array(submission, source, file, fault);
    }
    return HF_ERR_OK;
}

/* NULL: it needs no file. */
static const char *file_of(const struct hf_source *source)
{
    if (source->kind == HF_SOURCE_STDIN)
        return "-";
    if (source->kind == HF_SOURCE_LINES)
        return source->text;
    const bool is_json = source->text && (source->text[0] == '[' || source->text[0] == '{');
    return source->kind == HF_SOURCE_ARRAY && !is_json ? source->text : NULL;
}

static enum hf_err enter(struct hf_ledger *ledger, const struct hf_order *order,
                         const struct hf_source *source, FILE *file, struct hf_entered *out,
                         struct hf_fault *fault)
{
    struct hf_submission *submission = NULL;
    enum hf_err err = hf_submission_begin(ledger, order, hf_clock_unix_ms(), &submission, fault);
    if (err == HF_ERR_OK)
        err = add_all(submission, source, file, fault);
    if (err == HF_ERR_OK)
        err = hf_submission_finish(submission, &out->job, fault);
    if (err == HF_ERR_OK) {
        out->schedule = hf_submission_schedule(submission);
        out->existing = hf_submission_existing(submission);
        out->tasks = hf_submission_count(submission);
        out->bytes = hf_submission_bytes(submission);
    }
    hf_submission_free(submission);
    return err;
}

enum hf_err hf_source_enter(struct hf_ledger *ledger, const struct hf_home *home,
                            const struct hf_order *order, const struct hf_source *source,
                            struct hf_entered *out, struct hf_fault *fault)
{
    FILE *file = NULL;
    const char *path = file_of(source);
    *out = (struct hf_entered){0};
    enum hf_err err = path ? hf_input_open(home, path, &file, fault) : HF_ERR_OK;
    if (err == HF_ERR_OK)
        err = enter(ledger, order, source, file, out, fault);
    if (file)
        fclose(file);
    return err;
}

bool hf_source_is_usage(enum hf_err err)
{
    return err == HF_ERR_INVALID || err == HF_ERR_MISSING || err == HF_ERR_TOO_LARGE ||
           err == HF_ERR_NOT_FOUND;
}
