#include "worker/jsonc.h"

#include <string.h>

/* The offset behind the string that begins at `at`; `len` when it does not end. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++) {
        if (text[at] == '\\')
            at++;
    }
    return at < len ? at + 1 : len;
}

/* The offset behind the comment that begins at `at`; 0 when it does not end. */
static size_t comment_end(const char *text, size_t len, size_t at)
{
    if (text[at + 1] == '/') {
        const char *feed = memchr(text + at, '\n', len - at);
        return feed ? (size_t)(feed - text) : len;
    }
    for (at += 2; at + 1 < len; at++) {
        if (text[at] == '*' && text[at + 1] == '/')
            return at + 2;
    }
    return 0;
}

size_t hf_jsonc_strip(char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        if (text[at] == '"') {
            at = skip_string(text, len, at);
        } else if (text[at] == '/' && at + 1 < len &&
                   (text[at + 1] == '/' || text[at + 1] == '*')) {
            size_t end = comment_end(text, len, at);
            if (end == 0)
                return at;
            for (; at < end; at++)
                text[at] = text[at] == '\n' ? '\n' : ' ';
        } else {
            at++;
        }
    }
    return len;
}

int hf_jsonc_line_at(const char *text, size_t offset)
{
    int line = 1;
    for (size_t at = 0; at < offset; at++)
        line += text[at] == '\n';
    return line;
}

int hf_jsonc_line_of(const char *text, int child, int grandchild)
{
    const int wanted_depth = grandchild < 0 ? 1 : 2;
    const size_t len = strlen(text);
    int depth = 0, first = 0, second = 0;
    for (size_t at = 0; at < len;) {
        char c = text[at];
        if (c == '"') {
            if (depth == wanted_depth && first == child && (grandchild < 0 || second == grandchild))
                return hf_jsonc_line_at(text, at);
            at = skip_string(text, len, at);
            continue;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        first += c == ',' && depth == 1;
        second += c == ',' && depth == 2 && first == child;
        at++;
    }
    return 1;
}
