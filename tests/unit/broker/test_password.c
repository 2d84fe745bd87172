#include "../cmocka_all.h"
#include "../scratch.h"
#include "broker/password.h"

#include <sys/stat.h>

static void the_hash_is_the_one_of_rabbitmqs_documentation(void **state)
{
    static const uint8_t salt[HF_PASSWORD_SALT] = {0x90, 0x8D, 0xC6, 0x0A};
    char hash[HF_PASSWORD_HASH_TEXT];
    (void)state;
    hf_password_hash("test12", salt, hash);
    assert_string_equal(hash, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
}

static void the_password_is_made_once_and_for_its_owner_only(void **state)
{
    char first[HF_PASSWORD_HASH_TEXT], second[HF_PASSWORD_HASH_TEXT];
    char *before = NULL, *after = NULL;
    struct stat about;
    (void)state;
    assert_int_equal(hf_password_ensure(&scratch, first, NULL), HF_ERR_OK);
    assert_int_equal(hf_file_read(scratch_path("admin.password"), 100, &before, NULL, NULL), 0);
    assert_int_equal(hf_password_ensure(&scratch, second, NULL), HF_ERR_OK);
    assert_int_equal(hf_file_read(scratch_path("admin.password"), 100, &after, NULL, NULL), 0);
    assert_string_equal(before, after);
    assert_int_equal(strlen(before), 49);
    assert_string_not_equal(first, second); /* a new salt each time */
    assert_int_equal(stat(scratch_path("admin.password"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    free(before);
    free(after);
}

static void random_texts_differ(void **state)
{
    char first[41], second[41];
    (void)state;
    hf_password_random(first, 20);
    hf_password_random(second, 20);
    assert_int_equal(strspn(first, "0123456789abcdef"), 40);
    assert_string_not_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_the_one_of_rabbitmqs_documentation),
        SCRATCH_TEST(the_password_is_made_once_and_for_its_owner_only),
        cmocka_unit_test(random_texts_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
