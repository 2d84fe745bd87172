#include "../cmocka_all.h"
#include "flash/wifi.h"
#include "link/random.h"
#include "wire/hex.h"

#include <string.h>

static enum hf_err make(const char *ssid, const char *password, const char *country,
                        struct hf_network *out, struct hf_fault *fault)
{
    const struct hf_wifi_words words = {.ssid = ssid, .password = password, .country = country};
    return hf_wifi_network(&words, out, fault);
}

/* IEEE 802.11-2016, J.4.2 */
static void key_is_made_of_password_and_name_as_the_standard_has_it(void **state)
{
    (void)state;
    static const struct {
        const char *password, *ssid, *key;
    } all[] = {
        {"password", "IEEE", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"},
        {"ThisIsAPassword", "ThisIsASSID",
         "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
         "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hf_network got;
        char key[2 * HF_PMK_BYTES + 1];
        assert_int_equal(make(all[i].ssid, all[i].password, "DE", &got, NULL), HF_ERR_OK);
        hf_hex(key, got.pmk, sizeof got.pmk);
        assert_string_equal(key, all[i].key);
        assert_int_equal(got.ssid_len, strlen(all[i].ssid));
        assert_string_equal(got.country, "DE");
        assert_false(got.open);
    }
}

static void key_itself_is_taken_as_it_is(void **state)
{
    (void)state;
    uint8_t key[HF_PMK_BYTES];
    char digits[2 * HF_PMK_BYTES + 1];
    struct hf_network got;
    hf_random(key, sizeof key);
    hf_hex(digits, key, sizeof key);
    assert_int_equal(make("IEEE", digits, NULL, &got, NULL), HF_ERR_OK);
    assert_memory_equal(got.pmk, key, sizeof key);
    assert_string_equal(got.country, "");
}

static void network_without_a_password_is_open(void **state)
{
    (void)state;
    struct hf_network got;
    assert_int_equal(make("cafe", NULL, NULL, &got, NULL), HF_ERR_OK);
    assert_true(got.open);
}

static void what_cannot_be_is_refused_and_no_password_is_shown(void **state)
{
    (void)state;
    static const struct {
        const char *ssid, *password, *country, *words;
    } all[] = {
        {"", "password", NULL, "1 to 32 bytes"},
        {"123456789012345678901234567890123", "password", NULL, "33"},
        {"a", "hunter2", NULL, "8 to 63"},
        {"a", "", NULL, "--wifi-open"},
        {"a", "hunter2 with \xc3\xbc", NULL, "ASCII"},
        {"a", "hunter2 as long as a key could be but not of hex digits at all..", NULL, "64"},
        {"a", "password", "de", "two letters"},
        {"a", "password", "DEU", "two letters"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct hf_network got;
        struct hf_fault fault = {0};
        assert_int_equal(make(all[i].ssid, all[i].password, all[i].country, &got, &fault),
                         HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, all[i].words));
        assert_null(strstr(fault.text, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_is_made_of_password_and_name_as_the_standard_has_it),
        cmocka_unit_test(key_itself_is_taken_as_it_is),
        cmocka_unit_test(network_without_a_password_is_open),
        cmocka_unit_test(what_cannot_be_is_refused_and_no_password_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
