#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a handler finds around it; see worker/runner.h. */

static void a_program_gets_its_path_alone_and_a_clean_environment(void **state)
{
    (void)state;
    assert_int_equal(setenv("SECRET_OF_THE_WORKER", "x", 1), 0);
    assert_int_equal(mkdir(folder_path("work"), 0700) == 0 || errno == EEXIST, 1);
    run_script("echo $# $0; env | grep -v -e ^long_sleep= -e ^PWD= -e ^SHLVL= -e ^_= | sort; pwd");
    spec.work_folder = folder_path("work");
    run();
    char expected[2048];
    (void)snprintf(expected, sizeof expected,
                   "0 %s/script\nHOLDFAST_ATTEMPT=3\nHOLDFAST_BOARD=pi-1\nHOLDFAST_HANDLER=test\n"
                   "HOLDFAST_JOB=job-1\nHOLDFAST_TASK_ID=task-1\nHOME=%s/work\nLANG=C.UTF-8\n"
                   "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                   "TMPDIR=%s/work\n%s/work\n",
                   folder, folder, folder, folder);
    assert_string_equal(run_output(), expected);
}

static void the_work_folder_is_empty_whatever_the_last_task_left(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder_path("work"), 0700) == 0 || errno == EEXIST, 1);
    run_script("ls -A; mkdir -p left/over; echo x >left/over/file; chmod 0 left");
    spec.work_folder = folder_path("work");
    for (int i = 0; i < 2; i++) {
        run();
        assert_string_equal(runner.outcome.log_tail, "");
        assert_int_equal(runner.outcome.exit_code, 0);
        assert_string_equal(run_output(), "");
        hf_runner_clear(&runner);
    }
}

static int list_descriptors(const struct hf_handler_io *io)
{
    (void)io;
    for (int fd = 0; fd < 1000; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            (void)dprintf(STDOUT_FILENO, "%d ", fd);
    }
    return 0;
}

static void it_has_four_descriptors_and_no_other_of_the_worker(void **state)
{
    (void)state;
    int leaky = open("/dev/null", O_RDONLY); /* without close-on-exec */
    handler.run = list_descriptors;
    run();
    /* A built-in's line to the worker, and its empty payload. */
    assert_string_equal(run_output(), "0 1 2 3 4 6 ");
    hf_runner_clear(&runner);
    run_script("ls /proc/$$/fd | tr '\\n' ' '");
    run();
    assert_non_null(strstr(run_output(), "0 1 "));
    hf_runner_clear(&runner);
    run_script("[ -e /proc/$$/fd/3 ] && [ ! -e /proc/$$/fd/4 ] && ! [ -e /proc/$$/fd/16 ]");
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    (void)close(leaky);
}

/* The worker's own may be closed: then its pipes and spools get the numbers 0 to 3 themselves. */
static void it_gets_them_right_when_the_worker_has_none_of_0_to_3(void **state)
{
    (void)state;
    int kept[4];
    char output[8] = "";
    size_t len = 0;
    run_script("cat; echo log >&2; echo 9 >&3");
    hf_spool_close(&payload);
    for (int fd = 0; fd < 4; fd++) {
        kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        (void)close(fd);
    }
    enum hf_err err = hf_spool_open(&payload, folder, 10, &run_fault);
    if (err == HF_ERR_OK)
        err = hf_spool_append(&payload, "in", 2, &run_fault);
    if (err == HF_ERR_OK)
        err = hf_runner_start(&runner, &spec, hf_clock_mono_ms(), 0, &run_fault);
    bool was_low = runner.output.fd < 4;
    while (err == HF_ERR_OK && !run_turn())
        continue;
    (void)hf_spool_read(&runner.output, 0, output, sizeof output - 1, &len, NULL);
    hf_runner_clear(&runner);
    hf_spool_close(&payload);
    for (int fd = 0; fd < 4; fd++) {
        if (kept[fd] >= 0) {
            (void)dup2(kept[fd], fd);
            (void)close(kept[fd]);
        }
    }
    if (err != HF_ERR_OK)
        fail_msg("start: %s", run_fault.text);
    assert_true(was_low);
    assert_string_equal(output, "in");
    assert_string_equal(runner.outcome.log_tail, "log\n");
    assert_int_equal(runner.progress.percent, 9);
}

static int tell_signals(const struct hf_handler_io *io)
{
    (void)io;
    sigset_t blocked;
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 &&
            (action.sa_handler != SIG_DFL || sigismember(&blocked, number)))
            return number;
    }
    return 0;
}

static void its_signals_are_at_their_defaults_and_none_is_blocked(void **state)
{
    (void)state;
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    handler.run = tell_signals;
    run();
    int built_in = runner.outcome.exit_code;
    hf_runner_clear(&runner);
    run_script("exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
    run();
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    assert_int_equal(built_in, 0);
    assert_string_equal(run_output(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static int tell_confinement(const struct hf_handler_io *io)
{
    (void)io;
    struct rlimit core;
    int death = 0;
    return getpgrp() != getpid()                                      ? 1
           : getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 1 ? 2
           : prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) != 1      ? 3
           : prctl(PR_GET_PDEATHSIG, &death) != 0 || death != SIGKILL ? 4
                                                                      : 0;
}

static void it_leads_its_group_dumps_no_core_gains_no_rights_and_dies_with_the_worker(void **state)
{
    (void)state;
    handler.run = tell_confinement;
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_program_gets_its_path_alone_and_a_clean_environment),
        RUN(the_work_folder_is_empty_whatever_the_last_task_left),
        RUN(it_has_four_descriptors_and_no_other_of_the_worker),
        RUN(it_gets_them_right_when_the_worker_has_none_of_0_to_3),
        RUN(its_signals_are_at_their_defaults_and_none_is_blocked),
        RUN(it_leads_its_group_dumps_no_core_gains_no_rights_and_dies_with_the_worker),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
