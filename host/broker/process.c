#include "broker/process.h"

#include "home/file.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROC_FILE_MAX (256 * 1024)
#define PATTERN_MAX   128
#define POLL_MS       50

static char *read_proc(pid_t pid, const char *file, size_t *len)
{
    char path[64];
    char *data = NULL;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    hf_file_read(path, PROC_FILE_MAX, &data, len, NULL);
    return data;
}

bool hf_process_name(pid_t pid, char name[HF_PROCESS_NAME_MAX + 1])
{
    size_t len = 0;
    char *text = read_proc(pid, "comm", &len);
    if (!text)
        return false;
    snprintf(name, HF_PROCESS_NAME_MAX + 1, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
    return true;
}

bool hf_process_has_setting(pid_t pid, const char *setting)
{
    size_t len = 0;
    bool found = false;
    char *settings = read_proc(pid, "environ", &len);
    for (size_t at = 0; settings && !found && at < len; at += strlen(settings + at) + 1)
        found = strcmp(settings + at, setting) == 0;
    free(settings);
    return found;
}

pid_t hf_process_each(bool (*visit)(pid_t pid, void *context), void *context)
{
    pid_t found = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    for (const struct dirent *entry = readdir(proc); entry && !found; entry = readdir(proc)) {
        char *end = NULL;
        long pid = strtol(entry->d_name, &end, 10);
        if (pid > 0 && *end == '\0' && visit((pid_t)pid, context))
            found = (pid_t)pid;
    }
    closedir(proc);
    return found;
}

bool hf_process_has_arguments(pid_t pid, const char *words)
{
    char pattern[PATTERN_MAX];
    size_t len = 0;
    char *arguments = read_proc(pid, "cmdline", &len);
    int size = snprintf(pattern + 1, sizeof pattern - 1, "%s", words) + 2; /* with both ends */
    pattern[0] = '\0';
    for (char *at = pattern + 1; *at; at++)
        if (*at == ' ')
            *at = '\0';
    bool found = arguments && size > 2 && (size_t)size <= sizeof pattern &&
                 memmem(arguments, len, pattern, (size_t)size);
    free(arguments);
    return found;
}

struct search {
    const char *name, *setting, *arguments;
};

static bool is_named(pid_t pid, const char *wanted)
{
    char name[HF_PROCESS_NAME_MAX + 1];
    return hf_process_name(pid, name) && strcmp(name, wanted) == 0;
}

static bool matches(pid_t pid, void *context)
{
    const struct search *search = context;
    return (!search->name || is_named(pid, search->name)) &&
           (!search->setting || hf_process_has_setting(pid, search->setting)) &&
           (!search->arguments || hf_process_has_arguments(pid, search->arguments));
}

pid_t hf_process_find(const char *name, const char *setting, const char *arguments)
{
    struct search search = {name, setting, arguments};
    return hf_process_each(matches, &search);
}

bool hf_process_wait_gone(pid_t pid, int timeout_ms)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    for (int waited_ms = 0; waited_ms <= timeout_ms; waited_ms += POLL_MS) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}
