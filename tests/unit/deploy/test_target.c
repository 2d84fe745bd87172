#include "../cmocka_all.h"
#include "deploy/target.h"

#include <string.h>

static void what_a_board_says_is_read(void **state)
{
    (void)state;
    struct hf_deploy_target target;
    static const char TEXT[] =
        "Welcome!\nuid=1000\nsudo=yes\nmachine=armv6l\nkernel=6.1.21+\n"
        "model=Raspberry Pi Zero W\x01 Rev 1.1\nmemory_kb=439644\n"
        "init=systemd\nfree_kb=x\nboard=kitchen\nworker=yes\nworker_sha256=\n";
    assert_int_equal(hf_target_parse(TEXT, &target, NULL), HF_ERR_OK);
    assert_false(target.root);
    assert_true(target.sudo);
    assert_false(target.hidden);
    assert_string_equal(target.machine, "armv6l");
    assert_string_equal(target.model, "Raspberry Pi Zero W? Rev 1.1");
    assert_string_equal(target.board, "kitchen");
    assert_true(target.worker);
    assert_string_equal(target.worker_sha256, "");
    assert_int_equal(target.memory_kb, 439644);
    assert_int_equal(target.free_kb, 0);
}

static void root_needs_no_sudo(void **state)
{
    (void)state;
    struct hf_deploy_target target;
    assert_int_equal(hf_target_parse("uid=0\nmachine=x86_64\ninit=plain", &target, NULL),
                     HF_ERR_OK);
    assert_true(target.root);
    assert_false(target.worker);
    assert_string_equal(target.board, "");
}

static void a_board_that_says_nothing_is_an_error(void **state)
{
    (void)state;
    struct hf_deploy_target target;
    struct hf_fault fault;
    assert_int_equal(hf_target_parse("This account is not available.\n", &target, &fault),
                     HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "did not say what it is"));
}

static void a_long_line_is_cut_and_harms_nothing(void **state)
{
    (void)state;
    struct hf_deploy_target target;
    char text[2048] = "machine=aarch64\ninit=procd\nmodel=";
    memset(text + strlen(text), 'm', 1500);
    assert_int_equal(hf_target_parse(text, &target, NULL), HF_ERR_OK);
    assert_int_equal(strlen(target.model), sizeof target.model - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_board_says_is_read),
        cmocka_unit_test(root_needs_no_sudo),
        cmocka_unit_test(a_board_that_says_nothing_is_an_error),
        cmocka_unit_test(a_long_line_is_cut_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
