#include "../cmocka_all.h"
#include "broker/node_ports.h"
#include "broker/ports.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST 27000 /* far from where `up` begins: no real one comes by while we look */

/* A node that was up before on ports that are free now. */
static struct hf_broker_settings settled(void)
{
    static const char anywhere[1][HF_ADDRESS_MAX + 1] = {"0.0.0.0"};
    const struct hf_port_place place = {anywhere, 1};
    struct hf_broker_settings settings = {0};
    uint16_t *const ports[] = {&settings.port, &settings.node.management_port,
                               &settings.node.dist_port, &settings.node.epmd_port};
    struct hf_claims claims = {0};
    strcpy(settings.node.listen[0], "127.0.0.1");
    settings.node.listen_count = 1;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(hf_port_choose(&place, FIRST, &claims, ports[i], NULL), HF_ERR_OK);
    hf_claim_release_all(&claims);
    return settings;
}

static int take(const char *address, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void ports_that_are_free_are_kept(void **state)
{
    struct hf_claims claims = {0};
    struct hf_broker_settings settings = settled();
    const struct hf_broker_settings before = settings;
    (void)state;
    assert_int_equal(hf_node_ports_choose(&settings, &claims, NULL), HF_ERR_OK);
    assert_int_equal(claims.count, 4);
    assert_int_equal(settings.port, before.port);
    assert_int_equal(settings.node.management_port, before.node.management_port);
    assert_int_equal(settings.node.dist_port, before.node.dist_port);
    assert_int_equal(settings.node.epmd_port, before.node.epmd_port);
    hf_claim_release_all(&claims);
}

static void inner_ports_that_somebody_took_are_chosen_anew(void **state)
{
    struct hf_claims claims = {0};
    struct hf_broker_settings settings = settled();
    const struct hf_broker_settings before = settings;
    (void)state;
    int fds[] = {take("127.0.0.1", before.node.management_port),
                 take("127.0.0.1", before.node.dist_port),
                 take("127.0.0.1", before.node.epmd_port)};
    assert_int_equal(hf_node_ports_choose(&settings, &claims, NULL), HF_ERR_OK);
    assert_int_equal(settings.port, before.port);
    assert_int_not_equal(settings.node.management_port, before.node.management_port);
    assert_int_not_equal(settings.node.dist_port, before.node.dist_port);
    assert_int_not_equal(settings.node.epmd_port, before.node.epmd_port);
    hf_claim_release_all(&claims);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
}

/* RabbitMQ does not start then: dist_port_already_used. */
static void an_inner_port_that_is_taken_on_another_address_is_chosen_anew(void **state)
{
    struct hf_claims claims = {0};
    struct hf_broker_settings settings = settled();
    const struct hf_broker_settings before = settings;
    (void)state;
    int fd = take("127.0.0.2", before.node.dist_port);
    assert_int_equal(hf_node_ports_choose(&settings, &claims, NULL), HF_ERR_OK);
    assert_int_not_equal(settings.node.dist_port, before.node.dist_port);
    hf_claim_release_all(&claims);
    close(fd);
}

static void two_nodes_that_start_at_the_same_moment_get_different_ports(void **state)
{
    struct hf_claims ours = {0}, others = {0};
    struct hf_broker_settings one = settled(), other = one;
    (void)state;
    one.port = other.port = 0;
    assert_int_equal(hf_node_ports_choose(&one, &ours, NULL), HF_ERR_OK);
    assert_int_equal(hf_node_ports_choose(&other, &others, NULL), HF_ERR_OK);
    assert_int_not_equal(one.port, other.port);
    assert_int_not_equal(one.node.management_port, other.node.management_port);
    assert_int_not_equal(one.node.dist_port, other.node.dist_port);
    assert_int_not_equal(one.node.epmd_port, other.node.epmd_port);
    hf_claim_release_all(&ours);
    hf_claim_release_all(&others);
}

static void the_port_that_boards_know_is_kept_or_an_error_that_names_who_has_it(void **state)
{
    struct hf_claims claims = {0};
    struct hf_fault fault;
    struct hf_broker_settings settings = settled();
    const uint16_t port = settings.port;
    (void)state;
    int fd = take("127.0.0.1", port);
    assert_int_equal(hf_node_ports_choose(&settings, &claims, &fault), HF_ERR_BUSY);
    assert_int_equal(settings.port, port);
    assert_non_null(strstr(fault.text, "is held by process"));
    assert_non_null(strstr(fault.text, "--port"));
    hf_claim_release_all(&claims);
    close(fd);
}

static void the_port_that_boards_know_is_claimed_while_the_old_node_has_it(void **state)
{
    struct hf_claims claims = {0}, others = {0};
    struct hf_broker_settings settings = settled();
    (void)state;
    int fd = take("127.0.0.1", settings.port);
    assert_int_equal(hf_node_ports_keep(&settings, &claims, NULL), HF_ERR_OK);
    assert_true(hf_claim_is_held(&claims, settings.port));
    close(fd); /* the old node ends */
    assert_false(hf_claim(&others, settings.port));
    assert_int_equal(hf_node_ports_choose(&settings, &claims, NULL), HF_ERR_OK);
    hf_claim_release_all(&claims);
}

/* In another process: claims the port, says so, and lets go of it a moment later. */
static pid_t look_at(uint16_t port, useconds_t moment_us)
{
    struct hf_claims claims = {0};
    char told = 0;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        bool ok = hf_claim(&claims, port) && write(ends[1], "x", 1) == 1;
        usleep(moment_us);
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(read(ends[0], &told, 1), 1);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void somebody_who_only_looks_at_the_known_port_is_waited_for(void **state)
{
    struct hf_claims claims = {0};
    struct hf_broker_settings settings = settled();
    (void)state;
    pid_t child = look_at(settings.port, 200000);
    assert_int_equal(hf_node_ports_keep(&settings, &claims, NULL), HF_ERR_OK);
    assert_int_equal(waitpid(child, NULL, 0), child);
    hf_claim_release_all(&claims);
}

static void another_up_that_takes_the_known_port_is_an_error(void **state)
{
    struct hf_claims claims = {0};
    struct hf_fault fault;
    struct hf_broker_settings settings = settled();
    (void)state;
    pid_t child = look_at(settings.port, 30000000);
    assert_int_equal(hf_node_ports_keep(&settings, &claims, &fault), HF_ERR_BUSY);
    assert_non_null(strstr(fault.text, "another \"holdfast up\""));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void no_two_ports_of_a_node_are_the_same(void **state)
{
    struct hf_claims claims = {0};
    struct hf_broker_settings settings = settled();
    const uint16_t wished = settings.node.management_port;
    (void)state;
    settings.port = wished; /* up --port 15671 */
    assert_int_equal(hf_node_ports_choose(&settings, &claims, NULL), HF_ERR_OK);
    assert_int_equal(settings.port, wished);
    assert_int_not_equal(settings.node.management_port, wished);
    hf_claim_release_all(&claims);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_that_are_free_are_kept),
        cmocka_unit_test(inner_ports_that_somebody_took_are_chosen_anew),
        cmocka_unit_test(an_inner_port_that_is_taken_on_another_address_is_chosen_anew),
        cmocka_unit_test(two_nodes_that_start_at_the_same_moment_get_different_ports),
        cmocka_unit_test(the_port_that_boards_know_is_kept_or_an_error_that_names_who_has_it),
        cmocka_unit_test(the_port_that_boards_know_is_claimed_while_the_old_node_has_it),
        cmocka_unit_test(somebody_who_only_looks_at_the_known_port_is_waited_for),
        cmocka_unit_test(another_up_that_takes_the_known_port_is_an_error),
        cmocka_unit_test(no_two_ports_of_a_node_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
