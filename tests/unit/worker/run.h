#ifndef TESTS_UNIT_WORKER_RUN_H
#define TESTS_UNIT_WORKER_RUN_H

/* Runs one handler to its end, as the worker's loop does. */

#include "folder.h"
#include "link/clock.h"
#include "worker/runner.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

static struct hf_runner runner;
static struct hf_spool payload;
static struct hf_handler handler;
static struct hf_run_spec spec;
static struct hf_fault run_fault;

__attribute__((unused)) static const char *run_mark(void)
{
    static char mark[32]; /* the same in processes that it forks */
    if (mark[0] == '\0')
        (void)snprintf(mark, sizeof mark, "8639%08d", (int)getpid());
    return mark;
}

/* A spec that tests change: an empty payload, generous limits, the test's folder as state. */
__attribute__((unused)) static int run_setup(void **state)
{
    (void)state;
    (void)run_mark();
    hf_spool_init(&payload);
    hf_runner_init(&runner, -1);
    memset(&handler, 0, sizeof handler);
    spec = (struct hf_run_spec){.task = "task-1",
                                .job = "job-1",
                                .board = "pi-1",
                                .handler_name = "test",
                                .handler = &handler,
                                .payload = &payload,
                                .state_folder = folder,
                                .attempt = 3,
                                .timeout_ms = 20000,
                                .grace_ms = 5000,
                                .max_output_bytes = 1024 * 1024};
    return hf_spool_open(&payload, folder, 64 * 1024 * 1024, NULL) == HF_ERR_OK ? 0 : -1;
}

__attribute__((unused)) static int run_teardown(void **state)
{
    (void)state;
    hf_runner_close(&runner);
    hf_spool_close(&payload);
    return 0;
}

__attribute__((unused)) static void run_payload(const void *data, size_t len)
{
    assert_int_equal(hf_spool_append(&payload, data, len, NULL), HF_ERR_OK);
}

/*
 * The handler is a shell script in the folder. `long_sleep` in it is a sleep of so many seconds
 * that no other process on this machine has the like: run_left_nothing finds it by that number.
 */
__attribute__((unused)) static void run_script(const char *text)
{
    char script[4096];
    (void)snprintf(script, sizeof script, "#!/bin/sh\nexport long_sleep='sleep %s'\n%s\n",
                   run_mark(), text);
    folder_put("script", 0755, script);
    memset(&handler, 0, sizeof handler);
    (void)snprintf(handler.path, sizeof handler.path, "%s/script", folder);
}

__attribute__((unused)) static void run_start(void)
{
    enum hf_err err = hf_runner_start(&runner, &spec, hf_clock_mono_ms(), 1234567, &run_fault);
    if (err != HF_ERR_OK)
        fail_msg("start: %s", run_fault.text);
}

/* One turn of a loop; SIGCHLD is not waited for, so it looks every 10 ms. */
__attribute__((unused)) static bool run_turn(void)
{
    struct pollfd fds[HF_RUNNER_FDS_MAX];
    size_t count = hf_runner_pollfds(&runner, fds, HF_RUNNER_FDS_MAX);
    (void)poll(fds, count, 10);
    return hf_runner_step(&runner, hf_clock_mono_ms(), fds, count);
}

__attribute__((unused)) static void run_until_end(void)
{
    int64_t give_up_ms = hf_clock_mono_ms() + 30000;
    while (!run_turn()) {
        if (hf_clock_mono_ms() > give_up_ms)
            fail_msg("the run does not end");
    }
}

__attribute__((unused)) static void run(void)
{
    run_start();
    run_until_end();
}

/* What it wrote to stdout, as text. */
__attribute__((unused)) static const char *run_output(void)
{
    static char text[256 * 1024];
    size_t len = 0;
    assert_int_equal(hf_spool_read(&runner.output, 0, text, sizeof text - 1, &len, NULL),
                     HF_ERR_OK);
    text[len] = '\0';
    return text;
}

static bool run_is_marked(const char *pid)
{
    char path[280], line[4096];
    (void)snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, line, sizeof line);
    if (fd >= 0)
        (void)close(fd);
    return len > 0 && memmem(line, (size_t)len, run_mark(), strlen(run_mark()));
}

__attribute__((unused)) static int run_count_marked(void)
{
    DIR *dir = opendir("/proc");
    assert_non_null(dir);
    int count = 0;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        count += run_is_marked(entry->d_name);
    (void)closedir(dir);
    return count;
}

/* Waits until as many processes of a script sleep, 10 s at most. */
__attribute__((unused)) static bool run_sleepers_are(int count)
{
    for (int i = 0; i < 200 && run_count_marked() != count; i++)
        (void)usleep(50000);
    return run_count_marked() == count;
}

/* True when within 2 s no process is left that sleeps as long as a script of this test. */
__attribute__((unused)) static bool run_left_nothing(void)
{
    for (int i = 0; i < 40 && run_count_marked() > 0; i++)
        (void)usleep(50000);
    return run_count_marked() == 0;
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, run_setup, run_teardown)

#endif
