#include "../cmocka_all.h"
#include "deploy/sum.h"

static void a_sum_is_what_sha256sum_prints(void **state)
{
    (void)state;
    char sum[HF_SUM_TEXT];
    assert_int_equal(hf_sum("abc", 3, sum, NULL), HF_ERR_OK);
    assert_string_equal(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sum_is_what_sha256sum_prints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
