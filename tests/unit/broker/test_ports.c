#include "../cmocka_all.h"
#include "broker/ports.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char loopback[1][HF_ADDRESS_MAX + 1] = {"127.0.0.1"};
static const struct hf_port_place here = {loopback, 1};

/* A listener on a port of the kernel's choice. */
static int open_listener(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void only_a_listener_counts_in_the_kernels_table(void **state)
{
    static const char table[] =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
        "   0: 0100007F:1627 0200007F:9C40 01 00000000:00000000 00:00000000 00000000     0        "
        "0 "
        "111 1 0000000000000000 20 4 30 10 -1\n"
        "   1: 0100007F:1627 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        "
        "0 "
        "222 1 0000000000000000 100 0 0 10 0\n"
        "   2: 00000000000000000000000001000000:3D37 00000000000000000000000000000000:0000 0A "
        "00000000:00000000 00:00000000 00000000   108        0 333 1 0000000000000000 100 0 0\n";
    (void)state;
    assert_int_equal(hf_port_listener_inode(table, 0x1627), 222);
    assert_int_equal(hf_port_listener_inode(table, 0x3D37), 333);
    assert_int_equal(hf_port_listener_inode(table, 0x9C40), 0);
    assert_int_equal(hf_port_listener_inode("", 1), 0);
    assert_int_equal(hf_port_listener_inode("header\ngarbage", 1), 0);
}

static void the_holder_of_a_port_is_found_by_pid_and_name(void **state)
{
    struct hf_port_holder holder;
    uint16_t port = 0;
    char name[HF_PROCESS_NAME_MAX + 1];
    (void)state;
    int fd = open_listener(&port);
    assert_true(hf_port_held(port, &holder));
    assert_int_equal(holder.pid, getpid());
    assert_true(hf_process_name(getpid(), name));
    assert_string_equal(holder.name, name);
    close(fd);
    assert_false(hf_port_held(port, NULL));
}

static void a_busy_port_is_an_error_that_names_who_holds_it(void **state)
{
    struct hf_fault fault;
    uint16_t port = 0;
    char pid[32];
    (void)state;
    int fd = open_listener(&port);
    assert_int_equal(hf_port_check("127.0.0.1", port, &fault), HF_ERR_BUSY);
    snprintf(pid, sizeof pid, "process %d", (int)getpid());
    assert_non_null(strstr(fault.text, pid));
    assert_int_equal(hf_port_check("0.0.0.0", port, NULL), HF_ERR_BUSY);
    close(fd);
    assert_int_equal(hf_port_check("127.0.0.1", port, NULL), HF_ERR_OK);
}

static void an_address_of_another_machine_is_no_busy_port(void **state)
{
    struct hf_fault fault;
    (void)state;
    assert_int_equal(hf_port_check("203.0.113.200", 20000, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "203.0.113.200"));
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

static void the_next_free_port_is_chosen(void **state)
{
    struct hf_claims claims = {0};
    uint16_t first = 0, next = 0;
    (void)state;
    assert_int_equal(hf_port_choose(&here, 21000, &claims, &first, NULL), HF_ERR_OK);
    assert_true(first >= 21000 && first < 21200);
    hf_claim_release_all(&claims);
    int fd = listen_on(first);
    assert_true(fd >= 0);
    assert_int_equal(hf_port_choose(&here, 21000, &claims, &next, NULL), HF_ERR_OK);
    assert_true(next > first);
    hf_claim_release_all(&claims);
    close(fd);
}

static void a_port_that_another_up_has_claimed_is_not_chosen(void **state)
{
    struct hf_claims ours = {0}, others = {0};
    uint16_t first = 0, next = 0;
    (void)state;
    assert_int_equal(hf_port_choose(&here, 21300, &others, &first, NULL), HF_ERR_OK);
    assert_int_equal(hf_port_choose(&here, 21300, &ours, &next, NULL), HF_ERR_OK);
    assert_true(next > first);
    hf_claim_release_all(&others);
    hf_claim_release_all(&ours);
    assert_int_equal(hf_port_choose(&here, 21300, &ours, &next, NULL), HF_ERR_OK);
    assert_int_equal(next, first);
    hf_claim_release_all(&ours);
}

static void a_busy_port_is_not_left_claimed(void **state)
{
    struct hf_claims claims = {0};
    uint16_t busy = 0, port = 0;
    (void)state;
    assert_int_equal(hf_port_choose(&here, 21500, &claims, &busy, NULL), HF_ERR_OK);
    hf_claim_release_all(&claims);
    int fd = listen_on(busy);
    assert_true(fd >= 0);
    assert_int_equal(hf_port_choose(&here, busy, &claims, &port, NULL), HF_ERR_OK);
    assert_int_equal(claims.count, 1);
    assert_int_equal(claims.held[0].port, port);
    hf_claim_release_all(&claims);
    close(fd);
}

static void plain_amqps_port_is_never_chosen_and_none_above_32767(void **state)
{
    struct hf_claims claims = {0};
    uint16_t port = 0;
    (void)state;
    assert_int_equal(hf_port_choose(&here, 5672, &claims, &port, NULL), HF_ERR_OK);
    assert_int_not_equal(port, 5672);
    port = 0;
    assert_int_equal(hf_port_choose(&here, 32768, &claims, &port, NULL), HF_ERR_BUSY);
    assert_int_equal(port, 0);
    hf_claim_release_all(&claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_listener_counts_in_the_kernels_table),
        cmocka_unit_test(the_holder_of_a_port_is_found_by_pid_and_name),
        cmocka_unit_test(a_busy_port_is_an_error_that_names_who_holds_it),
        cmocka_unit_test(an_address_of_another_machine_is_no_busy_port),
        cmocka_unit_test(the_next_free_port_is_chosen),
        cmocka_unit_test(a_port_that_another_up_has_claimed_is_not_chosen),
        cmocka_unit_test(a_busy_port_is_not_left_claimed),
        cmocka_unit_test(plain_amqps_port_is_never_chosen_and_none_above_32767),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
