#include "run.h"
#include "worker/confine.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1024 * 1024)

/* What really happens to a handler on this machine, as whoever the test is run. */

static struct hf_confine confine;
static struct hf_config config;
static struct hf_state place;
static char user[32];

/* A user that nothing else runs as; without root the own. The way to the folder is open to it. */
static int setup(void **state)
{
    const bool root = geteuid() == 0;
    (void)snprintf(user, sizeof user, "%d", root ? 70000 + (int)getpid() : (int)geteuid());
    memset(&config, 0, sizeof config);
    (void)snprintf(config.board, sizeof config.board, "unit-%d", (int)getpid());
    (void)snprintf(config.task_user, sizeof config.task_user, "%s", user);
    config.slots = 1;
    if (run_setup(state) != 0 || chmod(folder, 0711) != 0 ||
        hf_state_open(&place, folder_path("state"), NULL) != HF_ERR_OK ||
        hf_confine_open(&confine, &config, &place, NULL) != HF_ERR_OK ||
        hf_confine_make_folder(&confine, place.work, NULL) != HF_ERR_OK)
        return -1;
    spec.confine = &confine;
    spec.work_folder = place.work;
    return 0;
}

static int teardown(void **state)
{
    (void)run_teardown(state);
    hf_confine_close(&confine);
    hf_state_close(&place);
    return 0;
}

static bool is_in_force(const char *word)
{
    char words[256], padded[300], wanted[64];
    hf_confine_words(confine.in_force, words, sizeof words);
    (void)snprintf(padded, sizeof padded, " %s ", words);
    (void)snprintf(wanted, sizeof wanted, " %s ", word);
    return strstr(padded, wanted) != NULL;
}

static const char *reason(void)
{
    static struct hf_result result;
    hf_outcome_result(&runner.outcome, &result);
    return result.reason;
}

static int built_in_ends(hf_handler_fn *function)
{
    handler = (struct hf_handler){.run = function};
    run();
    const int code = runner.outcome.exit_code;
    hf_runner_clear(&runner);
    return code;
}

/* --- who it is --- */

static void a_program_of_a_root_worker_runs_as_the_task_user_with_no_way_to_more(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted, "%s %s %s\nNoNewPrivs:\t1\n500\nwrote\n%s\n", user, user,
                   user, user);
    run_script("echo $(id -u) $(id -g) $(id -G); grep NoNewPrivs /proc/self/status; "
               "cat /proc/self/oom_score_adj; echo x >mine && echo wrote; stat -c %u .");
    run();
    assert_string_equal(runner.outcome.log_tail, "");
    assert_string_equal(run_output(), wanted);
    assert_true(is_in_force("user"));
    assert_true(is_in_force("no-new-privs"));
    assert_true(is_in_force("oom-score"));
}

static void it_may_open_its_descriptors_by_name(void **state)
{
    (void)state;
    run_script("cat /dev/stdin >/dev/stdout; echo log >/dev/stderr; echo '5 on' >/proc/self/fd/3");
    run_payload("hello", 5);
    run();
    assert_string_equal(runner.outcome.log_tail, "log\n");
    assert_string_equal(run_output(), "hello");
    assert_int_equal(runner.progress.percent, 5);
}

static void it_cannot_read_what_the_worker_keeps(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    run_script("ls ../ || cat ../lock || touch ../new || ls ../work/.. || exit 7");
    run();
    assert_int_equal(runner.outcome.exit_code, 7);
}

static int own_user(const struct hf_handler_io *io)
{
    return dprintf(io->out, "%d %d", (int)geteuid(), (int)getegid()) > 0 ? 0 : 1;
}

static void a_built_in_runs_as_the_task_user_too(void **state)
{
    (void)state;
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "%s %s", user, geteuid() == 0 ? user : "");
    handler.run = own_user;
    run();
    assert_int_equal(strncmp(run_output(), wanted, strlen(wanted)), 0);
}

static void a_program_that_the_task_user_may_not_run_is_refused_with_words(void **state)
{
    (void)state;
    struct hf_result result;
    if (geteuid() != 0)
        skip();
    run_script("exit 0");
    assert_int_equal(chmod(folder_path("script"), 0700), 0);
    run();
    hf_outcome_result(&runner.outcome, &result);
    assert_int_equal(result.status, HF_STATUS_REFUSED);
    assert_non_null(strstr(result.reason, "task_user"));
}

static void only_root_can_run_handlers_as_another(void **state)
{
    (void)state;
    struct hf_confine other;
    struct hf_fault fault;
    (void)snprintf(config.task_user, sizeof config.task_user, "no-such-user-here");
    assert_int_equal(hf_confine_open(&other, &config, &place, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "no-such-user-here"));
    if (geteuid() == 0)
        return;
    (void)snprintf(config.task_user, sizeof config.task_user, "%d", (int)geteuid() + 1);
    assert_int_equal(hf_confine_open(&other, &config, &place, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "root"));
}

static void a_folder_of_another_user_is_emptied_and_given(void **state)
{
    (void)state;
    struct stat info;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(folder_path("given"), 0700), 0);
    folder_put("given/old", 0600, "a secret");
    assert_int_equal(hf_confine_make_folder(&confine, folder_path("given"), NULL), 0);
    assert_int_equal(entries_in(folder_path("given")), 0);
    assert_int_equal(stat(folder_path("given"), &info), 0);
    assert_int_equal(info.st_uid, strtol(user, NULL, 10));
    folder_put("given/new", 0600, "the task's own");
    assert_int_equal(hf_confine_make_folder(&confine, folder_path("given"), NULL), 0);
    assert_int_equal(entries_in(folder_path("given")), 1);
}

/* --- what it may use --- */

static void a_program_is_stopped_at_its_processor_time_though_it_will_not_hear(void **state)
{
    (void)state;
    spec.limits.cpu_s = 1;
    run_script("trap '' XCPU; while :; do :; done");
    run();
    assert_int_equal(runner.outcome.signal, SIGKILL);
    assert_string_equal(reason(), "used up its 1 s of processor time (limit cpu_s)");
}

static void burn_ms(int64_t ms)
{
    struct timespec used;
    int64_t begun_ms = -1, now_ms;
    do {
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        now_ms = (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
        begun_ms = begun_ms < 0 ? now_ms : begun_ms;
    } while (now_ms - begun_ms < ms);
}

static int burn_a_little(const struct hf_handler_io *io)
{
    (void)io;
    burn_ms(700);
    return 0;
}

static int burn_for_ever(const struct hf_handler_io *io)
{
    (void)io;
    burn_ms(INT64_MAX);
    return 0;
}

static void processor_time_of_a_built_in_is_that_of_its_task_alone(void **state)
{
    (void)state;
    spec.limits.cpu_s = 1;
    assert_int_equal(built_in_ends(burn_a_little), 0);
    assert_int_equal(built_in_ends(burn_a_little), 0);
    assert_int_equal(built_in_ends(burn_for_ever), -1);
    assert_string_equal(reason(), "used up its 1 s of processor time (limit cpu_s)");
    spec.limits.cpu_s = 0;
    assert_int_equal(built_in_ends(burn_a_little), 0);
}

static void a_program_cannot_have_more_memory_than_it_may(void **state)
{
    (void)state;
    if (!is_in_force("memory"))
        skip();
    spec.limits.memory_mb = 32;
    run_script("exec tail -c 100000000 </dev/zero");
    run();
    assert_int_not_equal(runner.outcome.exit_code, 0);
    hf_runner_clear(&runner);
    run_script("head -c 1000000 /dev/zero | tail -c 1000000 | wc -c");
    run();
    assert_string_equal(run_output(), "1000000\n");
}

#ifndef __SANITIZE_ADDRESS__ /* its allocator does not come back from a refusal */
static int take_64_mib(const struct hf_handler_io *io)
{
    (void)io;
    void *memory = malloc(64 * 1024 * 1024);
    const int code = memory ? 0 : 3;
    free(memory);
    return code;
}

static int take_all(const struct hf_handler_io *io)
{
    (void)io;
    char *memory = NULL;
    for (size_t size = MIB; size < 100 * MIB; size += MIB) {
        char *more = realloc(memory, size);
        if (!more) {
            free(memory);
            return 3;
        }
        memory = more;
        memset(memory + size - MIB, 1, MIB);
    }
    free(memory);
    return 0;
}

static void the_bounds_of_a_built_in_are_those_of_its_task_alone(void **state)
{
    (void)state;
    if (!is_in_force("memory") || confine.cgroup.memory)
        skip();
    spec.limits.memory_mb = 32;
    assert_int_equal(built_in_ends(take_64_mib), 3);
    spec.limits.memory_mb = 128;
    assert_int_equal(built_in_ends(take_64_mib), 0);
    spec.limits.memory_mb = 0;
    assert_int_equal(built_in_ends(take_64_mib), 0);
    spec.limits.memory_mb = 32;
    assert_int_equal(built_in_ends(take_64_mib), 3);
    assert_int_equal(built_in_ends(take_all), 3);
    assert_non_null(strstr(reason(), "of the 32 MiB that limit memory_mb allows"));
}
#endif

static void files_and_their_size_are_bounded(void **state)
{
    (void)state;
    spec.limits.files = 40;
    spec.limits.file_size_mb = 1;
    run_script("ulimit -n; exec head -c 2000000 /dev/zero >large");
    run();
    assert_string_equal(run_output(), "40\n");
    assert_int_equal(runner.outcome.signal, SIGXFSZ);
    assert_string_equal(reason(), "wrote a file of more than 1 MiB (limit file_size_mb)");
}

static void processes_are_bounded_for_a_user_of_its_own(void **state)
{
    (void)state;
    if (!is_in_force("processes"))
        skip();
    spec.limits.processes = 5;
    run_script("for i in 1 2 3 4 5 6 7 8 9 10; do $long_sleep & done; echo all");
    run();
    assert_int_not_equal(runner.outcome.exit_code, 0);
    assert_string_equal(run_output(), "");
    assert_true(run_left_nothing());
}

/* --- its folder --- */

static bool folder_is_empty_soon(void)
{
    for (int i = 0; i < 200 && entries_in(place.work) > 0; i++)
        (void)usleep(20000);
    return entries_in(place.work) == 0;
}

static void what_a_program_leaves_in_its_folder_goes_when_it_has_ended(void **state)
{
    (void)state;
    run_script("mkdir -p a/b && touch a/b/c .hidden && chmod 0 a/b && ln -s / a/root");
    run();
    assert_int_equal(runner.outcome.exit_code, 0);
    hf_runner_clear(&runner);
    assert_true(folder_is_empty_soon());
    const int64_t give_up_ms = hf_clock_mono_ms() + 5000;
    while (runner.brood.tidier != 0 && hf_clock_mono_ms() < give_up_ms)
        (void)hf_runner_step(&runner, hf_clock_mono_ms(), NULL, 0);
    assert_int_equal(runner.brood.tidier, 0);
}

/* The next one begins while the folder of the last is being emptied. */
static void the_next_task_keeps_its_own_files(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        run_script("ls -A | wc -l; seq 1000 | xargs touch");
        run();
        assert_string_equal(run_output(), "0\n");
        hf_runner_clear(&runner);
        run_script("ls -A | wc -l; touch mine; sleep 0.05; ls");
        run();
        assert_string_equal(run_output(), "0\nmine\n");
        hf_runner_clear(&runner);
    }
}

static int leave_a_file(const struct hf_handler_io *io)
{
    (void)io;
    const int fd = open("left", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    return fd >= 0 ? 0 : 1;
}

static void what_a_built_in_leaves_is_gone_before_its_result_is_known(void **state)
{
    (void)state;
    assert_int_equal(built_in_ends(leave_a_file), 0);
    assert_int_equal(entries_in(place.work), 0);
}

static void a_runner_that_is_closed_leaves_its_folder_empty(void **state)
{
    (void)state;
    run_script("touch here; echo begun; sleep 60");
    run_start();
    while (entries_in(place.work) == 0)
        (void)run_turn();
    hf_runner_close(&runner);
    assert_int_equal(entries_in(place.work), 0);
}

static void what_it_was_started_with_changes_no_hands(void **state)
{
    (void)state;
    struct stat info;
    struct hf_confine again;
    assert_int_equal(mkfifo(folder_path("log"), 0600), 0);
    const int fifo = open(folder_path("log"), O_RDWR);
    const int before = dup(STDIN_FILENO);
    assert_int_equal(dup2(fifo, STDIN_FILENO), STDIN_FILENO);
    const enum hf_err err = hf_confine_open(&again, &config, &place, NULL);
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    hf_confine_close(&again);
    (void)close(before);
    (void)close(fifo);
    assert_int_equal(err, HF_ERR_OK);
    assert_int_equal(stat(folder_path("log"), &info), 0);
    assert_int_equal(info.st_uid, geteuid());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_of_a_root_worker_runs_as_the_task_user_with_no_way_to_more),
        TEST(it_may_open_its_descriptors_by_name),
        TEST(it_cannot_read_what_the_worker_keeps),
        TEST(a_built_in_runs_as_the_task_user_too),
        TEST(a_program_that_the_task_user_may_not_run_is_refused_with_words),
        TEST(what_it_was_started_with_changes_no_hands),
        TEST(only_root_can_run_handlers_as_another),
        TEST(a_folder_of_another_user_is_emptied_and_given),
        TEST(a_program_is_stopped_at_its_processor_time_though_it_will_not_hear),
        TEST(processor_time_of_a_built_in_is_that_of_its_task_alone),
        TEST(a_program_cannot_have_more_memory_than_it_may),
#ifndef __SANITIZE_ADDRESS__
        TEST(the_bounds_of_a_built_in_are_those_of_its_task_alone),
#endif
        TEST(files_and_their_size_are_bounded),
        TEST(processes_are_bounded_for_a_user_of_its_own),
        TEST(what_a_program_leaves_in_its_folder_goes_when_it_has_ended),
        TEST(the_next_task_keeps_its_own_files),
        TEST(what_a_built_in_leaves_is_gone_before_its_result_is_known),
        TEST(a_runner_that_is_closed_leaves_its_folder_empty),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
