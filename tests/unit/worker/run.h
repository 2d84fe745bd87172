#ifndef TESTS_UNIT_WORKER_RUN_H
#define TESTS_UNIT_WORKER_RUN_H

/* Runs one handler to its end, as the worker's loop does. */

#include "folder.h"
#include "link/clock.h"
#include "worker/runner.h"

#include <poll.h>
#include <string.h>

static struct hf_runner runner;
static struct hf_spool payload;
static struct hf_handler handler;
static struct hf_run_spec spec;
static struct hf_fault run_fault;

/* A spec that tests change: an empty payload, generous limits, the test's folder as state. */
__attribute__((unused)) static int run_setup(void **state)
{
    (void)state;
    hf_spool_init(&payload);
    hf_runner_init(&runner);
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

/* The handler is a shell script in the folder. */
__attribute__((unused)) static void run_script(const char *text)
{
    char script[4096];
    (void)snprintf(script, sizeof script, "#!/bin/sh\n%s\n", text);
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

/* True when no process whose command line holds `words` is left, within 2 s. */
__attribute__((unused)) static bool run_left_nothing(const char *words)
{
    char command[256];
    (void)snprintf(command, sizeof command,
                   "for i in $(seq 40); do pgrep -f '%s' >/dev/null || exit 0; sleep 0.05; done; "
                   "exit 1",
                   words);
    return system(command) == 0;
}

#endif
