#include "../cmocka_all.h"
#include "cli/board_view.h"

#define NOW INT64_C(1770000000000)

static const char *seen(int64_t seen_ms)
{
    static char text[HF_OUT_SHORT];
    const struct hf_board board = {.seen_ms = seen_ms};
    hf_board_seen(&board, NOW, text);
    return text;
}

static void a_board_was_seen_so_long_ago(void **state)
{
    (void)state;
    assert_string_equal(seen(0), "-");
    assert_string_equal(seen(NOW), "now");
    assert_string_equal(seen(NOW + 5000), "now");
    assert_string_equal(seen(NOW - 999), "now");
    assert_string_equal(seen(NOW - 15999), "15 s");
    assert_string_equal(seen(NOW - 65000), "1 min 5 s");
    assert_string_equal(seen(NOW - 90000000), "1 d 1 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_was_seen_so_long_ago),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
