#include "../cmocka_all.h"
#include "link/clock.h"
#include "link/dial.h"
#include "loopback.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>

/* Steps a dial by the real clock until it is over. */
static enum hf_err run(struct hf_dial *dial, int *fd, struct hf_fault *fault)
{
    enum hf_err err;
    while ((err = hf_dial_step(dial, hf_clock_mono_ms(), fd, fault)) == HF_ERR_WOULD_READ) {
        struct pollfd ready;
        hf_dial_pollfd(dial, &ready);
        const int64_t left_ms = hf_dial_deadline(dial) - hf_clock_mono_ms();
        assert_true(ready.fd >= 0);
        (void)poll(&ready, 1, left_ms > 0 ? (int)left_ms : 0);
    }
    return err;
}

static enum hf_err dial_to(const char *host, uint16_t port, uint32_t ms, int *fd,
                           struct hf_fault *fault)
{
    struct hf_dial dial;
    const enum hf_err err = hf_dial_start(&dial, host, port, hf_clock_mono_ms(), ms, ms, fault);
    return err == HF_ERR_OK ? run(&dial, fd, fault) : err;
}

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    (void)getsockopt(fd, level, name, &value, &len);
    return value;
}

static void a_connected_socket_is_ready_for_a_poll_loop(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = -1;
    char address[64];
    const int server = loopback_listen(&port, 8);
    assert_int_equal(dial_to("127.0.0.1", port, 5000, &fd, NULL), HF_ERR_OK);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    hf_dial_address(fd, address, sizeof address);
    assert_string_equal(address, "127.0.0.1");
    (void)close(fd);
    (void)close(server);
}

static void silence_is_limited_as_asked(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = -1;
    const int server = loopback_listen(&port, 8);
    assert_int_equal(dial_to("127.0.0.1", port, 5000, &fd, NULL), HF_ERR_OK);
    hf_dial_limit_silence(fd, 20000);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 20000);
    const int idle_s = option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE);
    assert_int_equal(idle_s + option_of(fd, IPPROTO_TCP, TCP_KEEPINTVL) *
                                  option_of(fd, IPPROTO_TCP, TCP_KEEPCNT),
                     20);
    hf_dial_limit_silence(fd, 2000);
    assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
    (void)close(fd);
    (void)close(server);
}

static void an_address_that_refuses_is_passed_over_for_the_next(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = -1;
    struct hf_fault fault;
    const int server = loopback_listen(&port, 8); /* on IPv4 only; localhost may be ::1 first */
    if (dial_to("localhost", port, 5000, &fd, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    (void)close(fd);
    (void)close(server);
}

static void a_port_where_nothing_listens_is_refused_with_a_question(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = -1;
    struct hf_fault fault;
    const int bound = loopback_bind(&port);
    const int before = loopback_descriptors();
    assert_int_equal(dial_to("127.0.0.1", port, 5000, &fd, &fault), HF_ERR_REFUSED);
    assert_int_equal(fault.raw, ECONNREFUSED);
    assert_non_null(strstr(fault.text, "127.0.0.1"));
    assert_non_null(strstr(fault.text, "is the broker up"));
    assert_int_equal(fd, -1);
    assert_int_equal(loopback_descriptors(), before);
    (void)close(bound);
}

static void a_host_that_swallows_everything_takes_no_longer_than_its_time(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fds[LOOPBACK_FULL], fd = -1;
    struct hf_fault fault;
    assert_true(loopback_full(&port, fds));
    const int before = loopback_descriptors();
    const int64_t began_ms = hf_clock_mono_ms();
    assert_int_equal(dial_to("127.0.0.1", port, 200, &fd, &fault), HF_ERR_TIMED_OUT);
    assert_in_range(hf_clock_mono_ms() - began_ms, 199, 900);
    assert_non_null(strstr(fault.text, "cannot reach 127.0.0.1"));
    assert_int_equal(loopback_descriptors(), before);
    loopback_close(fds, LOOPBACK_FULL);
}

/* Addresses as a look-up would have found them. */
static void begin_with(struct hf_dial *dial, uint16_t port, uint32_t addresses, int64_t now_ms,
                       uint32_t connect_ms)
{
    const struct sockaddr_in address = loopback_address(port);
    assert_int_equal(hf_dial_start(dial, "127.0.0.1", port, now_ms, 0, connect_ms, NULL),
                     HF_ERR_OK);
    for (uint32_t i = 0; i < addresses; i++) {
        dial->resolve.answer.list[i].len = sizeof address;
        memcpy(&dial->resolve.answer.list[i].storage, &address, sizeof address);
    }
    dial->resolve.answer.count = addresses;
}

static void all_addresses_together_keep_to_the_time_given(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fds[LOOPBACK_FULL], fd = -1;
    struct hf_dial dial;
    int64_t now_ms = 1000;
    assert_true(loopback_full(&port, fds));
    begin_with(&dial, port, 4, now_ms, 6000);
    static const int64_t deadlines[] = {2500, 4000, 5500, 7000};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(hf_dial_step(&dial, now_ms, &fd, NULL), HF_ERR_WOULD_READ);
        assert_int_equal(hf_dial_deadline(&dial), deadlines[i]);
        now_ms = deadlines[i];
    }
    assert_int_equal(hf_dial_step(&dial, now_ms, &fd, NULL), HF_ERR_TIMED_OUT);
    assert_int_equal(hf_dial_deadline(&dial), INT64_MAX);

    begin_with(&dial, port, 8, 0, 2500); /* too little for a second each: as many as fit get one */
    static const int64_t short_deadlines[] = {1000, 2000, 2500};
    now_ms = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(hf_dial_step(&dial, now_ms, &fd, NULL), HF_ERR_WOULD_READ);
        assert_int_equal(hf_dial_deadline(&dial), short_deadlines[i]);
        now_ms = short_deadlines[i];
    }
    assert_int_equal(hf_dial_step(&dial, now_ms, &fd, NULL), HF_ERR_TIMED_OUT);
    loopback_close(fds, LOOPBACK_FULL);
}

static void time_that_an_address_left_over_goes_to_the_next(void **state)
{
    (void)state;
    uint16_t port = 0, closed_port = 0;
    int fds[LOOPBACK_FULL], fd = -1;
    struct hf_dial dial;
    const int bound = loopback_bind(&closed_port);
    const struct sockaddr_in refusing = loopback_address(closed_port);
    assert_true(loopback_full(&port, fds));
    begin_with(&dial, port, 2, 0, 6000);
    memcpy(&dial.resolve.answer.list[0].storage, &refusing, sizeof refusing);
    assert_int_equal(hf_dial_step(&dial, 0, &fd, NULL), HF_ERR_WOULD_READ);
    if (dial.next == 1) /* loopback may take a moment to refuse */
        assert_int_equal(hf_dial_step(&dial, 500, &fd, NULL), HF_ERR_WOULD_READ);
    assert_int_equal(dial.next, 2);
    assert_int_equal(hf_dial_deadline(&dial), 6000);
    hf_dial_cancel(&dial);
    (void)close(bound);
    loopback_close(fds, LOOPBACK_FULL);
}

/* Begins a look-up whose child is stopped before it could answer: false when it was faster. */
static bool begin_stalled(struct hf_dial *dial)
{
    siginfo_t info;
    assert_int_equal(hf_dial_start(dial, "localhost", 5671, 1000, 300, 5000, NULL), HF_ERR_OK);
    const pid_t child = dial->resolve.child;
    (void)kill(child, SIGSTOP);
    (void)waitid(P_PID, (id_t)child, &info, WSTOPPED | WEXITED | WNOWAIT);
    struct pollfd answer = {.fd = dial->resolve.fd, .events = POLLIN};
    return poll(&answer, 1, 0) == 0;
}

static void a_name_server_that_never_answers_is_given_up_in_time(void **state)
{
    (void)state;
    struct hf_dial dial;
    struct hf_fault fault;
    int fd = -1, tries = 0;
    while (!begin_stalled(&dial) && tries++ < 100)
        hf_dial_cancel(&dial);
    assert_int_equal(hf_dial_deadline(&dial), 1300);
    assert_int_equal(hf_dial_step(&dial, 1299, &fd, &fault), HF_ERR_WOULD_READ);
    assert_int_equal(hf_dial_step(&dial, 1300, &fd, &fault), HF_ERR_TIMED_OUT);
    assert_non_null(strstr(fault.text, "localhost"));
    assert_true(loopback_no_children());
    assert_int_equal(hf_dial_step(&dial, 1300, &fd, &fault), HF_ERR_ILLEGAL);
}

static void a_numeric_address_is_not_waited_for(void **state)
{
    (void)state;
    struct hf_dial dial;
    assert_int_equal(hf_dial_start(&dial, "192.0.2.1", 5671, 1000, 300, 5000, NULL), HF_ERR_OK);
    assert_int_equal(hf_dial_deadline(&dial), 1000);
    hf_dial_cancel(&dial);
    hf_dial_cancel(&dial);
    assert_int_equal(hf_dial_deadline(&dial), INT64_MAX);
}

static void a_host_that_is_no_host_is_refused_at_once(void **state)
{
    (void)state;
    struct hf_dial dial;
    char name[HF_DIAL_HOST_MAX + 2];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(hf_dial_start(&dial, name, 1, 0, 1, 1, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_dial_start(&dial, "", 1, 0, 1, 1, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_dial_start(&dial, NULL, 1, 0, 1, 1, NULL), HF_ERR_INVALID);
    hf_dial_cancel(&dial);
}

static void waiting_connects_or_says_why_not_within_its_time(void **state)
{
    (void)state;
    uint16_t port = 0, full_port = 0;
    int fds[LOOPBACK_FULL], fd = -1;
    struct hf_fault fault;
    const int server = loopback_listen(&port, 8);
    assert_int_equal(hf_dial_wait("localhost", port, 5000, &fd, &fault), HF_ERR_OK);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)close(server);
    assert_true(loopback_full(&full_port, fds));
    const int64_t began_ms = hf_clock_mono_ms();
    assert_int_equal(hf_dial_wait("127.0.0.1", full_port, 200, &fd, &fault), HF_ERR_TIMED_OUT);
    assert_in_range(hf_clock_mono_ms() - began_ms, 199, 900);
    assert_int_equal(hf_dial_wait("", full_port, 200, &fd, &fault), HF_ERR_INVALID);
    assert_true(loopback_no_children());
    loopback_close(fds, LOOPBACK_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connected_socket_is_ready_for_a_poll_loop),
        cmocka_unit_test(silence_is_limited_as_asked),
        cmocka_unit_test(an_address_that_refuses_is_passed_over_for_the_next),
        cmocka_unit_test(a_port_where_nothing_listens_is_refused_with_a_question),
        cmocka_unit_test(a_host_that_swallows_everything_takes_no_longer_than_its_time),
        cmocka_unit_test(all_addresses_together_keep_to_the_time_given),
        cmocka_unit_test(time_that_an_address_left_over_goes_to_the_next),
        cmocka_unit_test(a_name_server_that_never_answers_is_given_up_in_time),
        cmocka_unit_test(a_numeric_address_is_not_waited_for),
        cmocka_unit_test(a_host_that_is_no_host_is_refused_at_once),
        cmocka_unit_test(waiting_connects_or_says_why_not_within_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
