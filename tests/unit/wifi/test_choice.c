#include "../cmocka_all.h"
#include "wifi/choice.h"

#include <string.h>

static const struct hf_network attic = {.ssid = "attic", .ssid_len = 5};
static struct hf_choice choice;

#define SSID "\0\5attic"
#define WPA2 "\60\24\1\0\x00\x0f\xac\4\1\0\x00\x0f\xac\4\1\0\x00\x0f\xac\2\0\0"
#define WPA3 "\60\24\1\0\x00\x0f\xac\4\1\0\x00\x0f\xac\4\1\0\x00\x0f\xac\x08\0\0"

static int begin(void **state)
{
    (void)state;
    choice = (struct hf_choice){.found = false};
    return 0;
}

static void hear_as(uint8_t number, int32_t signal_dbm, const char *elements, size_t len)
{
    struct hf_bss bss = {
        .address = {2, 0, 0, 0, 0, number}, .signal_mbm = 100 * signal_dbm, .privacy = true};
    hf_bss_announced(&bss, (const uint8_t *)elements, len);
    hf_choice_consider(&choice, &attic, &bss);
}

static void hear(uint8_t number, int32_t signal_dbm)
{
    hear_as(number, signal_dbm, SSID WPA2, sizeof(SSID WPA2) - 1);
}

/* Of access points 1 to `count`, each weaker than the one before; 0: none. */
static unsigned best_of(uint8_t count)
{
    hf_choice_begin(&choice);
    for (uint8_t i = 1; i <= count; i++)
        hear(i, -30 - i);
    return choice.found ? choice.best.address[5] : 0;
}

static void strongest_is_taken_wherever_it_stands(void **state)
{
    (void)state;
    hear(1, -70);
    hear(2, -40);
    hear(3, -50);
    assert_int_equal(choice.best.address[5], 2);
}

static void those_that_cannot_be_joined_are_told_and_not_taken(void **state)
{
    (void)state;
    hear_as(1, -30, SSID WPA3, sizeof(SSID WPA3) - 1);
    assert_false(choice.found);
    assert_non_null(strstr(choice.refused, "WPA3"));
    hear(2, -70);
    assert_int_equal(choice.best.address[5], 2);
    hear_as(3, -30, "\0\5other" WPA2, sizeof("\0\5other" WPA2) - 1);
    assert_int_equal(choice.best.address[5], 2);
    hf_choice_begin(&choice);
    assert_false(choice.found || choice.refused);
}

static void one_that_failed_comes_after_all_others(void **state)
{
    (void)state;
    assert_int_equal(best_of(2), 1);
    hf_choice_went(&choice, false);
    assert_int_equal(best_of(2), 2);
    hf_choice_went(&choice, true);
    assert_int_equal(best_of(2), 2);
    assert_int_equal(best_of(1), 1);
}

static void all_that_failed_are_tried_in_turn(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned next = 1; next <= 3; next++) {
            assert_int_equal(best_of(3), next);
            hf_choice_went(&choice, false);
        }
}

static void one_that_serves_is_forgiven(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        (void)best_of(3);
        hf_choice_went(&choice, false);
    }
    assert_int_equal(best_of(1), 1);
    hf_choice_went(&choice, true);
    assert_int_equal(best_of(3), 1);
    hf_choice_went(&choice, false);
    assert_int_equal(best_of(3), 2);
}

static void only_the_latest_failures_are_remembered(void **state)
{
    (void)state;
    const unsigned count = HF_CHOICE_FAILED_MAX + 1;
    for (unsigned next = 1; next <= count; next++) {
        assert_int_equal(best_of((uint8_t)count), next);
        hf_choice_went(&choice, false);
    }
    assert_int_equal(choice.failed_count, HF_CHOICE_FAILED_MAX);
    assert_int_equal(best_of((uint8_t)count), 1);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(strongest_is_taken_wherever_it_stands),
        TEST(those_that_cannot_be_joined_are_told_and_not_taken),
        TEST(one_that_failed_comes_after_all_others),
        TEST(all_that_failed_are_tried_in_turn),
        TEST(one_that_serves_is_forgiven),
        TEST(only_the_latest_failures_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
