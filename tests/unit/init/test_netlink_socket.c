#include "../cmocka_all.h"
#include "init/netlink_socket.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK 1
#define NOBODY   0x7FFFFFF0

static void ask_of(struct hf_netlink *message, int card)
{
    const struct ifinfomsg head = {.ifi_index = card};
    hf_netlink_begin(message, RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &head, sizeof head);
}

static void count(void *context, const struct nlmsghdr *message)
{
    if (message->nlmsg_type == RTM_NEWLINK)
        ++*(int *)context;
}

static void answer_is_that_of_the_question(void **state)
{
    (void)state;
    struct hf_netlink message;
    int cards = 0;
    const int fd = hf_netlink_open(NETLINK_ROUTE);
    assert_true(fd >= 0);
    ask_of(&message, LOOPBACK);
    assert_true(hf_netlink_ask(fd, &message, count, &cards));
    assert_int_equal(cards, 1);
    ask_of(&message, NOBODY);
    assert_false(hf_netlink_ask(fd, &message, count, &cards));
    assert_int_equal(errno, ENODEV);
    assert_int_equal(cards, 1);
    (void)close(fd);
}

/* As after a kernel that took longer than one waits. */
static void late_answer_is_passed_over(void **state)
{
    (void)state;
    struct hf_netlink message;
    int cards = 0;
    const int fd = hf_netlink_open(NETLINK_ROUTE);
    ask_of(&message, LOOPBACK);
    assert_int_equal(send(fd, message.bytes, message.len, 0), message.len);
    ask_of(&message, NOBODY);
    assert_false(hf_netlink_ask(fd, &message, count, &cards));
    assert_int_equal(errno, ENODEV);
    assert_int_equal(cards, 0);
    (void)close(fd);
}

static void message_that_grew_too_long_is_not_sent(void **state)
{
    (void)state;
    static const uint8_t much[HF_NETLINK_ROOM];
    struct hf_netlink message;
    ask_of(&message, LOOPBACK);
    hf_netlink_put(&message, 1, much, sizeof much);
    assert_false(hf_netlink_tell(NETLINK_ROUTE, &message));
    assert_int_equal(errno, EMSGSIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_is_that_of_the_question),
        cmocka_unit_test(late_answer_is_passed_over),
        cmocka_unit_test(message_that_grew_too_long_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
