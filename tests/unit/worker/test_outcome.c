#include "../cmocka_all.h"
#include "worker/outcome.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const struct {
    struct hf_outcome outcome;
    enum hf_status status;
    const char *reason;
} CASES[] = {
    {{.end = HF_RUN_EXITED}, HF_STATUS_DONE, ""},
    {{.end = HF_RUN_EXITED, .exit_code = 75}, HF_STATUS_RETRY, "exit 75: try again later"},
    {{.end = HF_RUN_EXITED, .exit_code = 3}, HF_STATUS_FAILED, "exit 3"},
    {{.end = HF_RUN_EXITED, .exit_code = 127}, HF_STATUS_FAILED, "exit 127"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = 11},
     HF_STATUS_RETRY,
     "killed by signal 11 (Segmentation fault)"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGTERM, .soft_limit_ms = 60000},
     HF_STATUS_RETRY,
     "ended at its soft time limit of 60 s"},
    {{.end = HF_RUN_EXITED, .exit_code = 0, .soft_limit_ms = 60000}, HF_STATUS_DONE, ""},
    {{.end = HF_RUN_EXITED, .exit_code = 75, .soft_limit_ms = 1500},
     HF_STATUS_RETRY,
     "exit 75: try again later, after its soft time limit of 1500 ms"},
    {{.end = HF_RUN_EXITED, .exit_code = 3, .soft_limit_ms = 60000},
     HF_STATUS_FAILED,
     "exit 3, after its soft time limit of 60 s"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGTERM},
     HF_STATUS_RETRY,
     "killed by signal 15 (Terminated)"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGXCPU, .limits.cpu_s = 10},
     HF_STATUS_RETRY,
     "used up its 10 s of processor time (limit cpu_s)"},
    {{.end = HF_RUN_EXITED,
      .exit_code = -1,
      .signal = SIGKILL,
      .cpu_ms = 12000,
      .limits.cpu_s = 10},
     HF_STATUS_RETRY,
     "used up its 10 s of processor time (limit cpu_s)"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGKILL, .cpu_ms = 9000, .limits.cpu_s = 10},
     HF_STATUS_RETRY,
     "killed by signal 9 (Killed)"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGXFSZ, .limits.file_size_mb = 5},
     HF_STATUS_RETRY,
     "wrote a file of more than 5 MiB (limit file_size_mb)"},
    {{.end = HF_RUN_EXITED,
      .exit_code = -1,
      .signal = SIGKILL,
      .out_of_memory = true,
      .limits.memory_mb = 64,
      .peak_kb = 65000},
     HF_STATUS_RETRY,
     "killed for want of memory: it may have 64 MiB (limit memory_mb)"},
    {{.end = HF_RUN_EXITED, .exit_code = -1, .signal = SIGKILL, .out_of_memory = true},
     HF_STATUS_RETRY,
     "killed by the kernel: the board had no memory left"},
    {{.end = HF_RUN_EXITED, .exit_code = 1, .limits.memory_mb = 64, .peak_kb = 61 * 1024},
     HF_STATUS_FAILED,
     "exit 1; it had 61 of the 64 MiB that limit memory_mb allows"},
    {{.end = HF_RUN_EXITED, .exit_code = 1, .limits.memory_mb = 64, .peak_kb = 20 * 1024},
     HF_STATUS_FAILED,
     "exit 1"},
    {{.end = HF_RUN_TIMED_OUT, .exit_code = -1, .signal = 15, .limit = 3600000},
     HF_STATUS_RETRY,
     "timed out after 3600 s"},
    {{.end = HF_RUN_TIMED_OUT, .exit_code = 0, .limit = 1500},
     HF_STATUS_RETRY,
     "timed out after 1500 ms"},
    {{.end = HF_RUN_OUTPUT_TOO_LARGE, .exit_code = -1, .signal = 13, .limit = 16711680},
     HF_STATUS_FAILED,
     "output over the limit of 16711680 bytes"},
    {{.end = HF_RUN_CANCELLED, .exit_code = 0}, HF_STATUS_CANCELLED, "cancelled while it ran"},
    {{.end = HF_RUN_STOPPED, .exit_code = -1, .signal = 9},
     HF_STATUS_RETRY,
     "the worker was stopped while it ran"},
    {{.end = HF_RUN_OUTPUT_LOST, .exit_code = 0, .detail = "no space"},
     HF_STATUS_RETRY,
     "no space"},
    {{.end = HF_RUN_NOT_STARTED, .exit_code = -1, .start_errno = ENOEXEC, .detail = "cannot run x"},
     HF_STATUS_REFUSED,
     "cannot run x"},
    {{.end = HF_RUN_NOT_STARTED, .exit_code = -1, .start_errno = ENOMEM, .detail = "cannot run x"},
     HF_STATUS_RETRY,
     "cannot run x"},
    {{.end = HF_RUN_NOT_STARTED, .exit_code = -1, .start_errno = ETXTBSY, .detail = "cannot run x"},
     HF_STATUS_RETRY,
     "cannot run x"},
};

static void every_end_has_its_status_and_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct hf_result result = {.reason = "from before"};
        hf_outcome_result(&CASES[i].outcome, &result);
        assert_int_equal(result.status, CASES[i].status);
        assert_string_equal(result.reason, CASES[i].reason);
        assert_int_equal(result.exit_code, CASES[i].outcome.exit_code);
        assert_int_equal(result.signal, CASES[i].outcome.signal);
    }
}

static void figures_and_log_are_carried_over_and_identity_is_left_alone(void **state)
{
    (void)state;
    struct hf_outcome outcome = {.end = HF_RUN_EXITED,
                                 .peak_kb = 1,
                                 .cpu_ms = 2,
                                 .started_unix_ms = 3,
                                 .duration_ms = 4,
                                 .log_tail = "last words"};
    struct hf_result result = {.id = "t-1", .job = "j", .board = "b", .attempt = 9};
    hf_outcome_result(&outcome, &result);
    assert_int_equal(result.peak_kb, 1);
    assert_int_equal(result.cpu_ms, 2);
    assert_int_equal(result.started_ms, 3);
    assert_int_equal(result.duration_ms, 4);
    assert_string_equal(result.log_tail, "last words");
    assert_string_equal(result.id, "t-1");
    assert_string_equal(result.job, "j");
    assert_string_equal(result.board, "b");
    assert_int_equal(result.attempt, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_end_has_its_status_and_reason),
        cmocka_unit_test(figures_and_log_are_carried_over_and_identity_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
