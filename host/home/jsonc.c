#include "home/jsonc.h"

#include <stdbool.h>
#include <string.h>

static char *skip_string(char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != '\n')
            *from = ' ';
}

static char *end_of_comment(char *at)
{
    if (at[1] == '/')
        return at + strcspn(at, "\n");
    char *end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

void hf_jsonc_blank(char *text)
{
    for (char *at = text; *at;) {
        if (*at == '"') {
            at = skip_string(at);
        } else if (*at == '/' && (at[1] == '/' || at[1] == '*')) {
            char *end = end_of_comment(at);
            blank(at, end);
            at = end;
        } else {
            at++;
        }
    }
}

static int line_of(const char *text, const char *at)
{
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

enum hf_err hf_jsonc_parse(const char *path, char *text, cJSON **out, struct hf_fault *fault)
{
    const char *end = NULL;
    hf_jsonc_blank(text);
    cJSON *root = cJSON_ParseWithOpts(text, &end, true);
    *out = NULL;
    if (!root)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s, line %d: not JSON, near \"%.20s\"",
                            path, line_of(text, end), end);
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s: not a JSON object", path);
    }
    *out = root;
    return HF_ERR_OK;
}
