#include "../cmocka_all.h"
#include "init/say.h"
#include "init/system.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES  4096
#define WAIT_S 120

/* The child's mounts and descriptors are its own. */
static bool be_apart(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_mode & 07777U : 0;
}

/* Handlers are other users: a link of theirs in /run would lead root's writing elsewhere. */
static void only_tmp_is_everybodys(void **state)
{
    (void)state;
    int status = -1;
    const pid_t pid = fork();
    if (pid == 0) {
        if (!be_apart() || mount("tmpfs", "/run", "tmpfs", 0, "mode=0700") != 0)
            _exit(77);
        hf_system_folders();
        _exit(mode_of("/run") != 0755 || mode_of("/tmp") != 01777);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static int open_terminal(void)
{
    const int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    return fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0 ? fd : -1;
}

/* Says much on a console at whose other end Ctrl-S was pressed. */
static void talk(int terminal)
{
    static const char line[] = "0123456789abcdef\n";
    const char *console = ptsname(terminal);
    if (!console || !be_apart() || mount(console, "/dev/console", NULL, MS_BIND, NULL) != 0)
        _exit(77);
    hf_system_console();
    if (write(terminal, "\x13", 1) != 1)
        _exit(1);
    for (int i = 0; i < LINES; i++)
        if (write(STDERR_FILENO, line, sizeof line - 1) != (ssize_t)sizeof line - 1)
            _exit(1);
    _exit(0);
}

static void console_goes_on_after_ctrl_s(void **state)
{
    (void)state;
    char heard[4096];
    int status = -1;
    const int terminal = open_terminal();
    if (terminal < 0)
        skip();
    const pid_t pid = fork();
    if (pid == 0)
        talk(terminal);
    const int held = open(ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const int64_t end_s = hf_uptime_s() + WAIT_S;
    (void)fcntl(terminal, F_SETFL, O_NONBLOCK);
    while (waitpid(pid, &status, WNOHANG) == 0)
        if (hf_uptime_s() >= end_s)
            (void)kill(pid, SIGKILL);
        else if (read(terminal, heard, sizeof heard) < 0)
            hf_nap();
    (void)close(held);
    (void)close(terminal);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_tmp_is_everybodys),
        cmocka_unit_test(console_goes_on_after_ctrl_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
