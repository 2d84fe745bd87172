#include "../cmocka_all.h"
#include "manager/window.h"

#include <stdio.h>
#include <string.h>

static struct hf_window window;

static int setup(void **state)
{
    (void)state;
    return hf_window_init(&window, 8);
}

static int teardown(void **state)
{
    (void)state;
    hf_window_free(&window);
    return 0;
}

/* Publishes tasks first..last under sequences of the same numbers. */
static void add(int first, int last)
{
    for (int i = first; i <= last; i++) {
        struct hf_flight flight = {.attempt = {i, 1, 0}};
        snprintf(flight.id, sizeof flight.id, "task-%d", i);
        hf_window_add(&window, (uint64_t)i, &flight);
    }
}

/* What can be taken out now: "1s 2n 3r" for stored, nacked, returned. */
static const char *take_all(void)
{
    static char text[128];
    struct hf_flight flight;
    text[0] = '\0';
    while (hf_window_take(&window, &flight)) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%d%c", used ? " " : "",
                 (int)flight.attempt.number, "osnr"[flight.fate]);
    }
    return text;
}

static void nothing_is_taken_before_its_confirm(void **state)
{
    (void)state;
    add(1, 3);
    assert_string_equal(take_all(), "");
    hf_window_settle(&window, 1, false, true);
    assert_string_equal(take_all(), "1s");
}

static void one_confirm_may_stand_for_all_before_it(void **state)
{
    (void)state;
    add(1, 5);
    hf_window_settle(&window, 3, true, true);
    assert_string_equal(take_all(), "1s 2s 3s");
    hf_window_settle(&window, 5, true, true);
    assert_string_equal(take_all(), "4s 5s");
}

static void a_confirm_out_of_order_waits_for_those_before(void **state)
{
    (void)state;
    add(1, 3);
    hf_window_settle(&window, 2, false, true);
    assert_string_equal(take_all(), "");
    hf_window_settle(&window, 1, false, false);
    assert_string_equal(take_all(), "1n 2s");
}

static void a_multiple_confirm_does_not_overrule_an_earlier_nack(void **state)
{
    (void)state;
    add(1, 3);
    hf_window_settle(&window, 2, false, false);
    hf_window_settle(&window, 3, true, true);
    assert_string_equal(take_all(), "1s 2n 3s");
}

static void a_returned_message_is_not_stored_though_it_is_confirmed(void **state)
{
    (void)state;
    add(1, 3);
    hf_window_return(&window, hf_str("task-2"));
    hf_window_settle(&window, 3, true, true);
    assert_string_equal(take_all(), "1s 2r 3s");
}

static void a_return_of_something_else_changes_nothing(void **state)
{
    (void)state;
    add(1, 2);
    hf_window_return(&window, hf_str("task-9"));
    hf_window_return(&window, hf_str(""));
    hf_window_settle(&window, 2, true, true);
    assert_string_equal(take_all(), "1s 2s");
}

static void nameless_messages_are_returned_in_their_order(void **state)
{
    (void)state;
    struct hf_flight plain = {.nameless = true, .id = "task-x"};
    for (int i = 1; i <= 3; i++) {
        plain.attempt.number = i;
        hf_window_add(&window, (uint64_t)i, &plain);
    }
    hf_window_return(&window, hf_str(""));
    hf_window_return(&window, hf_str(""));
    hf_window_return(&window, hf_str("task-x")); /* nothing travels under that id */
    hf_window_settle(&window, 3, true, true);
    assert_string_equal(take_all(), "1r 2r 3s");
}

static void it_is_full_at_its_size_and_wraps_around(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        int first = 1 + round * 8;
        add(first, first + 7);
        assert_true(hf_window_is_full(&window));
        hf_window_settle(&window, (uint64_t)first + 7, true, true);
        take_all();
        assert_false(hf_window_is_full(&window));
    }
}

static void foreign_sequences_are_ignored(void **state)
{
    (void)state;
    add(5, 6);
    hf_window_settle(&window, 4, true, true);
    hf_window_settle(&window, 7, true, true);
    hf_window_settle(&window, 0, false, true);
    hf_window_settle(&window, UINT64_MAX, true, true);
    assert_string_equal(take_all(), "");
}

static void after_a_lost_link_sequences_begin_anew(void **state)
{
    (void)state;
    add(5, 6);
    assert_int_equal(hf_window_oldest(&window)->attempt.number, 5);
    hf_window_clear(&window);
    assert_null(hf_window_oldest(&window));
    add(1, 2);
    hf_window_settle(&window, 2, true, true);
    assert_string_equal(take_all(), "1s 2s");
}

static void a_size_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct hf_window other;
    assert_int_equal(hf_window_init(&other, 0), HF_ERR_INVALID);
    assert_int_equal(hf_window_init(&other, HF_WINDOW_MAX + 1), HF_ERR_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_taken_before_its_confirm),
        TEST(one_confirm_may_stand_for_all_before_it),
        TEST(a_confirm_out_of_order_waits_for_those_before),
        TEST(a_multiple_confirm_does_not_overrule_an_earlier_nack),
        TEST(a_returned_message_is_not_stored_though_it_is_confirmed),
        TEST(a_return_of_something_else_changes_nothing),
        TEST(nameless_messages_are_returned_in_their_order),
        TEST(it_is_full_at_its_size_and_wraps_around),
        TEST(foreign_sequences_are_ignored),
        TEST(after_a_lost_link_sequences_begin_anew),
        TEST(a_size_that_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
