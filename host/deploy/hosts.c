#include "deploy/hosts.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r"

/* The next word of the line, which moves on; empty at its end. */
static struct hf_str next_word(struct hf_str *line)
{
    while (line->len > 0 && strchr(BLANKS, line->data[0])) {
        line->data++;
        line->len--;
    }
    struct hf_str word = {line->data, 0};
    while (word.len < line->len && !strchr(BLANKS, word.data[word.len]))
        word.len++;
    line->data += word.len;
    line->len -= word.len;
    return word;
}

const struct hf_host *hf_hosts_find(const struct hf_hosts *hosts, const char *board)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->items[i].board, board) == 0)
            return &hosts->items[i];
    return NULL;
}

static enum hf_err take(struct hf_str line, int number, struct hf_hosts *out,
                        struct hf_fault *fault)
{
    const struct hf_str board = next_word(&line), target = next_word(&line);
    if (board.len == 0)
        return HF_ERR_OK;
    if (out->count == HF_HOSTS_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0, "line %d: more than %d boards", number,
                            HF_HOSTS_MAX);
    struct hf_host *host = &out->items[out->count];
    if (!hf_name_valid(board) || !hf_str_copy(host->board, sizeof host->board, board))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "line %d: \"%.*s\" is no board's name: use 1 to %d of a-z, 0-9, '-'",
                            number, (int)(board.len > 60 ? 60 : board.len), board.data,
                            HF_NAME_MAX);
    if (target.len == 0 || next_word(&line).len > 0 ||
        !hf_str_copy(host->target, sizeof host->target, target))
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "line %d: expected NAME USER@HOST and nothing else", number);
    if (hf_hosts_find(out, host->board))
        return hf_fault_set(fault, HF_ERR_EXISTS, 0, "line %d: \"%s\" is there twice", number,
                            host->board);
    out->count++;
    return HF_ERR_OK;
}

enum hf_err hf_hosts_parse(const char *text, struct hf_hosts *out, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    out->count = 0;
    for (int number = 1; !err && *text; number++) {
        const size_t len = strcspn(text, "\n");
        struct hf_str line = {text, len};
        const char *comment = memchr(text, '#', len);
        if (comment)
            line.len = (size_t)(comment - text);
        err = take(line, number, out, fault);
        text += len + (text[len] == '\n');
    }
    if (!err && out->count == 0)
        err = hf_fault_set(fault, HF_ERR_MISSING, 0,
                           "no board is in it: expected lines of NAME "
                           "USER@HOST");
    return err;
}
