#include "fault_disk.h"
#include "folder.h"
#include "worker/tombstones.h"

#include <string.h>
#include <unistd.h>

#define NOW_MS INT64_C(1769860800000)

static enum hf_err set(struct hf_tombstones *stones, enum hf_tombstone_kind kind, const char *id,
                       int64_t now_ms, struct hf_fault *fault)
{
    struct hf_tombstone stone = {.kind = kind, .set_ms = now_ms};
    (void)snprintf(stone.id, sizeof stone.id, "%s", id);
    return hf_tombstones_set(stones, &stone, fault);
}

static void set_task(struct hf_tombstones *stones, const char *id, int64_t now_ms)
{
    assert_int_equal(set(stones, HF_TOMBSTONE_TASK, id, now_ms, NULL), HF_ERR_OK);
}

static void set_attempts(struct hf_tombstones *stones, enum hf_tombstone_kind kind, const char *id,
                         uint16_t attempt)
{
    struct hf_tombstone stone = {.kind = kind, .set_ms = NOW_MS, .attempt = attempt};
    (void)snprintf(stone.id, sizeof stone.id, "%s", id);
    assert_int_equal(hf_tombstones_set(stones, &stone, NULL), HF_ERR_OK);
}

static bool covers_attempt(const struct hf_tombstones *stones, const char *task, const char *job,
                           uint32_t attempt)
{
    struct hf_task one = {.attempt = attempt};
    (void)snprintf(one.id, sizeof one.id, "%s", task);
    (void)snprintf(one.job, sizeof one.job, "%s", job);
    return hf_tombstones_cover(stones, &one, NOW_MS);
}

static bool covers(const struct hf_tombstones *stones, const char *task, const char *job,
                   int64_t now_ms)
{
    struct hf_task one = {.attempt = 1};
    (void)snprintf(one.id, sizeof one.id, "%s", task);
    (void)snprintf(one.job, sizeof one.job, "%s", job);
    return hf_tombstones_cover(stones, &one, now_ms);
}

static void open_set(struct hf_tombstones *stones)
{
    assert_int_equal(hf_tombstones_open(stones, folder, NULL), HF_ERR_OK);
}

static void a_cancelled_task_is_covered_and_no_other(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    assert_false(covers(&stones, "t-1", "", NOW_MS));
    set_task(&stones, "t-1", NOW_MS);
    assert_true(covers(&stones, "t-1", "", NOW_MS));
    assert_true(covers(&stones, "t-1", "j-9", NOW_MS));
    assert_false(covers(&stones, "t-11", "", NOW_MS));
    assert_false(covers(&stones, "t-2", "t-1", NOW_MS));
}

static void a_cancelled_job_covers_all_its_tasks_and_none_of_its_name(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    assert_int_equal(set(&stones, HF_TOMBSTONE_JOB, "j-1", NOW_MS, NULL), HF_ERR_OK);
    assert_true(covers(&stones, "t-1", "j-1", NOW_MS));
    assert_true(covers(&stones, "t-2", "j-1", NOW_MS));
    assert_false(covers(&stones, "j-1", "", NOW_MS));
    assert_false(covers(&stones, "t-1", "j-2", NOW_MS));
}

static void they_outlive_the_worker(void **state)
{
    (void)state;
    struct hf_tombstones stones, again;
    open_set(&stones);
    set_task(&stones, "t-1", NOW_MS);
    assert_int_equal(set(&stones, HF_TOMBSTONE_JOB, "j-1", NOW_MS + 1, NULL), HF_ERR_OK);
    open_set(&again);
    assert_int_equal(again.count, 2);
    assert_true(covers(&again, "t-1", "", NOW_MS));
    assert_true(covers(&again, "t-7", "j-1", NOW_MS));
    assert_true(again.stones[1].set_ms == NOW_MS + 1);
}

static void an_attempt_after_the_last_that_is_meant_is_not_covered(void **state)
{
    (void)state;
    struct hf_tombstones stones, again;
    open_set(&stones);
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 2);
    set_attempts(&stones, HF_TOMBSTONE_JOB, "j-1", 1000);
    open_set(&again);
    assert_true(covers_attempt(&again, "t-1", "", 1));
    assert_true(covers_attempt(&again, "t-1", "", 2));
    assert_false(covers_attempt(&again, "t-1", "", 3));
    assert_true(covers_attempt(&again, "t-9", "j-1", 1000));
    assert_true(again.stones[1].set_ms == NOW_MS);
}

static void one_that_means_more_attempts_takes_the_place_of_one_that_means_fewer(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 3);
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 2); /* a command that comes late */
    assert_true(covers_attempt(&stones, "t-1", "", 3));
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 5);
    assert_true(covers_attempt(&stones, "t-1", "", 5));
    assert_false(covers_attempt(&stones, "t-1", "", 6));
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 0);
    set_attempts(&stones, HF_TOMBSTONE_TASK, "t-1", 7);
    assert_true(covers_attempt(&stones, "t-1", "", 1000));
    assert_int_equal(stones.count, 1);
}

static void they_are_forgotten_after_seven_days(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    set_task(&stones, "t-1", NOW_MS);
    assert_true(covers(&stones, "t-1", "", NOW_MS + HF_TOMBSTONES_AGE_MS - 1));
    assert_false(covers(&stones, "t-1", "", NOW_MS + HF_TOMBSTONES_AGE_MS));
    set_task(&stones, "t-2", NOW_MS + HF_TOMBSTONES_AGE_MS);
    assert_int_equal(stones.count, 1);
}

static void one_that_was_forgotten_can_be_set_again(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    set_task(&stones, "t-1", NOW_MS);
    set_task(&stones, "t-1", NOW_MS + HF_TOMBSTONES_AGE_MS);
    assert_int_equal(stones.count, 1);
    assert_true(covers(&stones, "t-1", "", NOW_MS + HF_TOMBSTONES_AGE_MS + 1));
}

static void a_clock_that_goes_backwards_forgets_nothing(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    set_task(&stones, "t-1", NOW_MS);
    set_task(&stones, "t-2", 5000);
    assert_true(covers(&stones, "t-1", "", 5000));
    assert_int_equal(stones.count, 2);
}

static void the_one_set_first_goes_when_there_are_too_many(void **state)
{
    (void)state;
    struct hf_tombstones stones, again;
    char id[16];
    open_set(&stones);
    for (int i = 0; i <= HF_TOMBSTONES_MAX; i++) {
        (void)snprintf(id, sizeof id, "t-%d", i);
        set_task(&stones, id, NOW_MS + i);
    }
    open_set(&again);
    assert_int_equal(again.count, HF_TOMBSTONES_MAX);
    assert_false(covers(&again, "t-0", "", NOW_MS));
    assert_true(covers(&again, "t-1", "", NOW_MS));
    assert_true(covers(&again, id, "", NOW_MS));
}

static void the_longest_ids_can_all_be_kept(void **state)
{
    (void)state;
    struct hf_tombstones stones, again;
    char id[HF_ID_MAX + 1];
    open_set(&stones);
    for (int i = 0; i < HF_TOMBSTONES_MAX; i++) {
        (void)snprintf(id, sizeof id, "%0*d", HF_ID_MAX, i);
        set_task(&stones, id, NOW_MS);
    }
    open_set(&again);
    assert_int_equal(again.count, HF_TOMBSTONES_MAX);
    assert_true(covers(&again, id, "", NOW_MS));
}

static void setting_one_again_costs_no_write(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    open_set(&stones);
    stones.keep.disk = &fault_disk;
    set_task(&stones, "t-1", NOW_MS);
    fault_disk_syncs = 0;
    set_task(&stones, "t-1", NOW_MS + 1);
    assert_int_equal(fault_disk_syncs, 0);
    assert_int_equal(stones.count, 1);
}

static void a_full_disk_is_told_and_made_good_by_the_next_one(void **state)
{
    (void)state;
    struct hf_tombstones stones, again;
    struct hf_fault fault;
    open_set(&stones);
    stones.keep.disk = &fault_disk;
    fault_disk_left = 0;
    fault_disk_error = ENOSPC;
    assert_int_equal(set(&stones, HF_TOMBSTONE_TASK, "t-1", NOW_MS, &fault), HF_ERR_NO_SPACE);
    assert_true(covers(&stones, "t-1", "", NOW_MS));
    open_set(&again);
    assert_false(covers(&again, "t-1", "", NOW_MS));
    set_task(&stones, "t-1", NOW_MS);
    open_set(&again);
    assert_true(covers(&again, "t-1", "", NOW_MS));
}

static void a_torn_file_is_told_and_the_set_begins_empty(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    struct hf_fault fault;
    open_set(&stones);
    set_task(&stones, "t-1", NOW_MS);
    assert_int_equal(truncate(folder_path("tombstones"), 20), 0);
    assert_int_equal(hf_tombstones_open(&stones, folder, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "tombstones.torn"));
    assert_int_equal(stones.count, 0);
    set_task(&stones, "t-2", NOW_MS);
    open_set(&stones);
    assert_true(covers(&stones, "t-2", "", NOW_MS));
}

static void facts_that_are_none_of_ours_end_the_reading(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    static const uint8_t BAD[][14] = {
        {1, 0, 0, 0, 0, 0, 0, 0, 'x', 1, 0, 'a'},    /* no such letter */
        {1, 0, 0, 0, 0, 0, 0, 0, 't', 1, 0, '/'},    /* no id */
        {1, 0, 0, 0, 0, 0, 0, 0x80, 't', 1, 0, 'a'}, /* before 1970 */
        {1, 0, 0, 0, 0, 0, 0, 0, 't', 9, 0, 'a'},    /* longer than the file */
    };
    open_set(&stones);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(hf_keep_write(&stones.keep, BAD[i], 12, NULL), HF_ERR_OK);
        struct hf_tombstones again;
        open_set(&again);
        assert_int_equal(again.count, 0);
    }
}

static void without_a_folder_they_last_as_long_as_the_process(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    assert_int_equal(hf_tombstones_open(&stones, NULL, NULL), HF_ERR_OK);
    set_task(&stones, "t-1", NOW_MS);
    assert_true(covers(&stones, "t-1", "", NOW_MS));
    assert_int_equal(hf_tombstones_open(&stones, NULL, NULL), HF_ERR_OK);
    assert_false(covers(&stones, "t-1", "", NOW_MS));
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    struct hf_tombstones stones;
    struct hf_fault fault;
    open_set(&stones);
    assert_int_equal(set(&stones, HF_TOMBSTONE_TASK, "a b", NOW_MS, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "a b"));
    assert_int_equal(stones.count, 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_delete)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_cancelled_task_is_covered_and_no_other),
        IN_FOLDER(a_cancelled_job_covers_all_its_tasks_and_none_of_its_name),
        IN_FOLDER(they_outlive_the_worker),
        IN_FOLDER(an_attempt_after_the_last_that_is_meant_is_not_covered),
        IN_FOLDER(one_that_means_more_attempts_takes_the_place_of_one_that_means_fewer),
        IN_FOLDER(they_are_forgotten_after_seven_days),
        IN_FOLDER(one_that_was_forgotten_can_be_set_again),
        IN_FOLDER(a_clock_that_goes_backwards_forgets_nothing),
        IN_FOLDER(the_one_set_first_goes_when_there_are_too_many),
        IN_FOLDER(the_longest_ids_can_all_be_kept),
        IN_FOLDER(setting_one_again_costs_no_write),
        IN_FOLDER(a_full_disk_is_told_and_made_good_by_the_next_one),
        IN_FOLDER(a_torn_file_is_told_and_the_set_begins_empty),
        IN_FOLDER(facts_that_are_none_of_ours_end_the_reading),
        cmocka_unit_test(without_a_folder_they_last_as_long_as_the_process),
        IN_FOLDER(what_is_no_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
