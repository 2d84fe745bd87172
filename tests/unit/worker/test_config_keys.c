#include "../cmocka_all.h"
#include "worker/config.h"
#include "worker/config_keys.h"

#include <string.h>

static void every_key_is_found_by_its_name_and_no_two_share_a_member(void **state)
{
    (void)state;
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        assert_ptr_equal(hf_key_find(key->section, key->name), key);
        for (const struct hf_key *other = hf_keys; other < key; other++) {
            if (key->kind != HF_KEY_SECTION && other->kind != HF_KEY_SECTION)
                assert_int_not_equal(key->offset, other->offset);
        }
    }
    assert_null(hf_key_find(NULL, "host"));
    assert_null(hf_key_find("broker", "board"));
}

static void every_member_is_as_large_as_its_kind_needs(void **state)
{
    (void)state;
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        size_t expected =
            key->kind == HF_KEY_NUMBER    ? sizeof(int64_t)
            : key->kind == HF_KEY_PATH    ? HF_CONFIG_PATH_MAX + 1
            : key->kind == HF_KEY_LEVEL   ? sizeof(enum hf_log_level)
            : key->kind == HF_KEY_JOURNAL ? sizeof(enum hf_journal_mode)
            : key->kind == HF_KEY_ACK     ? sizeof(bool)
            : key->kind == HF_KEY_LOG     ? sizeof(bool)
            : key->kind == HF_KEY_FLAG    ? sizeof(bool)
            : key->kind == HF_KEY_SECTION ? 0
            : key->kind == HF_KEY_TEXT || key->kind == HF_KEY_SECRET || key->kind == HF_KEY_HANDLERS
                ? HF_CONFIG_TEXT_MAX + 1
                : HF_NAME_MAX + 1;
        assert_int_equal(key->size, expected);
        assert_true(key->offset + key->size <= sizeof(struct hf_config));
        assert_true(key->preset_number >= key->min && key->preset_number <= key->max);
    }
}

static void a_misspelt_key_is_near_the_one_that_was_meant(void **state)
{
    (void)state;
    static const char *const PAIRS[][3] = {
        {NULL, "bord", "board"},
        {NULL, "task_timeout", "task_timeout_s"},
        {NULL, "", "tls"},
        {NULL, "heartbeat_seconds_and_a_very_long_word_behind", "heartbeat_s"},
        {"broker", "hostname", "host"},
        {"broker", "pasword", "password"},
        {"tls", "ca_cert", "cert"},
    };
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++)
        assert_string_equal(hf_key_nearest(PAIRS[i][0], PAIRS[i][1])->name, PAIRS[i][2]);
}

static void what_is_expected_is_said_in_full_for_every_key(void **state)
{
    (void)state;
    for (const struct hf_key *key = hf_keys; key->name; key++) {
        char expected[HF_KEY_EXPECTED_MAX], name[HF_KEY_NAME_MAX];
        hf_key_expected(key, expected);
        assert_in_range(strlen(expected), 1, HF_KEY_EXPECTED_MAX - 2);
        hf_key_name(key, name);
        assert_in_range(strlen(name), 1, HF_KEY_NAME_MAX - 2);
    }
    char text[HF_KEY_EXPECTED_MAX];
    hf_key_expected(hf_key_find("broker", "port"), text);
    assert_string_equal(text, "a whole number from 1 to 65535");
    hf_key_name(hf_key_find("broker", "port"), text);
    assert_string_equal(text, "broker.port");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found_by_its_name_and_no_two_share_a_member),
        cmocka_unit_test(every_member_is_as_large_as_its_kind_needs),
        cmocka_unit_test(a_misspelt_key_is_near_the_one_that_was_meant),
        cmocka_unit_test(what_is_expected_is_said_in_full_for_every_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
