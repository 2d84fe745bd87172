#include "../cmocka_all.h"
#include "broker/listen.h"

#include <string.h>

static void set(struct hf_node_settings *node, const char *first, const char *second)
{
    const char *const wanted[] = {first, second};
    size_t count = second ? 2 : first ? 1 : 0;
    assert_int_equal(hf_listen_set(node, wanted, count, NULL), HF_ERR_OK);
}

static void loopback_is_the_default_and_always_there(void **state)
{
    struct hf_node_settings node = {0};
    (void)state;
    set(&node, NULL, NULL);
    assert_int_equal(node.listen_count, 1);
    assert_string_equal(node.listen[0], "127.0.0.1");
    set(&node, "192.0.2.2", "127.0.0.1");
    assert_int_equal(node.listen_count, 2);
    assert_string_equal(node.listen[0], "127.0.0.1");
    assert_string_equal(node.listen[1], "192.0.2.2");
    set(&node, "127.0.0.1", NULL);
    assert_int_equal(node.listen_count, 1);
}

static void one_wildcard_stands_for_all(void **state)
{
    struct hf_node_settings node = {0};
    (void)state;
    set(&node, "0.0.0.0", "192.0.2.2");
    assert_int_equal(node.listen_count, 1);
    assert_string_equal(node.listen[0], "0.0.0.0");
    assert_string_equal(hf_listen_local_host(&node), "127.0.0.1");
    set(&node, "0.0.0.0", "::");
    assert_int_equal(node.listen_count, 1);
    assert_string_equal(node.listen[0], "::");
    assert_string_equal(hf_listen_local_host(&node), "::1");
}

static void what_is_no_address_is_refused_and_changes_nothing(void **state)
{
    static const char *const wrong[] = {"", "host", "1.2.3", "192.0.2.2:5671", "fe80::1%eth0"};
    struct hf_node_settings node = {0};
    (void)state;
    set(&node, "192.0.2.2", NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hf_fault fault;
        assert_int_equal(hf_listen_set(&node, &wrong[i], 1, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, wrong[i]));
        assert_int_equal(node.listen_count, 2);
    }
}

static void boards_get_the_first_address_that_is_not_loopback(void **state)
{
    struct hf_node_settings node = {0};
    struct hf_pki_names machine = {0};
    (void)state;
    hf_pki_names_add(&machine, "127.0.0.1", NULL);
    hf_pki_names_add(&machine, "fe80::1", NULL);
    hf_pki_names_add(&machine, "fd00::5", NULL);
    hf_pki_names_add(&machine, "198.51.100.7", NULL);
    set(&node, NULL, NULL);
    assert_null(hf_listen_public_host(&node, &machine));
    set(&node, "192.0.2.2", NULL);
    assert_string_equal(hf_listen_public_host(&node, &machine), "192.0.2.2");
    set(&node, "0.0.0.0", NULL);
    assert_string_equal(hf_listen_public_host(&node, &machine), "198.51.100.7");
    machine.count = 3;
    assert_null(hf_listen_public_host(&node, &machine));
    set(&node, "::", NULL);
    assert_string_equal(hf_listen_public_host(&node, &machine), "fd00::5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loopback_is_the_default_and_always_there),
        cmocka_unit_test(one_wildcard_stands_for_all),
        cmocka_unit_test(what_is_no_address_is_refused_and_changes_nothing),
        cmocka_unit_test(boards_get_the_first_address_that_is_not_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
