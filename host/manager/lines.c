#include "home/file.h"
#include "manager/submission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536

struct line {
    const char *what; /* the file, for faults */
    bool keep_empty;  /* an empty one is a task too */
    bool begun;       /* it has bytes */
    bool held_cr;     /* a CR that may belong to a CRLF */
    uint64_t bytes;   /* handed on */
    char chunk[CHUNK];
};

static enum hf_err add_piece(struct hf_submission *submission, struct line *line,
                             struct hf_str piece, struct hf_fault *fault)
{
    line->bytes += piece.len;
    return hf_submission_task_piece(submission, piece, line->what, fault);
}

static enum hf_err add_to_line(struct hf_submission *submission, struct line *line,
                               const char *bytes, size_t len, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    if (len == 0)
        return err;
    if (!line->begun)
        hf_submission_task_begin(submission);
    line->begun = true;
    if (line->held_cr)
        err = add_piece(submission, line, hf_str("\r"), fault);
    line->held_cr = bytes[len - 1] == '\r';
    if (err == HF_ERR_OK)
        err = add_piece(submission, line, (struct hf_str){bytes, len - line->held_cr}, fault);
    return err;
}

static enum hf_err end_line(struct hf_submission *submission, struct line *line,
                            struct hf_fault *fault)
{
    bool empty = line->bytes == 0;
    if (!line->begun)
        hf_submission_task_begin(submission);
    line->begun = line->held_cr = false;
    line->bytes = 0;
    return empty && !line->keep_empty ? HF_ERR_OK : hf_submission_task_end(submission, NULL, fault);
}

static enum hf_err split(struct hf_submission *submission, struct line *line, size_t len,
                         struct hf_fault *fault)
{
    const char *at = line->chunk;
    const char *end = line->chunk + len;
    enum hf_err err = HF_ERR_OK;
    while (err == HF_ERR_OK && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        err = add_to_line(submission, line, at, (size_t)(stop - at), fault);
        if (err == HF_ERR_OK && newline)
            err = end_line(submission, line, fault);
        at = newline ? newline + 1 : end;
    }
    return err;
}

static enum hf_err read_lines(struct hf_submission *submission, struct line *line, FILE *from,
                              struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    size_t got = 0;
    while (err == HF_ERR_OK && (got = fread(line->chunk, 1, CHUNK, from)) > 0)
        err = split(submission, line, got, fault);
    if (err == HF_ERR_OK && ferror(from))
        err = hf_file_fault(fault, errno, "cannot read", line->what);
    if (err == HF_ERR_OK && line->begun) /* the last one has no end */
        err = end_line(submission, line, fault);
    return err;
}

enum hf_err hf_submission_add_lines(struct hf_submission *submission, FILE *from, const char *what,
                                    struct hf_fault *fault)
{
    struct hf_fault own = {0};
    int64_t before = hf_submission_count(submission);
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for lines");
    line->what = what;
    line->keep_empty = hf_submission_order(submission)->empty_lines;
    enum hf_err err = read_lines(submission, line, from, &own);
    free(line);
    if (err == HF_ERR_OK)
        return err;
    return hf_fault_set(fault, err, own.raw, "%s (after %lld lines of %.60s that are no task now)",
                        own.text, (long long)(hf_submission_count(submission) - before), what);
}
