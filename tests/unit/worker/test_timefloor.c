#include "fault_disk.h"
#include "folder.h"
#include "worker/timefloor.h"

#include <string.h>
#include <unistd.h>

#define DAY_MS    (INT64_C(24) * 3600 * 1000)
#define HOUR_MS   (INT64_C(3600) * 1000)
#define BUILD_MS  INT64_C(1769817600000)
#define ISSUED_MS (BUILD_MS + 10 * DAY_MS)
#define LEARNT_MS (BUILD_MS + 20 * DAY_MS)
#define NOW_MS    (BUILD_MS + 30 * DAY_MS)
#define UNSET_MS  INT64_C(7000) /* some seconds after the board was switched on, in 1970 */

/* The decision. */

static struct hf_timefloor_judged judge(int64_t system_ms, int64_t issued_ms, int64_t learnt_ms)
{
    const struct hf_timefloor_facts facts = {.system_ms = system_ms,
                                             .build_ms = BUILD_MS,
                                             .issued_ms = issued_ms,
                                             .learnt_ms = learnt_ms};
    return hf_timefloor_judge(&facts);
}

static void a_clock_that_is_set_is_the_time_and_trusted(void **state)
{
    (void)state;
    const struct hf_timefloor_judged judged = judge(NOW_MS, ISSUED_MS, LEARNT_MS);
    assert_true(judged.floor_ms == NOW_MS);
    assert_true(judged.trusted);
}

static void a_clock_before_the_build_is_unset(void **state)
{
    (void)state;
    assert_false(judge(UNSET_MS, 0, 0).trusted);
    assert_false(judge(BUILD_MS - 1, ISSUED_MS, LEARNT_MS).trusted);
    assert_true(judge(BUILD_MS, ISSUED_MS, LEARNT_MS).trusted);
}

static void a_clock_that_is_set_by_what_is_learnt_is_never_trusted(void **state)
{
    (void)state;
    const struct hf_timefloor_facts facts = {
        .system_ms = NOW_MS, .build_ms = BUILD_MS, .follows = true};
    assert_false(hf_timefloor_judge(&facts).trusted);
    assert_true(hf_timefloor_judge(&facts).floor_ms == NOW_MS);
    assert_null(hf_timefloor_doubt(&facts, NOW_MS + 9 * DAY_MS, 0));
}

static void the_floor_is_the_latest_of_all_that_is_known(void **state)
{
    (void)state;
    assert_true(judge(UNSET_MS, 0, 0).floor_ms == BUILD_MS);
    assert_true(judge(UNSET_MS, ISSUED_MS, 0).floor_ms == ISSUED_MS);
    assert_true(judge(UNSET_MS, ISSUED_MS, LEARNT_MS).floor_ms == LEARNT_MS);
    assert_true(judge(UNSET_MS, LEARNT_MS, ISSUED_MS).floor_ms == LEARNT_MS);
    assert_true(judge(NOW_MS, ISSUED_MS, NOW_MS + 1).floor_ms == NOW_MS + 1);
}

static void a_time_beyond_a_certificate_of_the_connection_is_doubted(void **state)
{
    (void)state;
    const struct hf_timefloor_facts unset = {.system_ms = UNSET_MS, .build_ms = BUILD_MS};
    assert_null(hf_timefloor_doubt(&unset, NOW_MS, NOW_MS));
    assert_non_null(hf_timefloor_doubt(&unset, NOW_MS + 1, NOW_MS));
    assert_null(hf_timefloor_doubt(&unset, NOW_MS + 9999 * DAY_MS, 0));
}

static void a_time_far_ahead_of_a_clock_that_is_set_is_doubted(void **state)
{
    (void)state;
    const struct hf_timefloor_facts facts = {.system_ms = NOW_MS, .build_ms = BUILD_MS};
    assert_null(hf_timefloor_doubt(&facts, NOW_MS + DAY_MS, 0));
    assert_non_null(hf_timefloor_doubt(&facts, NOW_MS + DAY_MS + 1, 0));
}

/* The memory. */

static void open_floor(struct hf_timefloor *floor, int64_t mono_ms)
{
    assert_int_equal(hf_timefloor_open(floor, folder, BUILD_MS, ISSUED_MS, mono_ms, NULL),
                     HF_ERR_OK);
    floor->keep.disk = &fault_disk;
}

static enum hf_err learn(struct hf_timefloor *floor, int64_t time_ms, int64_t mono_ms,
                         struct hf_fault *fault)
{
    const struct hf_timefloor_lesson lesson = {
        .time_ms = time_ms, .system_ms = UNSET_MS, .mono_ms = mono_ms};
    return hf_timefloor_learn(floor, &lesson, fault);
}

static int64_t floor_at(const struct hf_timefloor *floor, int64_t mono_ms)
{
    return hf_timefloor_now(floor, UNSET_MS, mono_ms).floor_ms;
}

static void what_was_learnt_goes_on_with_the_monotonic_clock(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 1000);
    assert_true(floor_at(&floor, 5000) == ISSUED_MS);
    assert_int_equal(learn(&floor, LEARNT_MS, 5000, NULL), HF_ERR_OK);
    assert_true(floor_at(&floor, 5000) == LEARNT_MS);
    assert_true(floor_at(&floor, 65000) == LEARNT_MS + 60000);
}

static void an_older_time_than_is_known_teaches_nothing(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    assert_int_equal(learn(&floor, LEARNT_MS, 0, NULL), HF_ERR_OK);
    assert_int_equal(learn(&floor, LEARNT_MS + 500, 1000, NULL), HF_ERR_OK);
    assert_true(floor_at(&floor, 1000) == LEARNT_MS + 1000);
    assert_int_equal(learn(&floor, LEARNT_MS + 3000, 2000, NULL), HF_ERR_OK);
    assert_true(floor_at(&floor, 2000) == LEARNT_MS + 3000);
}

static void it_outlives_a_power_cut(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    assert_int_equal(learn(&floor, LEARNT_MS, 0, NULL), HF_ERR_OK);
    open_floor(&floor, 77);
    assert_true(floor_at(&floor, 77) == LEARNT_MS);
    assert_true(floor_at(&floor, 1077) == LEARNT_MS + 1000);
    assert_false(hf_timefloor_now(&floor, UNSET_MS, 77).trusted);
}

static void flash_is_written_at_most_once_an_hour(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    fault_disk_syncs = 0;
    for (int64_t mono_ms = 0; mono_ms < 10 * HOUR_MS; mono_ms += 30000)
        assert_int_equal(learn(&floor, LEARNT_MS + mono_ms, mono_ms, NULL), HF_ERR_OK);
    assert_int_equal(fault_disk_syncs, 10 * 2);
}

static void a_time_that_jumps_ahead_is_no_reason_to_write_more_often(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    assert_int_equal(learn(&floor, LEARNT_MS, 0, NULL), HF_ERR_OK);
    fault_disk_syncs = 0;
    for (int64_t i = 1; i < 100; i++)
        assert_int_equal(learn(&floor, LEARNT_MS + i * DAY_MS, i, NULL), HF_ERR_OK);
    assert_int_equal(fault_disk_syncs, 0);
}

static void a_worker_that_starts_again_and_again_does_not_write_each_time(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    fault_disk_syncs = 0;
    for (int64_t i = 0; i < 100; i++) {
        open_floor(&floor, 0);
        assert_int_equal(learn(&floor, LEARNT_MS + i * 20000, 10, NULL), HF_ERR_OK);
    }
    assert_int_equal(fault_disk_syncs, 2);
}

static void a_disk_that_refuses_is_told_once_an_hour_and_tried_again(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    struct hf_fault fault;
    open_floor(&floor, 0);
    fault_disk_left = 0;
    fault_disk_error = EROFS;
    assert_int_equal(learn(&floor, LEARNT_MS, 0, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, folder_path("time: Read-only")));
    assert_true(floor_at(&floor, 0) == LEARNT_MS);
    assert_int_equal(learn(&floor, LEARNT_MS, HOUR_MS - 1, NULL), HF_ERR_OK);
    assert_int_equal(access(folder_path("time"), F_OK), -1);
    assert_int_equal(learn(&floor, LEARNT_MS, HOUR_MS, NULL), HF_ERR_OK);
    assert_int_equal(access(folder_path("time"), F_OK), 0);
    open_floor(&floor, 0);
    assert_true(floor_at(&floor, 0) == LEARNT_MS + HOUR_MS);
}

static void a_time_that_cannot_be_is_refused_and_not_kept(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    struct hf_fault fault;
    open_floor(&floor, 0);
    const struct hf_timefloor_lesson lesson = {
        .time_ms = NOW_MS + 1, .until_ms = NOW_MS, .system_ms = UNSET_MS};
    assert_int_equal(hf_timefloor_learn(&floor, &lesson, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "certificate"));
    assert_true(floor_at(&floor, 0) == ISSUED_MS);
    assert_int_equal(access(folder_path("time"), F_OK), -1);
}

static void the_own_clock_is_a_lesson_only_when_it_is_set(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    assert_int_equal(learn(&floor, UNSET_MS, 0, NULL), HF_ERR_OK);
    assert_int_equal(access(folder_path("time"), F_OK), -1);
    const struct hf_timefloor_lesson lesson = {.time_ms = NOW_MS, .system_ms = NOW_MS};
    assert_int_equal(hf_timefloor_learn(&floor, &lesson, NULL), HF_ERR_OK);
    open_floor(&floor, 0);
    assert_true(floor_at(&floor, 0) == NOW_MS);
}

static void a_torn_file_is_told_and_nothing_is_known(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    struct hf_fault fault;
    open_floor(&floor, 0);
    assert_int_equal(learn(&floor, LEARNT_MS, 0, NULL), HF_ERR_OK);
    assert_int_equal(truncate(folder_path("time"), 21), 0);
    assert_int_equal(hf_timefloor_open(&floor, folder, BUILD_MS, ISSUED_MS, 0, &fault),
                     HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "time.torn"));
    assert_true(floor_at(&floor, 0) == ISSUED_MS);
}

static void a_file_that_holds_no_time_is_told(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    open_floor(&floor, 0);
    assert_int_equal(hf_keep_write(&floor.keep, (const uint8_t *)"short", 5, NULL), HF_ERR_OK);
    assert_int_equal(hf_timefloor_open(&floor, folder, BUILD_MS, 0, 0, NULL), HF_ERR_MALFORMED);
    const uint8_t far[8] = {0, 0, 0, 0, 0, 0, 0, 0x7F};
    assert_int_equal(hf_keep_write(&floor.keep, far, 8, NULL), HF_ERR_OK);
    assert_int_equal(hf_timefloor_open(&floor, folder, BUILD_MS, 0, 0, NULL), HF_ERR_MALFORMED);
    assert_true(floor_at(&floor, 0) == BUILD_MS);
}

static void without_a_folder_it_lasts_as_long_as_the_process(void **state)
{
    (void)state;
    struct hf_timefloor floor;
    assert_int_equal(hf_timefloor_open(&floor, NULL, BUILD_MS, 0, 0, NULL), HF_ERR_OK);
    assert_int_equal(learn(&floor, LEARNT_MS, 0, NULL), HF_ERR_OK);
    assert_true(floor_at(&floor, 0) == LEARNT_MS);
    assert_int_equal(hf_timefloor_open(&floor, NULL, BUILD_MS, 0, 0, NULL), HF_ERR_OK);
    assert_true(floor_at(&floor, 0) == BUILD_MS);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_delete)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_is_set_is_the_time_and_trusted),
        cmocka_unit_test(a_clock_before_the_build_is_unset),
        cmocka_unit_test(a_clock_that_is_set_by_what_is_learnt_is_never_trusted),
        cmocka_unit_test(the_floor_is_the_latest_of_all_that_is_known),
        cmocka_unit_test(a_time_beyond_a_certificate_of_the_connection_is_doubted),
        cmocka_unit_test(a_time_far_ahead_of_a_clock_that_is_set_is_doubted),
        IN_FOLDER(what_was_learnt_goes_on_with_the_monotonic_clock),
        IN_FOLDER(an_older_time_than_is_known_teaches_nothing),
        IN_FOLDER(it_outlives_a_power_cut),
        IN_FOLDER(flash_is_written_at_most_once_an_hour),
        IN_FOLDER(a_time_that_jumps_ahead_is_no_reason_to_write_more_often),
        IN_FOLDER(a_worker_that_starts_again_and_again_does_not_write_each_time),
        IN_FOLDER(a_disk_that_refuses_is_told_once_an_hour_and_tried_again),
        IN_FOLDER(a_time_that_cannot_be_is_refused_and_not_kept),
        IN_FOLDER(the_own_clock_is_a_lesson_only_when_it_is_set),
        IN_FOLDER(a_torn_file_is_told_and_nothing_is_known),
        IN_FOLDER(a_file_that_holds_no_time_is_told),
        cmocka_unit_test(without_a_folder_it_lasts_as_long_as_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
