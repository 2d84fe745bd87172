#include "../cmocka_all.h"
#include "manager/route.h"

#include <string.h>

static const struct hf_target pool = {HF_TARGET_POOL, "cams"};
static const struct hf_target board = {HF_TARGET_BOARD, "pi-7"};
static const struct hf_target queue = {HF_TARGET_QUEUE, "task_queue"};

static void assert_path(const struct hf_target *target, uint32_t attempt, const char *exchange,
                        const char *key)
{
    struct hf_path path;
    hf_route_task(target, attempt, &path);
    assert_string_equal(path.exchange, exchange);
    assert_string_equal(path.key, key);
}

static void a_first_attempt_goes_to_the_tasks_exchange(void **state)
{
    (void)state;
    assert_path(&pool, 1, "hf.tasks", "cams");
    assert_path(&board, 1, "hf.tasks", "device.pi-7");
}

static void later_attempts_climb_the_retry_ladder_and_keep_their_key(void **state)
{
    (void)state;
    assert_path(&pool, 2, "hf.retry.5s", "cams");
    assert_path(&pool, 3, "hf.retry.30s", "cams");
    assert_path(&pool, 4, "hf.retry.5m", "cams");
    assert_path(&pool, 5, "hf.retry.1h", "cams");
    assert_path(&pool, 6, "hf.retry.1h", "cams");
    assert_path(&pool, 1000, "hf.retry.1h", "cams");
    assert_path(&board, 2, "hf.retry.5s", "device.pi-7");
}

static void a_queue_of_somebody_else_is_reached_through_the_default_exchange(void **state)
{
    (void)state;
    assert_path(&queue, 1, "", "task_queue");
    assert_path(&queue, 4, "", "task_queue");
}

static void a_missing_queue_is_explained_with_its_mend(void **state)
{
    (void)state;
    char reason[HF_REASON_MAX + 1];
    struct hf_target longest = {HF_TARGET_QUEUE, ""};
    hf_route_missing(&pool, reason);
    assert_non_null(strstr(reason, "pool 'cams'"));
    assert_non_null(strstr(reason, "holdfast enroll"));
    hf_route_missing(&board, reason);
    assert_non_null(strstr(reason, "board 'pi-7'"));
    hf_route_missing(&queue, reason);
    assert_non_null(strstr(reason, "'task_queue'"));
    memset(longest.name, 'q', HF_TARGET_MAX);
    for (int kind = 0; kind < HF_TARGET_COUNT; kind++) {
        longest.kind = (enum hf_target_kind)kind;
        hf_route_missing(&longest, reason);
        assert_in_range(strlen(reason), 20, HF_REASON_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_attempt_goes_to_the_tasks_exchange),
        cmocka_unit_test(later_attempts_climb_the_retry_ladder_and_keep_their_key),
        cmocka_unit_test(a_queue_of_somebody_else_is_reached_through_the_default_exchange),
        cmocka_unit_test(a_missing_queue_is_explained_with_its_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
