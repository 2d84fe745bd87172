#include "../cmocka_all.h"
#include "../scratch.h"
#include "link/request.h"
#include "link/tls_platform.h"
#include "pki/authority.h"
#include "pki/csr.h"
#include "pki/inspect.h"
#include "pki/key.h"

#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <sys/stat.h>

#define NOW INT64_C(1800000000)

static char request[HF_REQUEST_MAX + 1];

static void make(const char *board)
{
    bool made = false;
    assert_int_equal(hf_request_make(board, scratch_path("k.pem"), request, &made, NULL),
                     HF_ERR_OK);
}

static enum hf_err read(const char *pem, const char *board, struct hf_fault *fault)
{
    mbedtls_pk_context key;
    const enum hf_err err = hf_pki_csr_read(pem, "it", board, &key, fault);
    mbedtls_pk_free(&key);
    return err;
}

static void a_request_of_a_board_with_a_name_of_any_length_is_read(void **state)
{
    static const char *const names[] = {"a", "kitchen", "board-of-eighteen0", "board-of-nineteen00",
                                        "abcdefghijklmnopqrstuvwxyz012345"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (int again = 0; again < 20; again++) { /* signatures differ in length */
            make(names[i]);
            assert_int_equal(read(request, names[i], NULL), HF_ERR_OK);
        }
    }
}

static void its_key_is_made_once_for_its_owner_only_and_used_again(void **state)
{
    bool made = false;
    struct stat about;
    (void)state;
    const mode_t before = umask(0);
    assert_int_equal(hf_request_make("pi", scratch_path("k.pem"), request, &made, NULL), HF_ERR_OK);
    umask(before);
    assert_true(made);
    assert_int_equal(stat(scratch_path("k.pem"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(hf_request_make("pi", scratch_path("k.pem"), request, &made, NULL), HF_ERR_OK);
    assert_false(made);
    assert_false(hf_file_exists(scratch_path("k.pem.new")));
}

static void what_is_no_key_is_not_overwritten(void **state)
{
    bool made = false;
    struct hf_fault fault;
    (void)state;
    assert_int_equal(hf_file_write(scratch_path("k.pem"), "mine", 4, 0600, NULL), HF_ERR_OK);
    assert_int_equal(hf_request_make("pi", scratch_path("k.pem"), request, &made, &fault),
                     HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "move it"));
}

static void the_certificate_made_of_it_fits_the_key_that_never_left(void **state)
{
    const struct hf_pki_request wanted = {.kind = HF_PKI_CLIENT, .common_name = "pi", .now_s = NOW};
    mbedtls_pk_context key;
    (void)state;
    make("pi");
    rename(scratch_path("k.pem"), scratch_path("pi.key"));
    assert_int_equal(hf_pki_setup_devices(&scratch, NOW, NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_csr_read(request, "it", "pi", &key, NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_leaf_sign(scratch_path("pki/device-ca"), &wanted, &key,
                                      scratch_path("pi.pem"), NULL),
                     HF_ERR_OK);
    assert_true(hf_pki_pair_good(scratch_path("pki/device-ca"), scratch_path("pi"), NOW, NOW));
    mbedtls_pk_free(&key);
}

static void a_request_of_another_name_is_refused_and_both_are_told(void **state)
{
    struct hf_fault fault;
    (void)state;
    make("kitchen");
    assert_int_equal(read(request, "cellar", &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"kitchen\""));
    assert_non_null(strstr(fault.text, "\"cellar\""));
    assert_int_equal(read(request, "kitche", NULL), HF_ERR_INVALID);
    assert_int_equal(read(request, "kitchens", NULL), HF_ERR_INVALID);
}

static void a_request_that_is_not_signed_with_its_own_key_is_refused(void **state)
{
    struct hf_fault fault;
    mbedtls_pk_context key;
    char pem[2048];
    mbedtls_x509write_csr write;
    (void)state;
    assert_int_equal(hf_pki_key_make(&key, NULL), HF_ERR_OK);
    mbedtls_x509write_csr_init(&write);
    mbedtls_x509write_csr_set_md_alg(&write, MBEDTLS_MD_SHA256);
    mbedtls_x509write_csr_set_key(&write, &key);
    assert_int_equal(mbedtls_x509write_csr_set_subject_name(&write, "CN=pi"), 0);
    assert_int_equal(
        mbedtls_x509write_csr_pem(&write, (unsigned char *)pem, sizeof pem, hf_tls_random, NULL),
        0);
    assert_int_equal(read(pem, "pi", NULL), HF_ERR_OK); /* by the library's own hand */
    char *at = strstr(pem, "\n-----END") - 12;
    *at = *at == 'A' ? 'B' : 'A'; /* within the signature */
    const enum hf_err err = read(pem, "pi", &fault);
    assert_true(err == HF_ERR_INVALID || err == HF_ERR_MALFORMED);
    mbedtls_x509write_csr_free(&write);
    mbedtls_pk_free(&key);
}

static void what_is_no_request_is_named(void **state)
{
    struct hf_fault fault;
    (void)state;
    assert_int_equal(read("", "pi", &fault), HF_ERR_MALFORMED);
    assert_int_equal(read("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "pi", &fault),
                     HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "--make-csr"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_request_of_a_board_with_a_name_of_any_length_is_read),
        SCRATCH_TEST(its_key_is_made_once_for_its_owner_only_and_used_again),
        SCRATCH_TEST(what_is_no_key_is_not_overwritten),
        SCRATCH_TEST(the_certificate_made_of_it_fits_the_key_that_never_left),
        SCRATCH_TEST(a_request_of_another_name_is_refused_and_both_are_told),
        SCRATCH_TEST(a_request_that_is_not_signed_with_its_own_key_is_refused),
        SCRATCH_TEST(what_is_no_request_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
