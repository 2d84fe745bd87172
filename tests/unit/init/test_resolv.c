#include "../cmocka_all.h"
#include "init/resolv.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 300

static bool have_run;

/* /run of this process alone. */
static int make_run(void **state)
{
    (void)state;
    have_run = unshare(CLONE_NEWNS) == 0 && mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
               mount("tmpfs", "/run", "tmpfs", 0, "") == 0;
    return 0;
}

static void set(enum hf_nic_kind kind, const char *first, const char *second)
{
    const uint32_t dns[HF_NIC_DNS_MAX] = {inet_addr(first), second ? inet_addr(second) : 0};
    hf_resolv_set(kind, dns);
}

static void assert_asks(const char *text)
{
    char got[256] = "";
    FILE *file = fopen("/run/resolv.conf", "re");
    if (file) {
        got[fread(got, 1, sizeof got - 1, file)] = '\0';
        (void)fclose(file);
    }
    assert_string_equal(got, text);
}

static void name_servers_of_the_cable_come_first_and_go_with_its_line(void **state)
{
    (void)state;
    if (!have_run)
        skip();
    set(HF_NIC_RADIO, "192.168.1.1", NULL);
    assert_asks("nameserver 192.168.1.1\n");
    set(HF_NIC_CABLE, "10.0.0.1", "10.0.0.2");
    assert_asks("nameserver 10.0.0.1\nnameserver 10.0.0.2\n");
    set(HF_NIC_RADIO, "192.168.1.2", NULL);
    assert_asks("nameserver 10.0.0.1\nnameserver 10.0.0.2\n");
    hf_resolv_set(HF_NIC_CABLE, NULL);
    assert_asks("nameserver 192.168.1.2\n");
    hf_resolv_set(HF_NIC_RADIO, NULL);
    assert_asks("");
}

static void network_without_name_servers_leaves_those_of_the_other(void **state)
{
    (void)state;
    if (!have_run)
        skip();
    set(HF_NIC_RADIO, "192.168.1.1", NULL);
    set(HF_NIC_CABLE, "0.0.0.0", NULL);
    assert_asks("nameserver 192.168.1.1\n");
}

static void two_processes_that_tell_at_once_agree_in_the_end(void **state)
{
    (void)state;
    if (!have_run)
        skip();
    for (int round = 0; round < ROUNDS; round++) {
        set(HF_NIC_CABLE, "10.0.0.1", NULL);
        const pid_t other = fork();
        if (other == 0) {
            set(HF_NIC_RADIO, "192.168.1.1", NULL);
            _exit(0);
        }
        hf_resolv_set(HF_NIC_CABLE, NULL);
        assert_int_equal(waitpid(other, NULL, 0), other);
        assert_asks("nameserver 192.168.1.1\n");
        hf_resolv_set(HF_NIC_RADIO, NULL);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, make_run)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(name_servers_of_the_cable_come_first_and_go_with_its_line),
        TEST(network_without_name_servers_leaves_those_of_the_other),
        TEST(two_processes_that_tell_at_once_agree_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
