#include "../cmocka_all.h"
#include "worker/orders.h"

#include <string.h>

#define PING "{\"command\":\"ping\",\"id\":\"c-1\",\"time\":1700000000000}"

static struct hf_orders orders;
static struct hf_control command;
static struct hf_fault fault;

static enum hf_orders_result take(struct hf_session_event event)
{
    return hf_orders_take(&orders, &event, &command, &fault);
}

/* A delivery whose body comes in pieces of `piece` bytes. */
static enum hf_orders_result deliver(const char *sender, const char *body, size_t len, size_t piece)
{
    assert_int_equal(take((struct hf_session_event){.kind = HF_SESSION_DELIVERY,
                                                    .tag = 7,
                                                    .body_size = len,
                                                    .envelope.user_id = hf_str(sender)}),
                     HF_ORDERS_PARTIAL);
    for (size_t at = 0; at < len; at += piece) {
        const size_t left = len - at < piece ? len - at : piece;
        assert_int_equal(
            take((struct hf_session_event){.kind = HF_SESSION_BODY, .bytes = {body + at, left}}),
            HF_ORDERS_PARTIAL);
    }
    return take((struct hf_session_event){.kind = HF_SESSION_DELIVERED});
}

static int begin(void **state)
{
    (void)state;
    hf_orders_init(&orders, "manager");
    return 0;
}

static void a_command_of_the_manager_is_taken_whole_or_in_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece <= sizeof PING; piece++) {
        assert_int_equal(deliver("manager", PING, strlen(PING), piece), HF_ORDERS_COMMAND);
        assert_int_equal(command.kind, HF_CONTROL_PING);
        assert_string_equal(command.id, "c-1");
        assert_int_equal(orders.tag, 7);
    }
}

static void nobody_else_is_obeyed(void **state)
{
    (void)state;
    static const char *const others[] = {"board-2", "", "managers", "manage", "MANAGER"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(deliver(others[i], PING, strlen(PING), 64), HF_ORDERS_REFUSED);
        assert_int_equal(fault.err, HF_ERR_DENIED);
        assert_int_equal(command.time_ms, 0);
    }
}

static void a_command_that_is_too_large_is_refused_and_the_next_one_taken(void **state)
{
    (void)state;
    static char body[HF_CONTROL_BODY_MAX + 1];
    memset(body, ' ', sizeof body);
    assert_int_equal(deliver("manager", body, sizeof body, 100), HF_ORDERS_REFUSED);
    assert_int_equal(fault.err, HF_ERR_TOO_LARGE);
    assert_int_equal(deliver("manager", PING, strlen(PING), 100), HF_ORDERS_COMMAND);
}

static void an_unknown_command_is_answered_to_its_id(void **state)
{
    (void)state;
    const char *body = "{\"command\":\"dance\",\"id\":\"c-2\",\"time\":1700000000000}";
    assert_int_equal(deliver("manager", body, strlen(body), 100), HF_ORDERS_REFUSED);
    assert_string_equal(command.id, "c-2");
    assert_int_equal(fault.err, HF_ERR_NOT_FOUND);
}

static void what_is_no_command_is_refused(void **state)
{
    (void)state;
    assert_int_equal(deliver("manager", "", 0, 1), HF_ORDERS_REFUSED);
    assert_int_equal(deliver("manager", "[]", 2, 1), HF_ORDERS_REFUSED);
    assert_string_equal(command.id, "");
}

static void a_delivery_cut_off_by_the_link_leaves_nothing_in_the_next(void **state)
{
    (void)state;
    (void)take((struct hf_session_event){
        .kind = HF_SESSION_DELIVERY, .body_size = 20, .envelope.user_id = hf_str("manager")});
    (void)take((struct hf_session_event){.kind = HF_SESSION_BODY, .bytes = {"{\"command\"", 10}});
    assert_int_equal(deliver("manager", PING, strlen(PING), 100), HF_ORDERS_COMMAND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_command_of_the_manager_is_taken_whole_or_in_pieces, begin),
        cmocka_unit_test_setup(nobody_else_is_obeyed, begin),
        cmocka_unit_test_setup(a_command_that_is_too_large_is_refused_and_the_next_one_taken,
                               begin),
        cmocka_unit_test_setup(an_unknown_command_is_answered_to_its_id, begin),
        cmocka_unit_test_setup(what_is_no_command_is_refused, begin),
        cmocka_unit_test_setup(a_delivery_cut_off_by_the_link_leaves_nothing_in_the_next, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
