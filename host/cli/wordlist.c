#include "cli/wordlist.h"

#include "cli/board_view.h"
#include "cli/desk.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "link/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 512 /* different ones of a fleet */

struct options {
    const struct hf_wordlist *what;
    bool offline, json;
};

const struct hf_option hf_wordlist_options[] = {
    {"offline", HF_OPTION_FLAG, offsetof(struct options, offline), NULL,
     "Don't ask the broker; print what the ledger has.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object a line.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

struct word {
    char name[HF_NAME_MAX + 1];
    size_t boards, online;
    char *names; /* of the boards, separated by blanks */
};

struct words {
    const struct hf_wordlist *what;
    int64_t now_ms;
    size_t count;
    struct word list[WORDS_MAX];
};

static struct word *find(struct words *words, struct hf_str name)
{
    for (size_t i = 0; i < words->count; i++)
        if (hf_str_equal(name, hf_str(words->list[i].name)))
            return &words->list[i];
    if (words->count == WORDS_MAX || name.len > HF_NAME_MAX)
        return NULL;
    struct word *word = &words->list[words->count++];
    hf_str_copy(word->name, sizeof word->name, name);
    return word;
}

static enum hf_err add_name(struct word *word, const char *board)
{
    char *longer = NULL;
    if (asprintf(&longer, "%s%s%s", word->names ? word->names : "", word->names ? " " : "", board) <
        0)
        return HF_ERR_NO_MEMORY;
    free(word->names);
    word->names = longer;
    return HF_ERR_OK;
}

static enum hf_err on_board(void *context, const struct hf_board *board)
{
    struct words *words = context;
    enum hf_err err = HF_ERR_OK;
    if (board->retired_ms)
        return HF_ERR_OK;
    for (const char *at = words->what->words_of(board); *at && !err; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        struct word *word = find(words, (struct hf_str){at, len});
        if (word) {
            word->boards++;
            word->online += hf_board_is_online(board, words->now_ms);
            err = add_name(word, board->name);
        }
        at += len;
    }
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->name, ((const struct word *)b)->name);
}

static int print_json(const struct words *words)
{
    int code = HF_EXIT_OK;
    for (size_t i = 0; i < words->count && code == HF_EXIT_OK; i++) {
        const struct word *word = &words->list[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, words->what->key, word->name);
        cJSON_AddNumberToObject(object, "online", (double)word->online);
        cJSON *boards = cJSON_AddArrayToObject(object, "boards");
        char *rest = word->names;
        for (char *one; rest && (one = strsep(&rest, " "));)
            cJSON_AddItemToArray(boards, cJSON_CreateString(one));
        code = hf_json_line(object);
    }
    return code;
}

static int print_words(const struct words *words)
{
    struct hf_table table = {.columns = 4};
    const char *const titles[] = {words->what->title, "BOARDS", "ONLINE", "NAMES"};
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", titles[i]);
    for (size_t i = 0; i < words->count; i++) {
        const struct word *word = &words->list[i];
        hf_table_cell(&table, "%s", word->name);
        hf_table_cell(&table, "%zu", word->boards);
        hf_table_cell(&table, "%zu", word->online);
        hf_table_cell(&table, "%s", word->names);
    }
    if (words->count > 0)
        hf_table_print(&table, stdout);
    else
        fprintf(stderr, "%s\n", words->what->none);
    hf_table_free(&table);
    return HF_EXIT_OK;
}

static int print_all(const struct hf_command *command, struct hf_desk *desk, void *context)
{
    const struct options *given = context;
    struct hf_fault fault = {0};
    struct words *words = calloc(1, sizeof *words);
    if (!words) {
        hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for words");
        return hf_out_fault(command, &fault);
    }
    words->what = given->what;
    words->now_ms = hf_clock_unix_ms();
    int code = HF_EXIT_OK;
    if (hf_boards_list(desk->ledger, on_board, words, &fault)) {
        code = hf_out_fault(command, &fault);
    } else {
        qsort(words->list, words->count, sizeof words->list[0], by_name);
        code = given->json ? print_json(words) : print_words(words);
    }
    for (size_t i = 0; i < words->count; i++)
        free(words->list[i].names);
    free(words);
    return code;
}

int hf_wordlist_run(const struct hf_command *command, int argc, char **argv,
                    const struct hf_wordlist *what)
{
    struct options given = {.what = what};
    struct hf_fault fault = {0};
    if (hf_args_parse_options(hf_wordlist_options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    return hf_desk_view(command, given.offline, print_all, &given);
}
