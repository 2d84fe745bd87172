#include "../ledger/fixture.h"
#include "manager/turn.h"

#include <sys/wait.h>
#include <unistd.h>

static struct hf_home home_of(struct fixture *f)
{
    struct hf_home home;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    return home;
}

static void only_one_at_a_time_publishes(void **state)
{
    struct fixture *f = *state;
    struct hf_home home = home_of(f);
    int first = -1;
    int second = -1;
    assert_ok(f, hf_turn_take(&home, &first, &f->fault));
    assert_int_equal(hf_turn_take(&home, &second, &f->fault), HF_ERR_BUSY);
    assert_int_equal(second, -1);
    close(first);
    assert_ok(f, hf_turn_take(&home, &second, &f->fault));
    close(second);
}

static void a_process_that_dies_gives_its_turn_up(void **state)
{
    struct fixture *f = *state;
    struct hf_home home = home_of(f);
    int fd = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(hf_turn_take(&home, &fd, NULL) == HF_ERR_OK ? 0 : 1);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(f, hf_turn_take(&home, &fd, &f->fault));
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_one_at_a_time_publishes),
        TEST(a_process_that_dies_gives_its_turn_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
