#include "../cmocka_all.h"
#include "wire/network.h"

#include <string.h>

static void what_was_written_is_read(void **state)
{
    (void)state;
    const struct hf_network all[] = {
        {.ssid = "attic", .ssid_len = 5, .pmk = {1, 2, 0xFF}, .country = "DE"},
        {.ssid = "a", .ssid_len = 1, .open = true},
        {.ssid = {0, 10, 0xFF, ' '}, .ssid_len = HF_SSID_MAX, .pmk = {9}},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[HF_NETWORK_TEXT_MAX];
        struct hf_network got;
        const size_t len = hf_network_write(&all[i], text);
        assert_int_equal(len, strlen(text));
        assert_true(hf_network_read(text, &got));
        assert_int_equal(got.ssid_len, all[i].ssid_len);
        assert_memory_equal(got.ssid, all[i].ssid, HF_SSID_MAX);
        assert_int_equal(got.open, all[i].open);
        assert_memory_equal(got.pmk, all[i].pmk, HF_PMK_BYTES);
        assert_string_equal(got.country, all[i].country);
    }
}

static void what_nobody_wrote_is_refused(void **state)
{
    (void)state;
    static const char *const all[] = {
        "",
        "pmk open\nssid",
        "pmk open\nssid \n",
        "pmk open\nssid 6\n",
        "pmk open\nssid 6g\n",
        "pmk open\nxssid 61\n",
        "ssid 61\n", /* damaged, and no open network */
        "ssid 61\npmk \n",
        "ssid 61\npmk ope\n",
        "ssid 61\npmk opens\n",
        "ssid 61\npmk 00\n",
        "ssid 61\npmk open\ncountry DEU\n",
        "ssid 616161616161616161616161616161616161616161616161616161616161616161\npmk open\n",
    };
    struct hf_network got;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_false(hf_network_read(all[i], &got));
    assert_true(hf_network_read("ssid 61\npmk open\n", &got));
    assert_true(hf_network_read("\n\npmk open\nssid 61", &got));
}

static void name_is_shown_in_visible_characters(void **state)
{
    (void)state;
    char name[HF_NETWORK_NAME_SHOWN];
    hf_network_name((const uint8_t *)"at tic\x1b\xff", 8, name);
    assert_string_equal(name, "at tic??");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(what_nobody_wrote_is_refused),
        cmocka_unit_test(name_is_shown_in_visible_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
