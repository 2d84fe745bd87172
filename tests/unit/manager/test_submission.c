#include "submission_fixture.h"

#include <sys/stat.h>

static FILE *file_of(const char *text)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs(text, file);
    rewind(file);
    return file;
}

static struct payloads lines(struct fixture *f, const char *text)
{
    struct hf_order wanted = order();
    struct hf_submission *submission = begin(f, &wanted);
    FILE *file = file_of(text);
    assert_ok(f, hf_submission_add_lines(submission, file, "lines.txt", &f->fault));
    fclose(file);
    struct hf_job job = finish(f, submission);
    return payloads_of(f, job.number);
}

static void a_job_carries_what_was_ordered_to_each_task(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    wanted.name = "nightly";
    wanted.handler = "sha256";
    wanted.target = (struct hf_target){HF_TARGET_BOARD, "pi-7"};
    wanted.timeout_ms = 1500;
    wanted.soft_timeout_ms = 1000;
    wanted.limits = (struct hf_limits){.memory_mb = 64, .files = 20};
    wanted.max_attempts = 3;
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, "one", hf_str("abc"), &f->fault));
    assert_int_equal(hf_submission_count(submission), 1);
    assert_int_equal(hf_submission_bytes(submission), 3);
    struct hf_job job = finish(f, submission);
    assert_string_equal(job.name, "nightly");
    struct hf_entry task = payloads_of(f, job.number).last;
    assert_string_equal(task.task.job, job.id);
    assert_string_equal(task.task.handler, "sha256");
    assert_string_equal(task.name, "one");
    assert_int_equal(task.target.kind, HF_TARGET_BOARD);
    assert_string_equal(task.target.name, "pi-7");
    assert_int_equal(task.task.timeout_ms, 1500);
    assert_int_equal(task.task.soft_timeout_ms, 1000);
    assert_memory_equal(&task.task.limits, &wanted.limits, sizeof wanted.limits);
    assert_int_equal(task.task.max_attempts, 3);
    assert_int_equal(task.task.attempt, 1);
    assert_int_equal(task.state, HF_STATE_PENDING);
    assert_int_equal(strlen(task.task.id), HF_UUID_TEXT);
}

static void lines_become_tasks_without_their_line_ends(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(lines(f, "one\ntwo\nthree\n").text, "[one][two][three]");
    assert_string_equal(lines(f, "one\r\ntwo\r\n").text, "[one][two]");
    assert_string_equal(lines(f, "last one has no end").text, "[last one has no end]");
    assert_string_equal(lines(f, "\n\na\n\r\n\nb\n\n").text, "[a][b]");
    assert_string_equal(lines(f, "a\rb\n").text, "[a\rb]");
    assert_string_equal(lines(f, " kept \t\n").text, "[ kept \t]");
}

/* The buffer is 64 KB: line ends must be found wherever it is cut. */
static void a_line_end_is_found_across_the_edge_of_the_buffer(void **state)
{
    struct fixture *f = *state;
    static char text[70000];
    for (size_t shift = 65533; shift <= 65538; shift++) {
        memset(text, 'x', sizeof text);
        memcpy(text + shift, "\r\nend\n", 7);
        struct payloads all = lines(f, text);
        assert_int_equal(all.last.seq, 2);
        assert_string_equal(strrchr(all.text, '['), "[end]");
    }
}

static void a_file_keeps_its_name_and_its_bytes(void **state)
{
    struct fixture *f = *state;
    char path[128];
    struct hf_order wanted = order();
    snprintf(path, sizeof path, "%s/photo.jpg", f->folder);
    assert_ok(f, hf_file_write(path, "bytes", 5, 0600, &f->fault));
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_file(submission, path, &f->fault));
    struct hf_job job = finish(f, submission);
    struct payloads all = payloads_of(f, job.number);
    assert_string_equal(all.text, "[bytes]");
    assert_string_equal(all.last.name, path);
}

static void a_name_that_is_too_long_keeps_its_end(void **state)
{
    struct fixture *f = *state;
    char name[400];
    struct hf_order wanted = order();
    memset(name, 'd', sizeof name);
    memcpy(name + sizeof name - 10, "/file.txt", 10);
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, name, hf_str(""), &f->fault));
    struct hf_job job = finish(f, submission);
    struct hf_entry task = payloads_of(f, job.number).last;
    assert_int_equal(strlen(task.name), HF_TASK_NAME_MAX);
    assert_string_equal(task.name + HF_TASK_NAME_MAX - 9, "/file.txt");
}

static void a_large_payload_becomes_a_file(void **state)
{
    struct fixture *f = *state;
    static char large[200001];
    struct hf_order wanted = order();
    struct hf_body_reader reader = {0};
    memset(large, 'x', sizeof large - 1);
    FILE *file = file_of(large);
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_stream(submission, NULL, file, "stdin", &f->fault));
    fclose(file);
    struct hf_job job = finish(f, submission);
    fixture_reopen(f);
    struct hf_entry task = payloads_of(f, job.number).last;
    assert_int_equal(task.payload_bytes, 200000);
    assert_ok(f, hf_tasks_payload(f->ledger, task.number, &reader, &f->fault));
    assert_true(reader.in_file);
    assert_int_equal(reader.size, 200000);
    hf_body_close(&reader);
}

static int64_t job_count(struct fixture *f)
{
    struct hf_counts counts;
    assert_ok(f, hf_jobs_counts_all(f->ledger, &counts, &f->fault));
    return hf_counts_total(&counts);
}

static void a_failure_in_the_middle_leaves_nothing_of_the_job(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("a"), &f->fault));
    assert_int_equal(hf_submission_add_file(submission, "/nonexistent/file", &f->fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, "/nonexistent/file"));
    hf_submission_free(submission);
    assert_int_equal(job_count(f), 0);
    struct hf_job job;
    assert_int_equal(hf_jobs_find(f->ledger, NULL, &job, &f->fault), HF_ERR_NOT_FOUND);
}

static void a_dry_run_checks_and_keeps_nothing(void **state)
{
    struct fixture *f = *state;
    static char large[200001];
    struct stat about;
    char path[128];
    struct hf_order wanted = order();
    wanted.dry_run = true;
    memset(large, 'x', sizeof large - 1);
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str(large), &f->fault));
    assert_int_equal(hf_submission_bytes(submission), 200000);
    finish(f, submission);
    assert_int_equal(job_count(f), 0);
    snprintf(path, sizeof path, "%s/bodies", f->folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_nlink, 2);
    assert_int_equal(remove(path), 0); /* it is empty */
}

static void a_job_without_a_task_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_job job;
    struct hf_order wanted = order();
    struct hf_submission *submission = begin(f, &wanted);
    assert_int_equal(hf_submission_finish(submission, &job, &f->fault), HF_ERR_MISSING);
    hf_submission_free(submission);
}

static void a_payload_over_the_limit_is_refused_with_its_name(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    wanted.dry_run = true;
    static char piece[1 << 20];
    FILE *file = tmpfile();
    for (int i = 0; i < 17; i++)
        fwrite(piece, 1, sizeof piece, file);
    rewind(file);
    struct hf_submission *submission = begin(f, &wanted);
    assert_int_equal(hf_submission_add_stream(submission, NULL, file, "film.mp4", &f->fault),
                     HF_ERR_TOO_LARGE);
    assert_non_null(strstr(f->fault.text, "film.mp4"));
    assert_non_null(strstr(f->fault.text, "16 MiB"));
    hf_submission_free(submission);
    fclose(file);
}

static void what_cannot_be_plain_is_found_before_anything_is_kept(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    static char large[HF_PLAIN_BODY_MAX + 2];
    wanted.plain = true;
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("text"), &f->fault));
    assert_int_equal(hf_submission_add_bytes(submission, NULL, hf_str("\xff\xfe"), &f->fault),
                     HF_ERR_INVALID);
    hf_submission_free(submission);
    memset(large, 'x', sizeof large - 1);
    submission = begin(f, &wanted);
    assert_int_equal(hf_submission_add_bytes(submission, NULL, hf_str(large), &f->fault),
                     HF_ERR_TOO_LARGE);
    hf_submission_free(submission);
    assert_int_equal(job_count(f), 0);
}

static void a_wrong_word_is_named_with_what_is_wanted(void **state)
{
    struct fixture *f = *state;
    struct hf_submission *submission = NULL;
    char long_name[HF_JOB_NAME_MAX + 2];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    struct {
        const char *name, *handler;
        struct hf_target target;
        const char *quoted;
    } wrong[] = {
        {NULL, "../sh", {HF_TARGET_POOL, "default"}, "../sh"},
        {NULL, "echo", {HF_TARGET_POOL, "Default"}, "Default"},
        {NULL, "echo", {HF_TARGET_BOARD, ""}, "board name"},
        {NULL, "echo", {HF_TARGET_QUEUE, ""}, "queue name"},
        {NULL, "echo", {HF_TARGET_QUEUE, "a\nb"}, "queue name"},
        {long_name, "echo", {HF_TARGET_POOL, "default"}, "job name"},
        {"a\x1b[31m", "echo", {HF_TARGET_POOL, "default"}, "job name"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hf_order wanted = order();
        wanted.name = wrong[i].name;
        wanted.handler = wrong[i].handler;
        wanted.target = wrong[i].target;
        assert_int_equal(hf_submission_begin(f->ledger, &wanted, NOW, &submission, &f->fault),
                         HF_ERR_INVALID);
        assert_non_null(strstr(f->fault.text, wrong[i].quoted));
        assert_null(submission);
    }
}

static void no_handler_means_the_workers_default(void **state)
{
    struct fixture *f = *state;
    struct hf_order wanted = order();
    wanted.handler = "";
    struct hf_submission *submission = begin(f, &wanted);
    assert_ok(f, hf_submission_add_bytes(submission, NULL, hf_str("x"), &f->fault));
    struct hf_job job = finish(f, submission);
    assert_string_equal(job.handler, "");
}

static void a_time_limit_that_cannot_hold_is_refused_with_both_numbers(void **state)
{
    struct fixture *f = *state;
    struct hf_submission *submission = NULL;
    struct hf_order wanted = order();
    wanted.timeout_ms = 7200000;
    wanted.patience_s = 1800;
    assert_int_equal(hf_submission_begin(f->ledger, &wanted, NOW, &submission, &f->fault),
                     HF_ERR_INVALID);
    assert_non_null(strstr(f->fault.text, "7200 s"));
    assert_non_null(strstr(f->fault.text, "1800 s (its consumer_timeout)"));
    wanted.patience_s = 0; /* nobody knows */
    wanted.soft_timeout_ms = 7200000;
    assert_int_equal(hf_submission_begin(f->ledger, &wanted, NOW, &submission, &f->fault),
                     HF_ERR_INVALID);
    assert_non_null(strstr(f->fault.text, "--soft-timeout is 7200000 ms"));
    assert_null(submission);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_time_limit_that_cannot_hold_is_refused_with_both_numbers),
        TEST(a_job_carries_what_was_ordered_to_each_task),
        TEST(lines_become_tasks_without_their_line_ends),
        TEST(a_line_end_is_found_across_the_edge_of_the_buffer),
        TEST(a_file_keeps_its_name_and_its_bytes),
        TEST(a_name_that_is_too_long_keeps_its_end),
        TEST(a_large_payload_becomes_a_file),
        TEST(a_failure_in_the_middle_leaves_nothing_of_the_job),
        TEST(a_dry_run_checks_and_keeps_nothing),
        TEST(a_job_without_a_task_is_refused),
        TEST(a_payload_over_the_limit_is_refused_with_its_name),
        TEST(what_cannot_be_plain_is_found_before_anything_is_kept),
        TEST(a_wrong_word_is_named_with_what_is_wanted),
        TEST(no_handler_means_the_workers_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
