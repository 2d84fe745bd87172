#include "flash/values.h"

#include "home/file.h"
#include "home/home.h"
#include "wire/ident.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536

/* What follows set(NAME, without quotes. */
static void take(const char *text, const char *name, char out[HF_VALUE_MAX + 1])
{
    char begin[64];
    (void)snprintf(begin, sizeof begin, "\nset(%s ", name);
    const char *at = strstr(text, begin);
    if (!at)
        return;
    at += strlen(begin);
    at += strspn(at, " ");
    const bool quoted = *at == '"';
    at += quoted;
    const size_t len = strcspn(at, quoted ? "\"\n" : " )\n");
    if (len <= HF_VALUE_MAX)
        (void)snprintf(out, HF_VALUE_MAX + 1, "%.*s", (int)len, at);
}

void hf_board_values_parse(const char *text, struct hf_board_values *out)
{
    *out = (struct hf_board_values){.title = ""};
    take(text, "BOARD_TITLE", out->title);
    take(text, "BOARD_MACHINE", out->machine);
    take(text, "BOARD_BOOT", out->boot);
    take(text, "BOARD_KERNEL", out->kernel);
    take(text, "BOARD_WATCHDOG", out->watchdog);
}

static enum hf_err unknown(const char *root, const char *board, struct hf_fault *fault)
{
    char form[HF_PATH_MAX + 32], names[512] = "";
    glob_t found = {0};
    (void)snprintf(form, sizeof form, "%s/boards/*/board.cmake", root);
    if (glob(form, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *name = found.gl_pathv[i] + strlen(root) + strlen("/boards/");
            const size_t at = strlen(names);
            (void)snprintf(names + at, sizeof names - at, "%s%.*s", i > 0 ? ", " : "",
                           (int)strcspn(name, "/"), name);
        }
    globfree(&found);
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "no board \"%s\"; known: %s", board, names);
}

enum hf_err hf_board_values_load(const char *root, const char *board, struct hf_board_values *out,
                                 struct hf_fault *fault)
{
    char path[HF_PATH_MAX + HF_NAME_MAX + 32];
    char *text = NULL;
    (void)snprintf(path, sizeof path, "%s/boards/%.*s/board.cmake", root, HF_NAME_MAX, board);
    if (strchr(board, '/') || board[0] == '.' || !hf_file_exists(path))
        return unknown(root, board, fault);
    const enum hf_err err = hf_file_read(path, FILE_MAX, &text, NULL, fault);
    if (!err)
        hf_board_values_parse(text, out);
    free(text);
    return err;
}
