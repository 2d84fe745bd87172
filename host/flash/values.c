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
    take(text, "BOARD_RTC", out->rtc);
    take(text, "BOARD_NIC", out->nic);
    take(text, "BOARD_WIFI", out->wifi);
    take(text, "BOARD_CONSOLE", out->console);
    take(text, "BOARD_BOOT", out->boot);
    take(text, "BOARD_KERNEL", out->kernel);
    take(text, "BOARD_TREES", out->trees);
    take(text, "BOARD_LOADER", out->loader);
    take(text, "BOARD_WATCHDOG", out->watchdog);
    take(text, "BOARD_QEMU_SYSTEM", out->qemu);
}

static enum hf_err read_values(const char *path, struct hf_board_values *out,
                               struct hf_fault *fault)
{
    char *text = NULL;
    const enum hf_err err = hf_file_read(path, FILE_MAX, &text, NULL, fault);
    if (!err)
        hf_board_values_parse(text, out);
    free(text);
    return err;
}

void hf_board_values_names(const char *root, bool (*wanted)(const struct hf_board_values *values),
                           char *out, size_t size)
{
    char form[HF_PATH_MAX + 32];
    struct hf_board_values values;
    glob_t found = {0};
    out[0] = '\0';
    (void)snprintf(form, sizeof form, "%s/boards/*/board.cmake", root);
    if (glob(form, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *name = found.gl_pathv[i] + strlen(root) + strlen("/boards/");
            const size_t at = strlen(out);
            if (!wanted || (!read_values(found.gl_pathv[i], &values, NULL) && wanted(&values)))
                (void)snprintf(out + at, size - at, "%s%.*s", at > 0 ? ", " : "",
                               (int)strcspn(name, "/"), name);
        }
    globfree(&found);
}

enum hf_err hf_board_values_load(const char *root, const char *board, struct hf_board_values *out,
                                 struct hf_fault *fault)
{
    char path[HF_PATH_MAX + HF_NAME_MAX + 32], names[512];
    (void)snprintf(path, sizeof path, "%s/boards/%.*s/board.cmake", root, HF_NAME_MAX, board);
    if (!strchr(board, '/') && board[0] != '.' && hf_file_exists(path)) {
        const enum hf_err err = read_values(path, out, fault);
        (void)snprintf(out->board, sizeof out->board, "%s", board);
        return err;
    }
    hf_board_values_names(root, NULL, names, sizeof names);
    return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0, "no board \"%s\"; known: %s", board, names);
}
