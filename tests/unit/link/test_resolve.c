#include "../cmocka_all.h"
#include "link/clock.h"
#include "link/resolve.h"
#include "loopback.h"

#include <poll.h>
#include <signal.h>

static enum hf_err run(struct hf_resolve *resolve, const char *host, struct hf_fault *fault)
{
    enum hf_err err = hf_resolve_start(resolve, host, 5671, fault);
    while (err == HF_ERR_OK) {
        err = hf_resolve_step(resolve, host, fault);
        if (err != HF_ERR_WOULD_READ)
            break;
        struct pollfd ready = {.fd = resolve->fd, .events = POLLIN};
        assert_int_equal(poll(&ready, 1, 20000), 1);
        err = HF_ERR_OK;
    }
    return err;
}

static void a_numeric_address_needs_no_child(void **state)
{
    (void)state;
    struct hf_resolve resolve;
    assert_int_equal(hf_resolve_start(&resolve, "127.0.0.1", 5671, NULL), HF_ERR_OK);
    assert_int_equal(resolve.fd, -1);
    assert_int_equal(resolve.child, 0);
    assert_int_equal(hf_resolve_step(&resolve, "127.0.0.1", NULL), HF_ERR_OK);
    assert_int_equal(resolve.answer.count, 1);
    const struct sockaddr_in *found = (const struct sockaddr_in *)&resolve.answer.list[0].storage;
    assert_int_equal(found->sin_family, AF_INET);
    assert_int_equal(ntohs(found->sin_port), 5671);
    assert_int_equal(ntohl(found->sin_addr.s_addr), INADDR_LOOPBACK);
    hf_resolve_cancel(&resolve);
}

static void an_ipv6_address_is_one_too(void **state)
{
    (void)state;
    struct hf_resolve resolve;
    assert_int_equal(run(&resolve, "::1", NULL), HF_ERR_OK);
    assert_int_equal(resolve.answer.count, 1);
    assert_int_equal(resolve.answer.list[0].storage.ss_family, AF_INET6);
}

static void a_name_is_looked_up_in_a_child_that_leaves_nothing_behind(void **state)
{
    (void)state;
    const int before = loopback_descriptors();
    struct hf_resolve resolve;
    struct hf_fault fault;
    if (run(&resolve, "localhost", &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    assert_true(resolve.answer.count >= 1);
    assert_int_equal(resolve.fd, -1);
    assert_true(loopback_no_children());
    assert_int_equal(loopback_descriptors(), before);
}

static void a_name_that_cannot_be_is_named_in_the_fault(void **state)
{
    (void)state;
    struct hf_resolve resolve;
    struct hf_fault fault;
    assert_int_equal(run(&resolve, "no..name", &fault), HF_ERR_RESOLVE);
    assert_non_null(strstr(fault.text, "no..name"));
    assert_non_null(strstr(fault.text, "name server"));
    assert_true(loopback_no_children());
}

static void a_look_up_that_is_given_up_ends_its_child(void **state)
{
    (void)state;
    const int before = loopback_descriptors();
    struct hf_resolve resolve;
    assert_int_equal(hf_resolve_start(&resolve, "localhost", 1, NULL), HF_ERR_OK);
    assert_true(resolve.child > 0);
    (void)kill(resolve.child, SIGSTOP); /* as one whose name server never answers */
    const int64_t began_ms = hf_clock_mono_ms();
    hf_resolve_cancel(&resolve);
    hf_resolve_cancel(&resolve);
    assert_true(hf_clock_mono_ms() - began_ms < 2000);
    assert_true(loopback_no_children());
    assert_int_equal(loopback_descriptors(), before);
}

static void a_child_that_dies_without_an_answer_is_an_error_and_no_hang(void **state)
{
    (void)state;
    struct hf_resolve resolve;
    struct hf_fault fault;
    assert_int_equal(hf_resolve_start(&resolve, "localhost", 1, NULL), HF_ERR_OK);
    (void)kill(resolve.child, SIGKILL);
    struct pollfd ready = {.fd = resolve.fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 20000), 1);
    const enum hf_err err = hf_resolve_step(&resolve, "localhost", &fault);
    if (err != HF_ERR_OK) { /* unless it was faster than the signal */
        assert_int_equal(err, HF_ERR_RESOLVE);
        assert_non_null(strstr(fault.text, "without an answer"));
    }
    assert_true(loopback_no_children());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_numeric_address_needs_no_child),
        cmocka_unit_test(an_ipv6_address_is_one_too),
        cmocka_unit_test(a_name_is_looked_up_in_a_child_that_leaves_nothing_behind),
        cmocka_unit_test(a_name_that_cannot_be_is_named_in_the_fault),
        cmocka_unit_test(a_look_up_that_is_given_up_ends_its_child),
        cmocka_unit_test(a_child_that_dies_without_an_answer_is_an_error_and_no_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
