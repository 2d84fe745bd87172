#ifndef TESTS_UNIT_WORKER_WARM_CHILD_H
#define TESTS_UNIT_WORKER_WARM_CHILD_H

/* The child that built-ins share, as the runner keeps it; see worker/warm.h. */

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int echo_pid(const struct hf_handler_io *io)
{
    return dprintf(io->out, "%d", (int)getpid()) > 0 ? 0 : 1;
}

_Noreturn static int hang(const struct hf_handler_io *io)
{
    (void)io;
    for (;;)
        (void)pause();
}

/* Runs it to its end, and on to idle; its output. */
static const char *run_one(hf_handler_fn *function)
{
    static char text[256];
    handler = (struct hf_handler){.run = function};
    run();
    (void)snprintf(text, sizeof text, "%s", run_output());
    hf_runner_clear(&runner);
    return text;
}

static pid_t pid_of_next(void)
{
    const pid_t pid = (pid_t)strtol(run_one(echo_pid), NULL, 10);
    assert_true(pid > 1); /* a signal for any other number would meet us all */
    return pid;
}

static bool ends_within_2_s(pid_t pid)
{
    char path[64], line[512];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 100; i++) {
        FILE *file = fopen(path, "re");
        const bool there = file && fgets(line, sizeof line, file) && !strstr(line, ") Z");
        if (file)
            (void)fclose(file);
        if (!there)
            return true;
        (void)usleep(20000);
    }
    return false;
}

#endif
