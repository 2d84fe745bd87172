#include "worker/progress.h"

#include "wire/utf8.h"

#include <string.h>

void hf_progress_lines_clear(struct hf_progress_lines *lines)
{
    memset(lines, 0, sizeof *lines);
}

/* "42", "42%" or either with words behind a blank -> percent and words; -1: neither. */
static int32_t parse_line(const char *line, const char **note)
{
    int32_t percent = 0;
    size_t digits = 0;
    while (digits < 4 && line[digits] >= '0' && line[digits] <= '9')
        percent = percent * 10 + (line[digits++] - '0');
    if (digits == 0 || percent > 100)
        return -1;
    const char *rest = line + digits;
    rest += *rest == '%';
    if (*rest != '\0' && *rest != ' ' && *rest != '\t')
        return -1;
    *note = rest + strspn(rest, " \t");
    return percent;
}

static void end_line(struct hf_progress_lines *lines)
{
    const char *note = "";
    lines->line[lines->len] = '\0';
    bool whole = !lines->skipping && !memchr(lines->line, '\0', lines->len);
    int32_t percent = whole ? parse_line(lines->line, &note) : -1;
    lines->len = 0;
    lines->skipping = false;
    if (percent < 0)
        return;
    struct hf_str head = hf_utf8_head(hf_str(note), HF_EVENT_NOTE_MAX);
    memcpy(lines->note, head.data, head.len);
    lines->note[head.len] = '\0';
    hf_utf8_clean(lines->note, false);
    lines->percent = percent;
    lines->changed = true;
}

void hf_progress_lines_feed(struct hf_progress_lines *lines, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            end_line(lines);
        else if (lines->len < HF_PROGRESS_LINE_MAX)
            lines->line[lines->len++] = data[i];
        else
            lines->skipping = true;
    }
}

bool hf_progress_lines_take(struct hf_progress_lines *lines, struct hf_progress *out)
{
    if (!lines->changed)
        return false;
    lines->changed = false;
    out->percent = lines->percent;
    memcpy(out->note, lines->note, sizeof out->note);
    return true;
}
