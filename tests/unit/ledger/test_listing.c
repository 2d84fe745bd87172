#include "fixture.h"

/* Every filter against the same question asked row by row. */

#define JOBS  6
#define TASKS 8 /* of each job */

static const char *const HANDLERS[] = {"echo", "sha256"};
static const struct hf_target TARGETS[] = {
    {HF_TARGET_POOL, "default"}, {HF_TARGET_POOL, "fast"}, {HF_TARGET_BOARD, "kitchen"}};
static const char *const BOARDS[] = {"kitchen", "attic"};

static void fill(struct fixture *f)
{
    char id[24];
    for (int j = 0; j < JOBS; j++) {
        struct hf_job job = {.target = TARGETS[j % 3], .created_ms = NOW + 100 * j};
        snprintf(job.id, sizeof job.id, "job-%d", j);
        snprintf(job.handler, sizeof job.handler, "%s", HANDLERS[j % 2]);
        assert_ok(f, hf_jobs_add(f->ledger, &job, &f->fault));
        for (int i = 1; i <= TASKS; i++) {
            snprintf(id, sizeof id, "task-%d-%d", j, i);
            struct hf_entry entry = entry_of(&job, i, id);
            entry.created_ms = job.created_ms;
            assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
            assert_ok(f, hf_tasks_add(f->ledger, &entry, &(struct hf_body){0}, &f->fault));
            assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
            if (i % 4 == 0)
                continue;
            struct hf_report report =
                report_of(id, i % 4 == 1 ? HF_STATUS_DONE : HF_STATUS_FAILED, 1);
            hf_str_copy(
                report.result.board, sizeof report.result.board,
                hf_str(job.target.kind == HF_TARGET_BOARD ? job.target.name : BOARDS[i % 2]));
            fixture_take(f, &report);
        }
    }
}

static int filled_setup(void **state)
{
    fixture_setup(state);
    fill(*state);
    return 0;
}

struct seen {
    const struct hf_tasks_filter *filter; /* for the rows of all; NULL: take each */
    size_t count;
    int64_t numbers[JOBS * TASKS];
};

static bool fits(const struct hf_entry *entry, const struct hf_tasks_filter *filter)
{
    if (filter->job && entry->job != filter->job)
        return false;
    if (filter->by_state && entry->state != filter->state)
        return false;
    if (filter->handler && strcmp(filter->handler, entry->task.handler) != 0)
        return false;
    if (filter->target && (filter->target->kind != entry->target.kind ||
                           strcmp(filter->target->name, entry->target.name) != 0))
        return false;
    if (filter->board && strcmp(filter->board, entry->board) != 0)
        return false;
    return entry->created_ms >= filter->since_ms &&
           (!filter->until_ms || entry->created_ms < filter->until_ms);
}

static enum hf_err take(void *context, const struct hf_entry *entry)
{
    struct seen *seen = context;
    if (!seen->filter || fits(entry, seen->filter))
        seen->numbers[seen->count++] = entry->number;
    return HF_ERR_OK;
}

static void compare(struct fixture *f, struct hf_tasks_filter filter)
{
    struct seen expected = {.filter = &filter};
    struct seen got = {0};
    struct hf_tasks_filter all = {.newest_first = filter.newest_first, .limit = INT64_MAX};
    filter.limit = INT64_MAX;
    assert_ok(f, hf_tasks_list(f->ledger, &all, take, &expected, &f->fault));
    assert_ok(f, hf_tasks_list(f->ledger, &filter, take, &got, &f->fault));
    assert_int_equal(got.count, expected.count);
    for (size_t i = 0; i < got.count; i++)
        assert_int_equal(got.numbers[i], expected.numbers[i]);
    if (expected.count < 3)
        return;
    got.count = 0; /* a page in the middle */
    filter.limit = 2;
    struct hf_entry first = {0};
    first.job = (expected.numbers[0] - 1) / TASKS + 1;
    first.seq = (expected.numbers[0] - 1) % TASKS + 1;
    filter.after = (struct hf_place){first.job, first.seq};
    assert_ok(f, hf_tasks_list(f->ledger, &filter, take, &got, &f->fault));
    assert_int_equal(got.count, 2);
    assert_int_equal(got.numbers[0], expected.numbers[1]);
    assert_int_equal(got.numbers[1], expected.numbers[2]);
}

static void every_combination_of_filters_finds_what_fits_and_in_order(void **state)
{
    struct fixture *f = *state;
    for (unsigned bits = 0; bits < 256; bits++) {
        for (int i = 0; i < 3; i++) {
            compare(f, (struct hf_tasks_filter){.job = bits & 1 ? i + 2 : 0,
                                                .by_state = (bits & 2) != 0,
                                                .state = i ? HF_STATE_DONE : HF_STATE_PENDING,
                                                .handler = bits & 4 ? HANDLERS[i % 2] : NULL,
                                                .target = bits & 8 ? &TARGETS[i] : NULL,
                                                .board = bits & 16 ? BOARDS[i % 2] : NULL,
                                                .since_ms = bits & 32 ? NOW + 200 : 0,
                                                .until_ms = bits & 64 ? NOW + 400 : 0,
                                                .newest_first = (bits & 128) != 0});
        }
    }
}

static enum hf_err append_job(void *context, const struct hf_job *job)
{
    size_t used = strlen(context);
    snprintf((char *)context + used, 64 - used, "%d ", (int)job->number);
    return HF_ERR_OK;
}

static void jobs_are_listed_newest_first_open_ones_and_by_handler(void **state)
{
    struct fixture *f = *state;
    char seen[64] = "";
    bool moved = false;
    for (int i = 1; i <= 2; i++)
        assert_ok(
            f, hf_tasks_cancel(f->ledger, (JOBS - 1) * TASKS + 4 * i, "", NOW, &moved, &f->fault));
    struct hf_jobs_filter filters[] = {
        {.limit = 99},
        {.limit = 2, .before = 4},
        {.limit = 2, .open = true},
        {.limit = 99, .handler = "sha256"},
        {.limit = 99, .handler = "sha256", .open = true},
        {.limit = 99, .handler = "nobody"},
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        assert_ok(f, hf_jobs_list(f->ledger, &filters[i], append_job, seen, &f->fault));
        const size_t len = strlen(seen);
        (void)snprintf(seen + len, sizeof seen - len, "| ");
    }
    assert_string_equal(seen, "6 5 4 3 2 1 | 3 2 | 5 4 | 6 4 2 | 4 2 | | ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, filled_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_combination_of_filters_finds_what_fits_and_in_order),
        TEST(jobs_are_listed_newest_first_open_ones_and_by_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
