#include "../cmocka_all.h"
#include "init/dhcp_message.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_AT 240

static const struct hf_dhcp_ask discover = {.kind = HF_DHCP_DISCOVER,
                                            .transaction = 0x12345678,
                                            .mac = {2, 0, 0, 1, 2, 3},
                                            .name = "attic"};

/* An answer to `ask`; how many bytes it has. */
static size_t answer(uint8_t out[512], const struct hf_dhcp_ask *ask, const uint8_t *options,
                     size_t len)
{
    static const uint8_t magic[] = {99, 130, 83, 99};
    const uint32_t given = inet_addr("192.168.7.20");
    memset(out, 0, 512);
    out[0] = 2;
    memcpy(out + 4, &ask->transaction, 4);
    memcpy(out + 16, &given, 4);
    memcpy(out + 28, ask->mac, sizeof ask->mac);
    memcpy(out + 236, magic, sizeof magic);
    memcpy(out + OPTIONS_AT, options, len);
    return OPTIONS_AT + len;
}

static const uint8_t offer[] = {53,  1,   2,  0, 1, 4,  255, 255, 254, 0, 3,   8,   192, 168, 7,  1,
                                192, 168, 7,  2, 6, 12, 9,   9,   9,   9, 8,   8,   8,   8,   7,  7,
                                7,   7,   51, 4, 0, 1,  0,   0,   54,  4, 192, 168, 7,   1,   255};

static void offer_is_read_whole(void **state)
{
    (void)state;
    uint8_t message[512];
    struct hf_dhcp_answer got;
    const size_t len = answer(message, &discover, offer, sizeof offer);
    assert_true(hf_dhcp_read(message, len, &discover, &got));
    assert_int_equal(got.kind, HF_DHCP_OFFER);
    assert_int_equal(got.address.own, inet_addr("192.168.7.20"));
    assert_int_equal(got.address.mask, inet_addr("255.255.254.0"));
    assert_int_equal(got.address.gateway, inet_addr("192.168.7.1"));
    assert_int_equal(got.address.dns[0], inet_addr("9.9.9.9"));
    assert_int_equal(got.address.dns[1], inet_addr("8.8.8.8"));
    assert_int_equal(got.server, inet_addr("192.168.7.1"));
    assert_int_equal(got.lease_s, 65536);
}

/* Each copy lies at the end of its own memory, so that reading beyond it is caught by the
 * sanitizer. */
static void message_that_is_cut_anywhere_is_read_no_further(void **state)
{
    (void)state;
    uint8_t message[512];
    struct hf_dhcp_answer got;
    const size_t len = answer(message, &discover, offer, sizeof offer);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy + 1, message, cut);
        const bool read_it = hf_dhcp_read(copy + 1, cut, &discover, &got);
        assert_int_equal(read_it, cut >= OPTIONS_AT + 3);
        free(copy);
    }
}

static void answers_to_others_and_of_a_wrong_kind_are_refused(void **state)
{
    (void)state;
    static const size_t at[] = {0, 4, 28, 236};
    uint8_t message[512];
    struct hf_dhcp_answer got;
    size_t len = 0;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        len = answer(message, &discover, offer, sizeof offer);
        message[at[i]] ^= 1;
        assert_false(hf_dhcp_read(message, len, &discover, &got));
    }
    struct hf_dhcp_ask request = discover;
    request.kind = HF_DHCP_REQUEST;
    len = answer(message, &request, offer, sizeof offer);
    assert_false(hf_dhcp_read(message, len, &request, &got));
    message[OPTIONS_AT + 2] = HF_DHCP_NAK;
    assert_true(hf_dhcp_read(message, len, &request, &got));
    assert_int_equal(got.kind, HF_DHCP_NAK);
    assert_false(hf_dhcp_read(message, len, &discover, &got));
}

static void addresses_that_no_board_can_have_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"};
    uint8_t message[512];
    struct hf_dhcp_answer got;
    const size_t len = answer(message, &discover, offer, sizeof offer);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const uint32_t address = inet_addr(bad[i]);
        memcpy(message + 16, &address, 4);
        assert_false(hf_dhcp_read(message, len, &discover, &got));
    }
}

static void offer_without_mask_and_lease_gets_usable_ones(void **state)
{
    (void)state;
    static const uint8_t bare[] = {53, 1, 2, 51, 4, 0, 0, 0, 1, 255};
    uint8_t message[512];
    struct hf_dhcp_answer got;
    const size_t len = answer(message, &discover, bare, sizeof bare);
    assert_true(hf_dhcp_read(message, len, &discover, &got));
    assert_int_equal(got.address.mask, inet_addr("255.255.255.0"));
    assert_int_equal(got.address.gateway, 0);
    assert_int_equal(got.lease_s, HF_DHCP_LEASE_MIN_S);
}

static void mask_with_a_hole_counts_as_none(void **state)
{
    (void)state;
    uint8_t options[] = {53, 1, 2, 1, 4, 255, 0, 255, 0, 255};
    uint8_t message[512];
    struct hf_dhcp_answer got;
    size_t len = answer(message, &discover, options, sizeof options);
    assert_true(hf_dhcp_read(message, len, &discover, &got));
    assert_int_equal(got.address.mask, inet_addr("255.255.255.0"));
    options[6] = 255;
    options[7] = 128;
    len = answer(message, &discover, options, sizeof options);
    assert_true(hf_dhcp_read(message, len, &discover, &got));
    assert_int_equal(got.address.mask, inet_addr("255.255.128.0"));
}

static bool has(const uint8_t message[HF_DHCP_SEND_BYTES], const void *bytes, size_t len)
{
    return memmem(message + OPTIONS_AT, HF_DHCP_SEND_BYTES - OPTIONS_AT, bytes, len) != NULL;
}

static void request_names_what_was_offered_and_by_whom(void **state)
{
    (void)state;
    uint8_t message[HF_DHCP_SEND_BYTES];
    struct hf_dhcp_ask ask = discover;
    ask.kind = HF_DHCP_REQUEST;
    ask.wanted = inet_addr("192.168.7.20");
    ask.server = inet_addr("192.168.7.1");
    hf_dhcp_write(&ask, message);
    assert_int_equal(message[0], 1);
    assert_int_equal(message[10], 0x80);
    assert_true(has(message, (const uint8_t[]){53, 1, 3, 50, 4, 192, 168, 7, 20}, 9));
    assert_true(has(message, (const uint8_t[]){54, 4, 192, 168, 7, 1}, 6));
    assert_true(has(message,
                    "\x0c\x05"
                    "attic",
                    7));
}

static void renewal_says_its_address_and_wants_a_direct_answer(void **state)
{
    (void)state;
    uint8_t message[HF_DHCP_SEND_BYTES];
    struct hf_dhcp_ask ask = discover;
    ask.kind = HF_DHCP_REQUEST;
    ask.current = inet_addr("192.168.7.20");
    memset(ask.name, 'n', HF_DHCP_NAME_MAX);
    hf_dhcp_write(&ask, message);
    assert_int_equal(message[10], 0);
    assert_memory_equal(message + 12, &ask.current, 4);
    assert_false(has(message, (const uint8_t[]){50, 4}, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offer_is_read_whole),
        cmocka_unit_test(message_that_is_cut_anywhere_is_read_no_further),
        cmocka_unit_test(answers_to_others_and_of_a_wrong_kind_are_refused),
        cmocka_unit_test(addresses_that_no_board_can_have_are_refused),
        cmocka_unit_test(offer_without_mask_and_lease_gets_usable_ones),
        cmocka_unit_test(mask_with_a_hole_counts_as_none),
        cmocka_unit_test(request_names_what_was_offered_and_by_whom),
        cmocka_unit_test(renewal_says_its_address_and_wants_a_direct_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
