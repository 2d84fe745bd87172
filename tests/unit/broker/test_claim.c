#include "../cmocka_all.h"
#include "broker/claim.h"

#include <sys/wait.h>
#include <unistd.h>

#define PORT 41234 /* above what `up` chooses from: no real one claims it */

static void a_claim_is_exclusive_until_it_is_released(void **state)
{
    struct hf_claims ours = {0}, others = {0};
    (void)state;
    assert_true(hf_claim(&ours, PORT));
    assert_false(hf_claim(&others, PORT));
    assert_false(hf_claim(&ours, PORT));
    assert_true(hf_claim(&others, PORT + 1));
    hf_claim_release(&ours, PORT);
    assert_true(hf_claim(&others, PORT));
    hf_claim_release_all(&others);
    assert_true(hf_claim(&ours, PORT + 1));
    hf_claim_release_all(&ours);
}

/* In a child that ends without releasing it: as after SIGKILL, the kernel does. */
static void a_claim_ends_with_its_process(void **state)
{
    struct hf_claims claims = {0};
    int status = 0;
    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(hf_claim(&claims, PORT) ? 7 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_true(hf_claim(&claims, PORT));
    hf_claim_release_all(&claims);
}

static void no_more_are_held_than_there_is_room_for(void **state)
{
    struct hf_claims claims = {0}, others = {0};
    (void)state;
    for (uint16_t i = 0; i < HF_CLAIMS_MAX; i++)
        assert_true(hf_claim(&claims, (uint16_t)(PORT + i)));
    assert_false(hf_claim(&claims, PORT + HF_CLAIMS_MAX));
    assert_true(hf_claim(&others, PORT + HF_CLAIMS_MAX));
    hf_claim_release(&claims, PORT + HF_CLAIMS_MAX); /* not held: nothing happens */
    assert_int_equal(claims.count, HF_CLAIMS_MAX);
    hf_claim_release_all(&claims);
    hf_claim_release_all(&others);
    assert_int_equal(claims.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_is_exclusive_until_it_is_released),
        cmocka_unit_test(a_claim_ends_with_its_process),
        cmocka_unit_test(no_more_are_held_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
