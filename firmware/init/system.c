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
#include <unistd.h>

#define MODULES "/modules"

void hf_system_console(void)
{
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0) /* what is opened next must not become stderr */
        fd = open("/dev/null", O_RDWR);
    for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
        (void)dup2(fd, to);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

void hf_system_folders(void)
{
    static const struct {
        const char *type, *folder;
    } kinds[] = {{"devtmpfs", "/dev"},          {"proc", "/proc"}, {"sysfs", "/sys"},
                 {"cgroup2", "/sys/fs/cgroup"}, {"tmpfs", "/run"}, {"tmpfs", "/tmp"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)mkdir(kinds[i].folder, 0755);
        (void)mount(kinds[i].type, kinds[i].folder, kinds[i].type, 0, "");
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
