#ifndef TESTS_UNIT_WORKER_FOLDER_H
#define TESTS_UNIT_WORKER_FOLDER_H

#include "../cmocka_all.h"

/* A folder of a test's own, and a look at this process's descriptors. */

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* The exit code of a line of shell. */
__attribute__((unused)) static int shell(const char *line)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(126);
    }
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

__attribute__((unused)) static int folder_make(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/holdfast-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

__attribute__((unused)) static int folder_delete(void **state)
{
    (void)state;
    char command[256];
    (void)snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    return shell(command);
}

/* A path in it; good until the next but three. */
__attribute__((unused)) static const char *folder_path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

__attribute__((unused)) static void folder_put(const char *name, mode_t mode, const char *text)
{
    FILE *file = fopen(folder_path(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(folder_path(name), mode), 0);
}

__attribute__((unused)) static int entries_in(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    int count = 0;
    while (readdir(dir))
        count++;
    (void)closedir(dir);
    return count - 2;
}

/* One of them is the look itself: for comparing only. */
__attribute__((unused)) static int open_descriptors(void)
{
    return entries_in("/proc/self/fd");
}

#endif
