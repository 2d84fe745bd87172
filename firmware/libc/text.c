#include "libc/text.h"

#include <string.h>

char *hf_text_find(const char *text, const char *wanted)
{
    const size_t len = strlen(wanted);
    for (; strncmp(text, wanted, len) != 0; text++) {
        if (*text == '\0')
            return NULL;
    }
    return (char *)text;
}

size_t hf_text_widen(wchar_t *wide, const char *text, size_t count)
{
    size_t len = 0;
    if (wide == NULL)
        return strlen(text);
    for (; len < count && (wide[len] = (unsigned char)text[len]) != 0; len++)
        ;
    return len;
}
