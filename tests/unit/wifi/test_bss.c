#include "../cmocka_all.h"
#include "wifi/bss.h"

#include <stdlib.h>
#include <string.h>

static const struct hf_network attic = {.ssid = "attic", .ssid_len = 5};
static const struct hf_network open_attic = {.ssid = "attic", .ssid_len = 5, .open = true};

#define SSID "\0\5attic"
#define OUI  "\x00\x0f\xac"
#define CCMP OUI "\4"
#define TKIP OUI "\2"
#define PSK  OUI "\2"
#define SAE  OUI "\x08"

struct heard {
    const char *elements;
    size_t len;
};
#define HEARD(text) (&(struct heard){text, sizeof(text) - 1})

static const char *judged(const struct heard *heard, const struct hf_network *network)
{
    struct hf_bss bss = {.privacy = network == &attic};
    uint8_t *copy = malloc(heard->len);
    memcpy(copy, heard->elements, heard->len);
    hf_bss_announced(&bss, copy, heard->len);
    assert_true(hf_bss_is_of(&bss, network));
    const char *why = hf_bss_refuses(&bss, network);
    free(copy);
    return why;
}

static void wpa2_with_aes_can_be_joined(void **state)
{
    (void)state;
    assert_null(judged(HEARD(SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" PSK "\0\0"), &attic));
    assert_null(judged(HEARD(SSID "\60\22\1\0" CCMP "\1\0" CCMP "\1\0" PSK), &attic));
    assert_null(
        judged(HEARD(SSID "\60\34\1\0" CCMP "\2\0" TKIP CCMP "\2\0" SAE PSK "\x80\0"), &attic));
}

static void what_cannot_be_joined_is_told_with_the_mend(void **state)
{
    (void)state;
    const struct {
        const struct heard *heard;
        const char *words;
    } all[] = {
        {HEARD(SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" SAE "\xC0\0"), "WPA3 only"},
        {HEARD(SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" OUI "\1"
                    "\0\0"),
         "enterprise"},
        {HEARD(SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" PSK "\xC0\0"), "optional"},
        {HEARD(SSID "\60\24\1\0" TKIP "\1\0" CCMP "\1\0" PSK "\0\0"), "AES alone"},
        {HEARD(SSID "\60\24\1\0" CCMP "\1\0" TKIP "\1\0" PSK "\0\0"), "AES alone"},
        {HEARD(SSID "\60\10\1\0" CCMP "\1\0"), "not known"},
        {HEARD(SSID "\60\24\2\0" CCMP "\1\0" CCMP "\1\0" PSK "\0\0"), "not known"},
        {HEARD(SSID "\335\4\x00\x50\xf2\1"), "first version"},
        {HEARD(SSID), "WEP"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *why = judged(all[i].heard, &attic);
        assert_non_null(why);
        assert_non_null(strstr(why, all[i].words));
    }
}

static void open_network_is_for_cards_without_a_password(void **state)
{
    (void)state;
    struct hf_bss open = {.privacy = false};
    assert_null(judged(HEARD(SSID), &open_attic));
    assert_non_null(
        judged(HEARD(SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" PSK "\0\0"), &open_attic));
    hf_bss_announced(&open, (const uint8_t *)SSID, 7);
    assert_non_null(strstr(hf_bss_refuses(&open, &attic), "is open"));
}

static void network_is_known_by_its_whole_name(void **state)
{
    (void)state;
    struct hf_bss bss = {.privacy = false};
    hf_bss_announced(&bss, (const uint8_t *)"\0\6attic2", 8);
    assert_false(hf_bss_is_of(&bss, &attic));
    hf_bss_announced(&bss, (const uint8_t *)"\0\4atti", 6);
    assert_false(hf_bss_is_of(&bss, &attic));
    hf_bss_announced(&bss, (const uint8_t *)"\0\0", 2);
    assert_false(hf_bss_is_of(&bss, &attic));
    hf_bss_announced(&bss, NULL, 0);
    assert_false(hf_bss_is_of(&bss, &attic));
}

static void elements_that_are_cut_are_passed_over(void **state)
{
    (void)state;
    static const char whole[] = SSID "\60\24\1\0" CCMP "\1\0" CCMP "\1\0" PSK "\0\0";
    for (size_t cut = 0; cut < sizeof whole - 1; cut++) {
        struct hf_bss bss = {.privacy = true};
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, whole, cut);
        hf_bss_announced(&bss, copy, cut);
        assert_null(bss.rsn.bytes);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wpa2_with_aes_can_be_joined),
        cmocka_unit_test(what_cannot_be_joined_is_told_with_the_mend),
        cmocka_unit_test(open_network_is_for_cards_without_a_password),
        cmocka_unit_test(network_is_known_by_its_whole_name),
        cmocka_unit_test(elements_that_are_cut_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
