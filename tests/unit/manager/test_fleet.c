#include "../cmocka_all.h"
#include "manager/fleet.h"

#include <stdio.h>
#include <string.h>

static struct hf_fleet fleet;

static int setup(void **state)
{
    (void)state;
    fleet = (struct hf_fleet){0};
    return 0;
}

static void say(const char *board, const char *presence, const char *task, int64_t now_ms)
{
    struct hf_event event = {.kind = HF_EVENT_PRESENCE};
    snprintf(event.presence.state, sizeof event.presence.state, "%s", presence);
    snprintf(event.presence.task, sizeof event.presence.task, "%s", task);
    hf_fleet_note(&fleet, hf_str(board), &event, now_ms);
}

static void a_board_is_busy_while_it_has_a_task_in_hand(void **state)
{
    (void)state;
    say("pi-1", "busy", "task-1", 1000);
    assert_int_equal(hf_fleet_busy(&fleet, 1000), 1);
    say("pi-1", "draining", "task-1", 2000);
    assert_int_equal(hf_fleet_busy(&fleet, 2000), 1);
    say("pi-1", "idle", "", 3000);
    assert_int_equal(hf_fleet_busy(&fleet, 3000), 0);
    assert_int_equal(hf_fleet_online(&fleet, 3000), 1);
}

static void ask_for_time(const char *board, int64_t now_ms)
{
    struct hf_event event = {.kind = HF_EVENT_PRESENCE,
                             .presence = {.state = "idle", .time_wanted = true}};
    hf_fleet_note(&fleet, hf_str(board), &event, now_ms);
}

static void a_board_that_asks_for_the_time_is_told_once_and_not_again_at_once(void **state)
{
    (void)state;
    say("pi-1", "idle", "", 1000);
    assert_null(hf_fleet_next_for_time(&fleet, 1000));
    ask_for_time("pi-1", 2000);
    ask_for_time("pi-2", 2000);
    assert_string_equal(hf_fleet_next_for_time(&fleet, 2000), "pi-1");
    assert_string_equal(hf_fleet_next_for_time(&fleet, 2000), "pi-2");
    assert_null(hf_fleet_next_for_time(&fleet, 2000));
    ask_for_time("pi-1", 1999 + HF_FLEET_TIME_MS);
    assert_null(hf_fleet_next_for_time(&fleet, 1999 + HF_FLEET_TIME_MS));
    ask_for_time("pi-1", 2000 + HF_FLEET_TIME_MS);
    assert_string_equal(hf_fleet_next_for_time(&fleet, 2000 + HF_FLEET_TIME_MS), "pi-1");
}

static void progress_says_busy_too(void **state)
{
    (void)state;
    struct hf_event event = {.kind = HF_EVENT_PROGRESS};
    hf_fleet_note(&fleet, hf_str("pi-1"), &event, 1000);
    assert_int_equal(hf_fleet_busy(&fleet, 1000), 1);
}

static void a_board_that_reports_one_short_task_after_the_other_is_busy(void **state)
{
    (void)state;
    say("pi-1", "idle", "", 1000);
    hf_fleet_reported(&fleet, hf_str("pi-1"), 1100);
    assert_int_equal(hf_fleet_busy(&fleet, 1200), 1);
    assert_int_equal(hf_fleet_busy(&fleet, 1100 + HF_FLEET_WORKING_MS), 0);
}

static void a_silent_or_leaving_board_does_not_count(void **state)
{
    (void)state;
    say("pi-1", "idle", "", 1000);
    say("pi-2", "idle", "", 1000);
    say("pi-2", "leaving", "", 1500);
    assert_int_equal(hf_fleet_online(&fleet, 2000), 1);
    assert_int_equal(hf_fleet_online(&fleet, 1001 + HF_FLEET_SILENT_MS), 0);
    hf_fleet_reported(&fleet, hf_str("pi-2"), 1001 + HF_FLEET_SILENT_MS);
    assert_int_equal(hf_fleet_online(&fleet, 1001 + HF_FLEET_SILENT_MS), 1);
}

static void names_that_are_none_and_boards_over_the_limit_are_left_out(void **state)
{
    (void)state;
    say("Not A Name", "idle", "", 1000);
    say("", "idle", "", 1000);
    assert_int_equal(hf_fleet_online(&fleet, 1000), 0);
    for (int i = 0; i < HF_FLEET_MAX + 10; i++) {
        char name[HF_NAME_MAX + 1];
        snprintf(name, sizeof name, "pi-%d", i);
        say(name, "busy", "t", 1000);
    }
    assert_int_equal(hf_fleet_busy(&fleet, 1000), HF_FLEET_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(a_board_is_busy_while_it_has_a_task_in_hand),
        TEST(a_board_that_asks_for_the_time_is_told_once_and_not_again_at_once),
        TEST(progress_says_busy_too),
        TEST(a_board_that_reports_one_short_task_after_the_other_is_busy),
        TEST(a_silent_or_leaving_board_does_not_count),
        TEST(names_that_are_none_and_boards_over_the_limit_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
