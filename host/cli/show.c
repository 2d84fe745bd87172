#include "cli/show.h"

#include "cli/output.h"
#include "cli/paint.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <string.h>

#define ONE_LINE_MOST 128 /* bytes of output that stand beside the task */

static void put_escaped(const char *at, size_t len, FILE *to)
{
    for (size_t i = 0; i < len; i++)
        fprintf(to, "\\x%02x", (unsigned char)at[i]);
}

/* One character of `text`, or one byte that is none; how many bytes it took. */
static size_t put_one(struct hf_str text, FILE *to)
{
    size_t len = hf_utf8_char(text);
    const bool is_space = text.data[0] == '\t' || text.data[0] == '\n';
    if (len > 0 && (is_space || !hf_utf8_is_control(text.data, len)))
        fwrite(text.data, 1, len, to);
    else
        put_escaped(text.data, len ? len : 1, to);
    return len ? len : 1;
}

void hf_show_escaped(struct hf_str text, FILE *to)
{
    while (text.len > 0) {
        size_t len = put_one(text, to);
        text.data += len;
        text.len -= len;
    }
}

void hf_show_text(struct hf_str text, const char *indent, FILE *to)
{
    bool fresh = true;
    while (text.len > 0) {
        if (fresh)
            fputs(indent, to);
        size_t len = put_one(text, to);
        fresh = text.data[0] == '\n';
        text.data += len;
        text.len -= len;
    }
    if (!fresh)
        fputc('\n', to);
}

static struct hf_str without_newline(const struct hf_body *body)
{
    struct hf_str text = {body->bytes, body->bytes ? (size_t)body->size : 0};
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    return text;
}

static void show_output(const struct hf_body *body, const char *folder, FILE *to)
{
    char size[HF_OUT_SHORT];
    struct hf_str text = without_newline(body);
    hf_out_bytes(size, body->size);
    if (body->hash[0]) {
        fprintf(to, "  %s in %s/%s\n", size, folder, body->hash);
    } else if (text.len == 0) {
        fputc('\n', to);
    } else if (text.len <= ONE_LINE_MOST && !memchr(text.data, '\n', text.len)) {
        hf_show_text(text, "  ", to);
    } else {
        fputc('\n', to);
        hf_show_text(text, "    ", to);
    }
}

void hf_show_result(const struct hf_ending *ending, const char *folder, bool colours, FILE *to)
{
    char took[HF_OUT_SHORT];
    const struct hf_entry *entry = &ending->entry;
    const struct hf_result *result = &ending->result;
    hf_out_duration(took, result->duration_ms);
    fprintf(to, "%" PRId64 "/%" PRId64 "  %s%s%s  %s  %s", entry->job, entry->seq,
            hf_paint_on(colours, hf_paint_of(entry->state)), hf_state_text(entry->state),
            hf_paint_off(colours), result->board[0] ? result->board : "-", took);
    if (entry->name[0]) {
        fputs("  ", to);
        hf_show_escaped(hf_str(entry->name), to);
    }
    if (entry->state != HF_STATE_DONE && entry->reason[0])
        fprintf(to, "  (%s)", entry->reason);
    show_output(&ending->body, folder, to);
    if (entry->state != HF_STATE_DONE && result->log_tail[0])
        hf_show_text(hf_str(result->log_tail), "    log: ", to);
}
