#include "cli/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CTRL_C 3

/* Ctrl-C ends the line as Enter does, so that it leaves no terminal behind that shows nothing. */
static void hide(struct termios *settings)
{
    settings->c_lflag &= (tcflag_t) ~(ECHO | ISIG);
    settings->c_lflag |= ICANON;
    settings->c_cc[VEOL] = CTRL_C;
}

bool hf_secret_ask(const char *prompt, char *out, size_t size)
{
    struct termios before, hidden;
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0)
            (void)close(terminal);
        return false;
    }
    hidden = before;
    hide(&hidden);
    (void)dprintf(terminal, "%s", prompt);
    (void)tcsetattr(terminal, TCSAFLUSH, &hidden);
    const ssize_t len = read(terminal, out, size);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    (void)dprintf(terminal, "\n");
    (void)close(terminal);
    const bool whole = len > 0 && out[len - 1] == '\n';
    out[whole ? len - 1 : 0] = '\0';
    return whole;
}
