#include "../cmocka_all.h"
#include "pki/names.h"

#include <stdio.h>
#include <string.h>

static void dns_names_and_addresses_are_told_apart(void **state)
{
    struct hf_pki_names names = {0};
    (void)state;
    assert_int_equal(hf_pki_names_add(&names, "Lab.Example.ORG", NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_names_add(&names, "192.0.2.1", NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_names_add(&names, "2001:DB8:0:0::1", NULL), HF_ERR_OK);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.items[0].text, "lab.example.org");
    assert_int_equal(names.items[0].address_len, 0);
    assert_int_equal(names.items[1].address_len, 4);
    assert_int_equal(names.items[2].address_len, 16);
    assert_string_equal(names.items[2].text, "2001:db8::1");
}

static void the_same_name_in_another_spelling_is_kept_once(void **state)
{
    struct hf_pki_names names = {0};
    (void)state;
    hf_pki_names_add(&names, "Board", NULL);
    hf_pki_names_add(&names, "board", NULL);
    hf_pki_names_add(&names, "::1", NULL);
    hf_pki_names_add(&names, "0:0:0:0:0:0:0:1", NULL);
    assert_int_equal(names.count, 2);
}

static void what_is_no_name_is_refused_and_named(void **state)
{
    static const char *const wrong[] = {
        "",      "a b",          "-a",           "a-",          "a..b",
        ".a",    "a.",           "under_score",  "192.0.2.256", "1.2.3",
        "a:b:c", "fe80::1%eth0", "*.example.org"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hf_pki_names names = {0};
        struct hf_fault fault;
        if (hf_pki_names_add(&names, wrong[i], &fault) != HF_ERR_INVALID)
            fail_msg("\"%s\" was taken", wrong[i]);
        assert_non_null(strstr(fault.text, wrong[i]));
        assert_int_equal(names.count, 0);
    }
}

static void a_full_list_is_said_to_be_full(void **state)
{
    struct hf_pki_names names = {0};
    char text[32];
    (void)state;
    for (int i = 0; i < HF_PKI_NAMES_MAX; i++) {
        snprintf(text, sizeof text, "host-%d", i);
        assert_int_equal(hf_pki_names_add(&names, text, NULL), HF_ERR_OK);
    }
    assert_int_equal(hf_pki_names_add(&names, "host-0", NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_names_add(&names, "one-more", NULL), HF_ERR_TOO_LARGE);
}

static void this_machine_is_localhost_on_both_families_at_least(void **state)
{
    struct hf_pki_names names = {0}, wanted = {0};
    (void)state;
    hf_pki_names_of_machine(&names);
    hf_pki_names_add(&wanted, "localhost", NULL);
    hf_pki_names_add(&wanted, "127.0.0.1", NULL);
    hf_pki_names_add(&wanted, "::1", NULL);
    assert_true(hf_pki_names_cover(&names, &wanted));
    hf_pki_names_add(&wanted, "nobody.example.org", NULL);
    assert_false(hf_pki_names_cover(&names, &wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_and_addresses_are_told_apart),
        cmocka_unit_test(the_same_name_in_another_spelling_is_kept_once),
        cmocka_unit_test(what_is_no_name_is_refused_and_named),
        cmocka_unit_test(a_full_list_is_said_to_be_full),
        cmocka_unit_test(this_machine_is_localhost_on_both_families_at_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
