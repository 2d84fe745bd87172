#include "../cmocka_all.h"
#include "../scratch.h"
#include "home/purge.h"

#include <unistd.h>

static void purging_deletes_what_is_ours_and_nothing_else(void **state)
{
    (void)state;
    hf_file_make_dir(scratch_path("pki"), NULL);
    hf_file_make_dir(scratch_path("bodies/ab"), NULL);
    hf_file_make_dir(scratch_path("broker/data"), NULL);
    hf_file_write(scratch_path("pki/x.key"), "x", 1, 0600, NULL);
    hf_file_write(scratch_path("ledger.db-wal"), "x", 1, 0600, NULL);
    hf_file_write(scratch_path("thesis.txt"), "x", 1, 0600, NULL);
    assert_int_equal(hf_home_purge(&scratch, NULL), HF_ERR_OK);
    assert_true(hf_file_exists(scratch_path("thesis.txt")));
    assert_false(hf_file_exists(scratch_path("pki")));
    assert_false(hf_file_exists(scratch_path("broker")));
    assert_false(hf_file_exists(scratch_path("ledger.db-wal")));
    unlink(scratch_path("thesis.txt"));
    assert_int_equal(hf_home_purge(&scratch, NULL), HF_ERR_OK);
    assert_false(hf_file_exists(scratch.dir));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(purging_deletes_what_is_ours_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
