#include "init/system.h"

#include "init/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MODULES "/modules"

/* A Ctrl-S at the other end, or what a line that is not connected picks up, must not stop it. */
static void never_hold(int fd)
{
    struct termios line;
    if (tcgetattr(fd, &line) != 0)
        return;
    line.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
    line.c_cflag &= ~(tcflag_t)CRTSCTS;
    (void)tcsetattr(fd, TCSANOW, &line);
}

void hf_system_console(void)
{
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0) /* what is opened next must not become stderr */
        fd = open("/dev/null", O_RDWR);
    never_hold(fd);
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
        (void)dup2(fd, to);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

void hf_system_folders(void)
{
    static const struct {
        const char *type, *folder, *options;
    } kinds[] = {{"devtmpfs", "/dev", ""},       {"proc", "/proc", ""},
                 {"sysfs", "/sys", ""},          {"cgroup2", "/sys/fs/cgroup", ""},
                 {"tmpfs", "/run", "mode=0755"}, {"tmpfs", "/tmp", "mode=1777"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)mkdir(kinds[i].folder, 0755);
        (void)mount(kinds[i].type, kinds[i].folder, kinds[i].type, 0, kinds[i].options);
    }
}

static void load(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, MODULES "/%s", name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool loaded = fd >= 0 && syscall(SYS_finit_module, fd, "", 0) == 0;
    const bool unneeded = fd >= 0 && errno == ENOENT; /* nor was the module that it builds on */
    if (!loaded && errno != ENODEV && errno != EEXIST && !unneeded)
        hf_say("module %s: %s", name, strerror(errno));
    if (fd >= 0)
        (void)close(fd);
}

static void load_all(const char *path)
{
    char name[128];
    FILE *list = fopen(path, "re");
    while (list && fgets(name, sizeof name, list)) {
        name[strcspn(name, "\n")] = '\0';
        load(name);
    }
    if (list)
        (void)fclose(list);
}

void hf_system_modules(void)
{
    load_all(MODULES "/list");
    load_all(MODULES "/wifi");
}

void hf_system_await(pid_t worker, void (*other)(pid_t pid))
{
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(-1, &status, 0)) != worker) {
        if (ended < 0 && errno != EINTR)
            return;
        if (ended > 0 && other)
            other(ended);
    }
    if (WIFSIGNALED(status))
        hf_say("worker ended by signal %d", WTERMSIG(status));
    else
        hf_say("worker ended with %d", WEXITSTATUS(status));
}
