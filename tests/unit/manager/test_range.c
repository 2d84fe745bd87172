#include "../cmocka_all.h"
#include "manager/range.h"

#include <string.h>

static struct hf_range parse(const char *text, int64_t step)
{
    struct hf_range range;
    struct hf_fault fault = {0};
    if (hf_range_parse(text, step, &range, &fault) != HF_ERR_OK)
        fail_msg("%s: %s", text, fault.text);
    return range;
}

static void assert_part(const struct hf_range *range, uint64_t n, int64_t from, int64_t to)
{
    int64_t a = 0;
    int64_t b = 0;
    hf_range_part(range, n, &a, &b);
    assert_true(a == from && b == to);
}

static void parts_cover_a_range_without_gaps(void **state)
{
    (void)state;
    struct hf_range range = parse("0..9", 4);
    assert_int_equal(hf_range_count(&range), 3);
    assert_part(&range, 0, 0, 3);
    assert_part(&range, 1, 4, 7);
    assert_part(&range, 2, 8, 9);
    range = parse("-3..-3", 1);
    assert_int_equal(hf_range_count(&range), 1);
    assert_part(&range, 0, -3, -3);
}

static void the_widest_range_does_not_overflow(void **state)
{
    (void)state;
    struct hf_range range = parse("-9223372036854775808..9223372036854775807", INT64_MAX);
    assert_int_equal(hf_range_count(&range), 3);
    assert_part(&range, 0, INT64_MIN, -2);
    assert_part(&range, 1, -1, INT64_MAX - 2);
    assert_part(&range, 2, INT64_MAX - 1, INT64_MAX);
}

static void what_is_no_range_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "5",     "1..",  "..5",    "1...5",
                                      "a..b", "1..5x", "5..1", "1 .. 5", "1..99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hf_range range;
        assert_int_equal(hf_range_parse(bad[i], 1, &range, NULL), HF_ERR_INVALID);
    }
    struct hf_range range;
    assert_int_equal(hf_range_parse("1..5", 0, &range, NULL), HF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_cover_a_range_without_gaps),
        cmocka_unit_test(the_widest_range_does_not_overflow),
        cmocka_unit_test(what_is_no_range_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
