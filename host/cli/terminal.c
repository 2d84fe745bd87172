#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct hf_terminal hf_terminal_of(FILE *stream)
{
    struct winsize size = {0};
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    return (struct hf_terminal){.columns = size.ws_col > 0 ? size.ws_col : 80,
                                .rows = size.ws_row > 0 ? size.ws_row : 24};
}

bool hf_terminal_redraws(FILE *stream)
{
    const char *term = getenv("TERM");
    return isatty(fileno(stream)) && !(term && strcmp(term, "dumb") == 0);
}

int hf_terminal_fit(const char *line, int len, int columns)
{
    if (len <= columns)
        return len;
    while (columns > 0 && ((unsigned char)line[columns] & 0xc0) == 0x80)
        columns--;
    return columns;
}
