#include "wire/str.h"

#include <string.h>

struct hf_str hf_str(const char *text)
{
    struct hf_str view = {text, text ? strlen(text) : 0};
    return view;
}

bool hf_str_equal(struct hf_str a, struct hf_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool hf_str_copy(char *to, size_t size, struct hf_str from)
{
    if (size == 0)
        return false;
    to[0] = '\0';
    if (from.len >= size)
        return false;
    if (from.len > 0 && memchr(from.data, '\0', from.len))
        return false;
    if (from.len > 0)
        memcpy(to, from.data, from.len);
    to[from.len] = '\0';
    return true;
}
