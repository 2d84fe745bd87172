#include "../cmocka_all.h"
#include "../scratch.h"
#include "home/lock.h"

#include <unistd.h>

static void the_lock_is_held_by_one_at_a_time(void **state)
{
    struct hf_fault fault;
    int first = -1, second = -1;
    (void)state;
    assert_int_equal(hf_home_lock(&scratch, &first, NULL), HF_ERR_OK);
    assert_int_equal(hf_home_lock(&scratch, &second, &fault), HF_ERR_BUSY);
    close(first);
    assert_int_equal(hf_home_lock(&scratch, &second, NULL), HF_ERR_OK);
    close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(the_lock_is_held_by_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
