#include "../cmocka_all.h"
#include "../scratch.h"
#include "home/file.h"
#include "pki/signing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_all(const char *name)
{
    char *text = NULL;
    assert_int_equal(hf_file_read(scratch_path(name), 4096, &text, NULL, NULL), HF_ERR_OK);
    return text;
}

static void the_key_is_private_the_public_half_is_not_and_both_stay(void **state)
{
    struct stat about;
    (void)state;
    mode_t before = umask(0);
    assert_int_equal(hf_pki_setup_signing(&scratch, NULL), HF_ERR_OK);
    umask(before);
    assert_int_equal(stat(scratch_path("pki/signing.key"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(stat(scratch_path("pki/signing.pub"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0644);
    char *key = read_all("pki/signing.key"), *pub = read_all("pki/signing.pub");
    assert_non_null(strstr(pub, "BEGIN PUBLIC KEY"));
    assert_int_equal(unlink(scratch_path("pki/signing.pub")), 0);
    assert_int_equal(hf_pki_setup_signing(&scratch, NULL), HF_ERR_OK);
    char *key_again = read_all("pki/signing.key"), *pub_again = read_all("pki/signing.pub");
    assert_string_equal(key, key_again);
    assert_string_equal(pub, pub_again);
    free(key);
    free(pub);
    free(key_again);
    free(pub_again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_key_is_private_the_public_half_is_not_and_both_stay,
                                        scratch_make, scratch_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
