#include "../cmocka_all.h"
#include "worker/crc32.h"

static void the_check_values_of_the_standard_come_out(void **state)
{
    (void)state;
    assert_int_equal(hf_crc32(0, "", 0), 0);
    assert_int_equal(hf_crc32(0, NULL, 0), 0);
    assert_int_equal(hf_crc32(0, "a", 1), 0xE8B7BE43);
    assert_int_equal(hf_crc32(0, "123456789", 9), 0xCBF43926);
    static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    assert_int_equal(hf_crc32(0, ones, sizeof ones), 0xFF6CAB0B);
}

static void pieces_give_what_the_whole_gives(void **state)
{
    (void)state;
    char data[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 37);
    const uint32_t whole = hf_crc32(0, data, sizeof data);
    for (size_t cut = 0; cut <= sizeof data; cut++)
        assert_int_equal(hf_crc32(hf_crc32(0, data, cut), data + cut, sizeof data - cut), whole);
}

static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    uint8_t data[100] = {1, 2, 3};
    const uint32_t good = hf_crc32(0, data, sizeof data);
    for (size_t bit = 0; bit < 8 * sizeof data; bit++) {
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(hf_crc32(0, data, sizeof data), good);
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_values_of_the_standard_come_out),
        cmocka_unit_test(pieces_give_what_the_whole_gives),
        cmocka_unit_test(every_flipped_bit_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
