#include "cli/deploy_many.h"

#include "cli/crew_view.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "home/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536
#define AT_ONCE  4

/* --- which boards --- */

static enum hf_err read_hosts(const char *path, struct hf_hosts *hosts, struct hf_fault *fault)
{
    char *text = NULL;
    struct hf_fault why = {0};
    enum hf_err err = hf_file_read(path, FILE_MAX, &text, NULL, fault);
    if (!err && hf_hosts_parse(text, hosts, &why))
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "%s: %s", path, why.text);
    free(text);
    return err;
}

static bool is_among(const struct hf_host *host, const struct hf_host *const *hosts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (hosts[i] == host)
            return true;
    return false;
}

static enum hf_err choose(const struct hf_deploy_many *many, const struct hf_hosts *hosts,
                          const struct hf_host *out[HF_HOSTS_MAX], size_t *count,
                          struct hf_fault *fault)
{
    *count = 0;
    for (size_t i = 0; i < hosts->count && many->name_count == 0; i++)
        out[(*count)++] = &hosts->items[i];
    for (int i = 0; i < many->name_count; i++) {
        const struct hf_host *host = hf_hosts_find(hosts, many->names[i]);
        if (!host)
            return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "%s has no line for \"%.60s\"",
                                many->file, many->names[i]);
        if (!is_among(host, out, *count))
            out[(*count)++] = host;
    }
    return HF_ERR_OK;
}

/* --- what is not done --- */

static bool is_name(const struct hf_deploy_many *many, const char *word)
{
    for (int i = 0; i < many->name_count; i++)
        if (many->names[i] == word)
            return true;
    return false;
}

/* As a shell takes it. */
static void put_word(const char *word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./=:@,+%";
    if (word[0] && word[strspn(word, PLAIN)] == '\0') {
        fprintf(stderr, " %s", word);
        return;
    }
    fputs(" '", stderr);
    for (const char *at = word; *at; at++)
        fputs(*at == '\'' ? "'\\''" : (const char[]){*at, '\0'}, stderr);
    fputc('\'', stderr);
}

static void tell_again(const struct hf_deploy_many *many, const struct hf_crew *crew)
{
    fprintf(stderr, "Again, for what is not done:\n  holdfast %s", many->command->name);
    for (int i = 0; i < many->word_count; i++)
        if (!is_name(many, many->words[i]) && strcmp(many->words[i], "--") != 0)
            put_word(many->words[i]);
    for (size_t i = 0; i < crew->count; i++)
        if (crew->boards[i].state != HF_CREW_DONE)
            put_word(crew->boards[i].host->board);
    fputc('\n', stderr);
}

static void tell_failures(const struct hf_deploy_many *many, const struct hf_crew *crew)
{
    const size_t failed = hf_crew_count(crew, HF_CREW_FAILED),
                 waiting = hf_crew_count(crew, HF_CREW_WAITING);
    fflush(stdout);
    fprintf(stderr, "holdfast %s: %zu of %zu boards failed", many->command->name, failed,
            crew->count);
    if (waiting > 0)
        fprintf(stderr, ", %zu not begun", waiting);
    fputc('\n', stderr);
    for (size_t i = 0; i < crew->count; i++)
        if (crew->boards[i].state == HF_CREW_FAILED)
            fprintf(stderr, "  %s: %s: %s\n", crew->boards[i].host->board, crew->boards[i].step,
                    crew->boards[i].text);
}

/* Of one that was not begun, or whose process died, no more is known than that. */
static cJSON *json_of(struct hf_crew_board *board)
{
    cJSON *object = board->result ? board->result : cJSON_CreateObject();
    if (!board->result) {
        cJSON_AddStringToObject(object, "board", board->host->board);
        cJSON_AddStringToObject(object, "target", board->host->target);
        cJSON_AddBoolToObject(object, "ok", false);
        cJSON_AddStringToObject(object, "failed_step", board->step);
        cJSON_AddStringToObject(object, "reason", board->text);
    }
    board->result = NULL;
    cJSON_AddNumberToObject(object, "ms", (double)board->took_ms);
    return object;
}

/* --- all of it --- */

static int go(const struct hf_deploy_many *many, struct hf_crew *crew, struct hf_crew_view *view)
{
    hf_crew_view_begin(view);
    hf_crew_run(crew);
    hf_crew_view_end(view, crew, !many->json);
    const bool all = hf_crew_count(crew, HF_CREW_DONE) == crew->count;
    for (size_t i = 0; many->json && i < crew->count; i++)
        (void)hf_json_line(json_of(&crew->boards[i]));
    if (all)
        return HF_EXIT_OK;
    tell_failures(many, crew);
    tell_again(many, crew);
    return hf_interrupt_seen() ? HF_EXIT_INTERRUPTED : HF_EXIT_FAILED;
}

int hf_deploy_many(const struct hf_deploy_many *many, const struct hf_deploy_request *request)
{
    static struct hf_hosts hosts;
    const struct hf_host *chosen[HF_HOSTS_MAX];
    size_t count = 0;
    struct hf_fault fault = {0};
    struct hf_crew_view view;
    struct hf_crew crew = {.request = request,
                           .uninstall = many->uninstall,
                           .at_once = many->at_once > 0 ? (size_t)many->at_once : AT_ONCE,
                           .news = hf_crew_view_news,
                           .context = &view};
    if (read_hosts(many->file, &hosts, &fault) || choose(many, &hosts, chosen, &count, &fault))
        return hf_out_usage(many->command, &fault);
    const enum hf_err err = hf_crew_new(&crew, chosen, count, &fault);
    const int code = err ? hf_out_fault(many->command, &fault) : go(many, &crew, &view);
    hf_crew_free(&crew);
    return code;
}
