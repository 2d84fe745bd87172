#include "cli/csv.h"

#include "cli/show.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <mbedtls/base64.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool needs_quotes(struct hf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("\",\r\n", text.data[i]) && text.data[i])
            return true;
    }
    return text.len > 0 && (text.data[0] == ' ' || text.data[text.len - 1] == ' ');
}

void hf_csv_field(struct hf_str text, FILE *to)
{
    if (!needs_quotes(text)) {
        fwrite(text.data, 1, text.len, to);
        return;
    }
    fputc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            fputc('"', to);
        fputc(text.data[i], to);
    }
    fputc('"', to);
}

void hf_csv_header(FILE *to)
{
    fputs("task,job,job_number,seq,name,handler,state,reason,board,attempt,exit,signal,"
          "started_ms,duration_ms,peak_kb,cpu_ms,output_bytes,output_is,output\n",
          to);
}

static void put_text(const char *text, FILE *to)
{
    hf_csv_field(hf_str(text), to);
    fputc(',', to);
}

static void put_number(int64_t number, FILE *to)
{
    fprintf(to, "%" PRId64 ",", number);
}

static void put_base64(const struct hf_body *body, FILE *to)
{
    size_t size = 0;
    (void)mbedtls_base64_encode(NULL, 0, &size, body->bytes, (size_t)body->size);
    unsigned char *text = malloc(size + 1);
    if (text && mbedtls_base64_encode(text, size, &size, body->bytes, (size_t)body->size) == 0)
        fwrite(text, 1, size, to);
    free(text);
}

/* What a board wrote: to a terminal as cli/show.h has it. */
static void put_foreign(struct hf_str text, FILE *to)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *memory = isatty(fileno(to)) ? open_memstream(&shown, &size) : NULL;
    if (!memory) {
        hf_csv_field(text, to);
        return;
    }
    hf_show_escaped(text, memory);
    if (fclose(memory) == 0)
        hf_csv_field((struct hf_str){shown, size}, to);
    free(shown);
}

static void put_output(const struct hf_body *body, const char *folder, FILE *to)
{
    struct hf_str text = {body->bytes, body->bytes ? (size_t)body->size : 0};
    put_number((int64_t)body->size, to);
    if (body->hash[0]) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, body->hash);
        put_text("file", to);
        hf_csv_field(hf_str(path), to);
    } else if (text.len > 0 && (!hf_utf8_valid(text) || memchr(text.data, '\0', text.len))) {
        put_text("base64", to);
        put_base64(body, to);
    } else {
        put_text("text", to);
        put_foreign(text, to);
    }
    fputc('\n', to);
}

void hf_csv_result(const struct hf_ending *ending, const char *folder, FILE *to)
{
    const struct hf_entry *entry = &ending->entry;
    const struct hf_result *result = &ending->result;
    put_text(entry->task.id, to);
    put_text(entry->task.job, to);
    put_number(entry->job, to);
    put_number(entry->seq, to);
    put_text(entry->name, to);
    put_text(entry->task.handler, to);
    put_text(hf_state_text(entry->state), to);
    put_text(entry->reason, to);
    put_text(result->board, to);
    put_number(result->attempt, to);
    put_number(result->exit_code, to);
    put_number(result->signal, to);
    put_number(result->started_ms, to);
    put_number(result->duration_ms, to);
    put_number(result->peak_kb, to);
    put_number(result->cpu_ms, to);
    put_output(&ending->body, folder, to);
}
