#include "run.h"
#include "worker/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Real calls in a real child of the runner: what it ends with is what a task would report. */

static int starts_a_program(const struct hf_handler_io *io)
{
    (void)io;
    char shell[] = "/bin/sh", option[] = "-c", command[] = "exit 0";
    char *const argv[] = {shell, option, command, NULL};
    return execv(shell, argv);
}

static int opens_a_connection(const struct hf_handler_io *io)
{
    (void)io;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int looks_into_its_parent(const struct hf_handler_io *io)
{
    (void)io;
    return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int mounts(const struct hf_handler_io *io)
{
    (void)io;
    return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int leaves_for_a_name_space(const struct hf_handler_io *io)
{
    (void)io;
    return unshare(CLONE_NEWNET);
}

static int sets_the_clock(const struct hf_handler_io *io)
{
    (void)io;
    const struct timeval epoch = {0, 0};
    return settimeofday(&epoch, NULL);
}

static int asks_for_io_uring(const struct hf_handler_io *io)
{
    (void)io;
    return (int)syscall(425, 1, NULL);
}

static int works_as_usual(const struct hf_handler_io *io)
{
    static const struct timespec moment = {0, 1000000};
    char text[32];
    const ssize_t len = read(io->in, text, sizeof text);
    const int file = open("mine", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const bool wrote = file >= 0 && write(file, text, (size_t)len) == len;
    (void)close(file);
    (void)nanosleep(&moment, NULL);
    return wrote && unlink("mine") == 0 && write(io->out, text, (size_t)len) == len ? 0 : 1;
}

static void built_in_that_does_what_none_needs_is_ended_by_the_kernel(void **state)
{
    (void)state;
    static hf_handler_fn *const FORBIDDEN[] = {
        starts_a_program,        opens_a_connection, looks_into_its_parent, mounts,
        leaves_for_a_name_space, sets_the_clock,     asks_for_io_uring};
    if (!hf_seccomp_works())
        skip();
    for (size_t i = 0; i < sizeof FORBIDDEN / sizeof *FORBIDDEN; i++) {
        handler = (struct hf_handler){.run = FORBIDDEN[i]};
        run();
        assert_int_equal(runner.outcome.signal, SIGSYS);
        hf_runner_clear(&runner);
    }
}

/* The signal that ends a child which has the network's filter; 0: none did. */
static int ended_by(hf_handler_fn *act)
{
    static const struct hf_handler_io NOTHING;
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
        _exit(hf_seccomp_enter(true) && act(&NOTHING) >= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void what_speaks_to_the_network_may_do_that_and_start_no_program(void **state)
{
    (void)state;
    if (!hf_seccomp_works())
        skip();
    assert_int_equal(ended_by(opens_a_connection), 0);
    assert_int_equal(ended_by(starts_a_program), SIGSYS);
    assert_int_equal(ended_by(looks_into_its_parent), SIGSYS);
    assert_int_equal(ended_by(asks_for_io_uring), SIGSYS);
}

static void built_in_works_as_usual_under_the_filter(void **state)
{
    (void)state;
    char work[512];
    (void)snprintf(work, sizeof work, "%s", folder_path("work"));
    assert_int_equal(mkdir(work, 0700), 0);
    spec.work_folder = work;
    handler = (struct hf_handler){.run = works_as_usual};
    run_payload("payload", 7);
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "payload");
}

static void program_is_not_filtered(void **state)
{
    (void)state;
    run_script("grep Seccomp: /proc/self/status");
    run();
    char own[64] = "";
    FILE *status = fopen("/proc/self/status", "re");
    assert_non_null(status);
    while (strncmp(own, "Seccomp:", 8) != 0)
        assert_non_null(fgets(own, sizeof own, status));
    (void)fclose(status);
    assert_string_equal(run_output(), own);
}

static void asking_whether_it_works_changes_nothing(void **state)
{
    (void)state;
    const int before = prctl(PR_GET_SECCOMP);
    const bool works = hf_seccomp_works();
    assert_int_equal(prctl(PR_GET_SECCOMP), before);
    assert_int_equal(hf_seccomp_works(), works);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(built_in_that_does_what_none_needs_is_ended_by_the_kernel,
                                        run_setup, run_teardown),
        cmocka_unit_test(what_speaks_to_the_network_may_do_that_and_start_no_program),
        cmocka_unit_test_setup_teardown(built_in_works_as_usual_under_the_filter, run_setup,
                                        run_teardown),
        cmocka_unit_test_setup_teardown(program_is_not_filtered, run_setup, run_teardown),
        cmocka_unit_test(asking_whether_it_works_changes_nothing),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
