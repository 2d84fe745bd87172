#include "fixture.h"
#include "ledger/jobs.h"

static const char first_id[] = "0190aaaa-0000-7000-8000-000000000001";
static const char second_id[] = "0190aaab-0000-7000-8000-000000000002";

static int64_t number_of(struct fixture *f, const char *text)
{
    struct hf_job job = {0};
    assert_ok(f, hf_jobs_find(f->ledger, text, &job, &f->fault));
    return job.number;
}

static void a_job_comes_back_as_it_was_added(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = {.name = "nightly photos",
                         .handler = "sha256",
                         .target = {HF_TARGET_BOARD, "pi-7"},
                         .created_ms = NOW};
    snprintf(job.id, sizeof job.id, "%s", first_id);
    assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
    assert_int_equal(job.number, 1);
    struct hf_job out;
    assert_ok(f, hf_jobs_get(f->ledger, 1, &out, &f->fault));
    assert_string_equal(out.id, first_id);
    assert_string_equal(out.name, "nightly photos");
    assert_string_equal(out.handler, "sha256");
    assert_int_equal(out.target.kind, HF_TARGET_BOARD);
    assert_string_equal(out.target.name, "pi-7");
    assert_int_equal(out.created_ms, NOW);
}

static void an_id_is_taken_only_once(void **state)
{
    struct fixture *f = *state;
    fixture_job(f, first_id);
    struct hf_job again = {.target = {HF_TARGET_POOL, "default"}};
    snprintf(again.id, sizeof again.id, "%s", first_id);
    assert_int_equal(hf_jobs_add(f->ledger, &again, &f->fault), HF_ERR_EXISTS);
    assert_non_null(strstr(f->fault.text, first_id));
}

static void a_job_is_found_by_number_id_beginning_and_name(void **state)
{
    struct fixture *f = *state;
    fixture_job(f, first_id);
    fixture_job(f, second_id);
    assert_int_equal(number_of(f, "1"), 1);
    assert_int_equal(number_of(f, "2"), 2);
    assert_int_equal(number_of(f, first_id), 1);
    assert_int_equal(number_of(f, "0190aaab"), 2);
    assert_int_equal(number_of(f, NULL), 2);
    assert_int_equal(number_of(f, "latest"), 2);
}

static void of_several_jobs_of_one_name_the_latest_is_meant(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct hf_job job = {.name = "nightly", .target = {HF_TARGET_POOL, "default"}};
        snprintf(job.id, sizeof job.id, "job-%d", i);
        assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
    }
    fixture_job(f, "unnamed");
    assert_int_equal(number_of(f, "nightly"), 3);
}

static void a_beginning_of_several_ids_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hf_job job;
    fixture_job(f, first_id);
    fixture_job(f, second_id);
    assert_int_equal(hf_jobs_find(f->ledger, "0190aaa", &job, &f->fault), HF_ERR_INVALID);
    assert_non_null(strstr(f->fault.text, "0190aaa"));
}

static void what_nobody_knows_is_named_with_what_to_give(void **state)
{
    struct fixture *f = *state;
    struct hf_job job;
    assert_int_equal(hf_jobs_find(f->ledger, NULL, &job, &f->fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, "holdfast submit"));
    fixture_job(f, first_id);
    const char *const wrong[] = {"7", "019", "nope", "", "0190aaaa%", "999999999999999999999",
                                 "-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(hf_jobs_find(f->ledger, wrong[i], &job, &f->fault), HF_ERR_NOT_FOUND);
        assert_non_null(strstr(f->fault.text, wrong[i]));
    }
    assert_int_equal(hf_jobs_get(f->ledger, 7, &job, &f->fault), HF_ERR_NOT_FOUND);
}

static void counts_follow_every_move(void **state)
{
    struct fixture *f = *state;
    struct hf_job one = fixture_job(f, first_id);
    struct hf_job two = fixture_job(f, second_id);
    bool moved = false;
    for (int i = 0; i < 4; i++) {
        char id[16];
        snprintf(id, sizeof id, "task-%d", i);
        struct hf_entry entry = fixture_task(f, &one, i + 1, id);
        struct hf_attempt attempt = {entry.number, 1, 0};
        if (i > 0)
            assert_ok(f, hf_tasks_queued(f->ledger, attempt, NOW, &moved, &f->fault));
    }
    fixture_task(f, &two, 1, "other");
    fixture_report(f, "task-2", HF_STATUS_DONE, 1);
    fixture_report(f, "task-3", HF_STATUS_RETRY, 1);
    struct hf_counts counts = fixture_counts(f, one.number);
    assert_int_equal(counts.of[HF_STATE_PENDING], 2);
    assert_int_equal(counts.of[HF_STATE_QUEUED], 1);
    assert_int_equal(counts.of[HF_STATE_DONE], 1);
    assert_int_equal(hf_counts_total(&counts), 4);
    assert_int_equal(hf_counts_open(&counts), 3);
    struct hf_counts all;
    assert_ok(f, hf_jobs_counts_all(f->ledger, &all, &f->fault));
    assert_int_equal(hf_counts_total(&all), 5);
    counts = fixture_counts(f, 99);
    assert_int_equal(hf_counts_total(&counts), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_job_comes_back_as_it_was_added),
        TEST(an_id_is_taken_only_once),
        TEST(a_job_is_found_by_number_id_beginning_and_name),
        TEST(of_several_jobs_of_one_name_the_latest_is_meant),
        TEST(a_beginning_of_several_ids_is_refused),
        TEST(what_nobody_knows_is_named_with_what_to_give),
        TEST(counts_follow_every_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
