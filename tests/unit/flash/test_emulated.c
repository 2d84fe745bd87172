#include "../cmocka_all.h"
#include "flash/emulated.h"

#include <string.h>

#define CHECKOUT "." /* unit tests run in it */

static enum hf_err check(const char *board, struct hf_fault *fault)
{
    struct hf_board_values values;
    assert_int_equal(hf_board_values_load(CHECKOUT, board, &values, fault), HF_ERR_OK);
    return hf_emulated_check(CHECKOUT, &values, fault);
}

static void boards_whose_machine_the_kernel_is_for_can_be_emulated(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    assert_int_equal(check("raspberry-pi-zero", &fault), HF_ERR_OK);
    assert_int_equal(check("imx6ul-evk", &fault), HF_ERR_OK);
    assert_int_equal(check("generic-aarch64", &fault), HF_ERR_OK);
}

static void kernel_for_another_machine_is_refused_and_those_that_work_are_named(void **state)
{
    (void)state;
    static const char *const BOARDS[] = {"beaglebone-black", "raspberry-pi-2", "orange-pi-pc",
                                         "generic-armv7"};
    for (size_t i = 0; i < sizeof BOARDS / sizeof *BOARDS; i++) {
        struct hf_fault fault = {0};
        assert_int_equal(check(BOARDS[i], &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, "generic-aarch64, imx6ul-evk, raspberry-pi-zero"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_whose_machine_the_kernel_is_for_can_be_emulated),
        cmocka_unit_test(kernel_for_another_machine_is_refused_and_those_that_work_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
