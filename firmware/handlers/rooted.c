#include "handlers/rooted.h"

#include "wire/utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 512

bool hf_rooted_line(const char *root, const char *path, char *text, size_t size)
{
    char full[PATH_BYTES];
    text[0] = '\0';
    const int len = snprintf(full, sizeof full, "%s%s", root, path);
    const int fd =
        len > 0 && (size_t)len < sizeof full ? open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, text, size - 1);
    (void)close(fd);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    hf_utf8_clean(text, false);
    return text[0] != '\0';
}
