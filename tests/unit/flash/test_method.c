#include "../cmocka_all.h"
#include "flash/method.h"

#include <stdio.h>
#include <string.h>

#define CHECKOUT "." /* unit tests run in it */

static struct hf_board_values values_of(const char *board)
{
    struct hf_board_values values;
    assert_int_equal(hf_board_values_load(CHECKOUT, board, &values, NULL), HF_ERR_OK);
    return values;
}

/* The text files, one after the other. */
static void settle(const struct hf_method *method, const struct hf_board_values *values, char *out,
                   size_t size)
{
    struct hf_boot boot = {.count = 0};
    assert_int_equal(method->settle(&boot, values, "attic", NULL), HF_ERR_OK);
    out[0] = '\0';
    for (size_t i = 0; i < boot.count; i++) {
        const size_t at = strlen(out);
        (void)snprintf(out + at, size - at, "[%s]\n%.*s", boot.files[i].name,
                       (int)boot.files[i].len, (const char *)boot.files[i].data);
    }
    hf_boot_free(&boot);
}

static void boards_of_each_method_can_have_a_card(void **state)
{
    (void)state;
    static const char *const BOARDS[] = {"raspberry-pi-zero", "raspberry-pi-3-64",
                                         "orange-pi-pc",      "beaglebone-black",
                                         "generic-x86_64",    "generic-aarch64"};
    for (size_t i = 0; i < sizeof BOARDS / sizeof *BOARDS; i++) {
        const struct hf_board_values values = values_of(BOARDS[i]);
        assert_int_equal(hf_method_check(&values, NULL), HF_ERR_OK);
        assert_true(values.console[0] != '\0');
    }
}

static void value_for_want_of_which_no_card_can_be_made_is_named(void **state)
{
    (void)state;
    struct hf_fault fault = {0};
    struct hf_board_values values = values_of("generic-armv7");
    assert_int_equal(hf_method_check(&values, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "BOARD_BOOT"));
    values = values_of("imx6ul-evk");
    assert_int_equal(hf_method_check(&values, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "BOARD_LOADER"));
    values.kernel[0] = '\0';
    assert_int_equal(hf_method_check(&values, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "BOARD_KERNEL"));
}

static void u_boot_is_told_the_only_device_tree_or_finds_it_among_several(void **state)
{
    (void)state;
    char text[2048];
    struct hf_board_values values = values_of("orange-pi-pc");
    settle(&hf_method_u_boot, &values, text, sizeof text);
    assert_string_equal(text, "[extlinux/extlinux.conf]\n"
                              "# Made by holdfast flash.\n"
                              "default holdfast\n"
                              "label holdfast\n"
                              "  kernel /kernel.img\n"
                              "  initrd /initrd.img\n"
                              "  fdt /sun8i-h3-orangepi-pc.dtb\n"
                              "  append console=ttyS0,115200 quiet panic=10 holdfast_name=attic\n");
    values = values_of("beaglebone-black");
    settle(&hf_method_u_boot, &values, text, sizeof text);
    assert_non_null(strstr(text, "  fdtdir /\n"));
}

static void pc_is_told_what_to_start_and_lets_its_screen_have_the_log(void **state)
{
    (void)state;
    char text[2048];
    const struct hf_board_values values = values_of("generic-x86_64");
    settle(&hf_method_uefi, &values, text, sizeof text);
    assert_non_null(strstr(text, "[loader/entries/holdfast.conf]\n"));
    assert_non_null(strstr(text, "default holdfast.conf\n"));
    assert_non_null(strstr(text, "\nlinux /kernel.img\ninitrd /initrd.img\n"
                                 "options console=ttyS0,115200 console=tty0 quiet panic=10 "
                                 "holdfast_name=attic\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boards_of_each_method_can_have_a_card),
        cmocka_unit_test(value_for_want_of_which_no_card_can_be_made_is_named),
        cmocka_unit_test(u_boot_is_told_the_only_device_tree_or_finds_it_among_several),
        cmocka_unit_test(pc_is_told_what_to_start_and_lets_its_screen_have_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
