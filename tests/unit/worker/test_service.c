#include "../cmocka_all.h"
#include "worker/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* systemd's side: a datagram socket in a folder of the test's. */
static char folder[32];
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int systemd = -1;
static struct hf_service service;
static struct hf_fault fault;

static int listen_as_systemd(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
    systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(systemd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
    return 0;
}

static int stop_listening(void **state)
{
    (void)state;
    (void)close(systemd);
    (void)unlink(address.sun_path);
    (void)rmdir(folder);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    return 0;
}

/* The next datagram; "" when there is none. */
static const char *heard(void)
{
    static char text[128];
    const ssize_t got = recv(systemd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static void systemd_hears_what_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(hf_service_open(&service, "", 0, &fault), HF_ERR_OK);
    hf_service_tell(&service, HF_SERVICE_READY);
    assert_string_equal(heard(), "READY=1\nSTATUS=connected");
    hf_service_close(&service);
}

static void the_watchdog_is_fed_three_times_in_its_interval_and_only_by_turns(void **state)
{
    (void)state;
    assert_int_equal(hf_service_open(&service, "", 100, &fault), HF_ERR_OK);
    assert_string_equal(heard(), "");
    hf_service_turn(&service, 100);
    assert_string_equal(heard(), "WATCHDOG=1");
    assert_int_equal(hf_service_deadline(&service), 1100);
    hf_service_turn(&service, 1099);
    assert_string_equal(heard(), "");
    hf_service_turn(&service, 1100);
    assert_string_equal(heard(), "WATCHDOG=1");
    hf_service_close(&service);
}

static void where_nobody_watches_nothing_is_due(void **state)
{
    (void)state;
    assert_int_equal(hf_service_open(&service, "", 0, &fault), HF_ERR_OK);
    hf_service_tell(&service, HF_SERVICE_READY);
    hf_service_turn(&service, 5);
    assert_true(hf_service_deadline(&service) == INT64_MAX);
    hf_service_close(&service);
}

static void a_watchdog_device_that_is_not_there_is_named(void **state)
{
    (void)state;
    assert_int_equal(hf_service_open(&service, "/nowhere/watchdog", 0, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "/nowhere/watchdog"));
    hf_service_close(&service);
}

static void a_listener_that_is_gone_does_no_harm(void **state)
{
    (void)state;
    assert_int_equal(hf_service_open(&service, "", 0, &fault), HF_ERR_OK);
    (void)close(systemd);
    (void)unlink(address.sun_path);
    hf_service_tell(&service, HF_SERVICE_READY);
    hf_service_turn(&service, 10000);
    hf_service_close(&service);
    systemd = -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(systemd_hears_what_it_is_told, listen_as_systemd,
                                        stop_listening),
        cmocka_unit_test_setup_teardown(
            the_watchdog_is_fed_three_times_in_its_interval_and_only_by_turns, listen_as_systemd,
            stop_listening),
        cmocka_unit_test(where_nobody_watches_nothing_is_due),
        cmocka_unit_test(a_watchdog_device_that_is_not_there_is_named),
        cmocka_unit_test_setup_teardown(a_listener_that_is_gone_does_no_harm, listen_as_systemd,
                                        stop_listening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
