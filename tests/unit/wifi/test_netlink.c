#include "../cmocka_all.h"
#include "wifi/netlink.h"

#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

static const struct nlmsghdr *whole(const struct hf_netlink *message)
{
    return (const struct nlmsghdr *)message->bytes;
}

static void begin(struct hf_netlink *message)
{
    hf_netlink_order(message, 27, NLM_F_REQUEST, 5);
    hf_netlink_put_u32(message, 1, 0x01020304);
    hf_netlink_put(message, 2, "odd", 3);
    const size_t nest = hf_netlink_nest(message, 3);
    hf_netlink_put_u8(message, 1, 9);
    hf_netlink_put(message, 2, NULL, 0);
    hf_netlink_end(message, nest);
    hf_netlink_put_u32(message, 4, 7);
}

static void what_was_put_is_found(void **state)
{
    (void)state;
    struct hf_netlink message;
    struct hf_attribute one;
    begin(&message);
    assert_false(message.broken);
    assert_int_equal(whole(&message)->nlmsg_len, message.len);
    assert_int_equal(whole(&message)->nlmsg_type, 27);
    struct hf_attribute all = hf_netlink_attributes(whole(&message), sizeof(struct genlmsghdr));
    assert_int_equal(hf_attribute_u32(hf_attribute_find(all, 1)), 0x01020304);
    assert_int_equal(hf_attribute_u32(hf_attribute_find(all, 4)), 7);
    assert_int_equal(hf_attribute_find(all, 2).len, 3);
    assert_memory_equal(hf_attribute_find(all, 2).data, "odd", 3);
    assert_null(hf_attribute_find(all, 5).data);
    struct hf_attribute inside = hf_attribute_find(all, 3);
    assert_true(hf_attribute_next(&inside, &one) && one.len == 1 && one.data[0] == 9);
    assert_true(hf_attribute_next(&inside, &one) && one.len == 0);
    assert_false(hf_attribute_next(&inside, &one));
}

static void message_that_grows_too_long_is_broken_and_stays_within_its_room(void **state)
{
    (void)state;
    struct hf_netlink message;
    uint8_t data[300] = {0};
    hf_netlink_order(&message, 27, 0, 5);
    for (int i = 0; i < 8; i++)
        hf_netlink_put(&message, 1, data, sizeof data);
    assert_true(message.broken);
    assert_true(message.len <= sizeof message.bytes);
    const size_t len = message.len;
    hf_netlink_put_u8(&message, 1, 1);
    hf_netlink_end(&message, hf_netlink_nest(&message, 2));
    assert_int_equal(message.len, len);
}

/* Each copy lies at the end of its own memory, so that reading beyond it is caught by the
 * sanitizer. */
static void message_that_is_cut_anywhere_is_read_no_further(void **state)
{
    (void)state;
    struct hf_netlink message;
    begin(&message);
    for (size_t cut = 0; cut < message.len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        size_t at = 0;
        memcpy(copy, message.bytes, cut);
        assert_null(hf_netlink_part(copy, cut, &at));
        struct hf_attribute all = {.data = copy, .len = cut}, one;
        while (hf_attribute_next(&all, &one))
            assert_true(one.data + one.len <= copy + cut);
        free(copy);
    }
}

static void parts_of_an_answer_are_taken_one_by_one(void **state)
{
    (void)state;
    _Alignas(NLMSG_ALIGNTO) uint8_t answer[2 * HF_NETLINK_ROOM];
    struct hf_netlink message;
    size_t at = 0;
    begin(&message);
    memcpy(answer, message.bytes, message.len);
    memcpy(answer + message.len, message.bytes, message.len);
    const size_t len = 2 * message.len;
    assert_ptr_equal(hf_netlink_part(answer, len, &at), answer);
    assert_ptr_equal(hf_netlink_part(answer, len, &at), answer + message.len);
    assert_null(hf_netlink_part(answer, len, &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found),
        cmocka_unit_test(message_that_grows_too_long_is_broken_and_stays_within_its_room),
        cmocka_unit_test(message_that_is_cut_anywhere_is_read_no_further),
        cmocka_unit_test(parts_of_an_answer_are_taken_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
