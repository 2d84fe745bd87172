#include "../cmocka_all.h"
#include "../seals.h"
#include "home/file.h"
#include "link/signature.h"
#include "pki/authority.h"
#include "pki/seal_key.h"
#include "pki/signing.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct hf_seal_signer *signer;
static struct hf_seal_verifier *verifier;

static int begin(void **state)
{
    if (scratch_make(state) != 0 || hf_pki_setup_signing(&scratch, NULL) != HF_ERR_OK ||
        hf_seal_signer_load(secret_path(), &signer, NULL) != HF_ERR_OK)
        return -1;
    return hf_seal_verifier_load(scratch_path("pki/signing.pub"), &verifier, NULL);
}

static int end(void **state)
{
    hf_seal_signer_free(signer);
    hf_seal_verifier_free(verifier);
    signer = NULL;
    verifier = NULL;
    return scratch_drop(state);
}

static void what_the_manager_signs_a_board_believes(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1], text[32];
    struct hf_verifier *board = NULL;
    struct hf_seal other = seal_of("holdfast task 1\nid x\n");
    (void)state;
    assert_int_equal(hf_verifier_load(scratch_path("pki/signing.pub"), &board, NULL), HF_ERR_OK);
    for (int i = 0; i < 64; i++) { /* the two numbers of a signature differ in length */
        snprintf(text, sizeof text, "holdfast task 1\nid %d\n", i);
        struct hf_seal seal = seal_of(text);
        assert_int_equal(hf_seal_sign(signer, &seal, signature, NULL), HF_ERR_OK);
        assert_true(hf_verifier_check(board, &seal, signature));
        assert_false(hf_verifier_check(board, &other, signature));
    }
    hf_verifier_free(board);
}

static void what_a_board_signs_the_manager_believes(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_signer *board = NULL;
    struct hf_seal seal = seal_of("holdfast result 1\n"), other = seal_of("holdfast result 2\n");
    (void)state;
    assert_int_equal(hf_signer_load(secret_path(), &board, NULL), HF_ERR_OK);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(hf_signer_sign(board, &seal, signature), HF_ERR_OK);
        assert_true(hf_seal_check(verifier, &seal, signature));
        assert_false(hf_seal_check(verifier, &other, signature));
    }
    hf_signer_free(board);
}

static void a_signature_with_any_letter_changed_or_lost_is_not_good(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    (void)state;
    assert_int_equal(hf_seal_sign(signer, &seal, signature, NULL), HF_ERR_OK);
    const size_t len = strlen(signature);
    for (size_t i = 0; i < len; i++) {
        const char kept = signature[i];
        signature[i] = kept == 'A' ? 'B' : 'A';
        if (i + 4 < len) /* the last four may pad */
            assert_false(hf_seal_check(verifier, &seal, signature));
        signature[i] = '\0';
        assert_false(hf_seal_check(verifier, &seal, signature));
        signature[i] = kept;
    }
    assert_true(hf_seal_check(verifier, &seal, signature));
}

static void an_endless_or_strange_text_is_no_signature(void **state)
{
    char longest[4 * HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    (void)state;
    memset(longest, 'A', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(hf_seal_check(verifier, &seal, longest));
    assert_false(hf_seal_check(verifier, &seal, ""));
    assert_false(hf_seal_check(verifier, &seal, "not base64!"));
    assert_false(hf_seal_check(verifier, &seal, "MAYCAQECAQE="));
}

static void a_certificates_key_is_believed_too_and_anothers_is_not(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    struct hf_seal_signer *ca = NULL;
    struct hf_seal_verifier *by_certificate = NULL;
    struct hf_fault fault;
    (void)state;
    assert_int_equal(hf_pki_setup_devices(&scratch, time(NULL), &fault), HF_ERR_OK);
    assert_int_equal(hf_seal_signer_load(scratch_path("pki/device-ca.key"), &ca, &fault),
                     HF_ERR_OK);
    assert_int_equal(
        hf_seal_verifier_load(scratch_path("pki/device-ca.pem"), &by_certificate, &fault),
        HF_ERR_OK);
    assert_int_equal(hf_seal_sign(ca, &seal, signature, &fault), HF_ERR_OK);
    assert_true(hf_seal_check(by_certificate, &seal, signature));
    assert_false(hf_seal_check(verifier, &seal, signature));
    hf_seal_signer_free(ca);
    hf_seal_verifier_free(by_certificate);
}

/* --- Files --- */

static void write_key(const char *path, EVP_PKEY *key, const char *password)
{
    FILE *file = fopen(path, "w");
    assert_non_null(key);
    assert_non_null(file);
    const EVP_CIPHER *cipher = password ? EVP_aes_128_cbc() : NULL;
    const int len = password ? (int)strlen(password) : 0;
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, cipher, password, len, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    EVP_PKEY_free(key);
}

static void refuses(const char *path)
{
    struct hf_fault fault;
    struct hf_seal_signer *nobody = NULL;
    struct hf_seal_verifier *none = NULL;
    assert_int_equal(hf_seal_signer_load(path, &nobody, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, path));
    assert_int_equal(hf_seal_verifier_load(path, &none, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, path));
    assert_null(nobody);
    assert_null(none);
}

static void files_that_are_no_keys_of_ours_are_refused_by_name(void **state)
{
    static const char text[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    struct hf_fault fault;
    struct hf_seal_signer *nobody = NULL;
    const char *path = NULL;
    (void)state;
    assert_int_equal(hf_seal_signer_load(scratch_path("missing"), &nobody, &fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "missing"));
    path = scratch_path("pki/other");
    assert_int_equal(hf_file_write(path, text, strlen(text), 0600, NULL), HF_ERR_OK);
    refuses(path);
    write_key(path, EVP_EC_gen("P-384"), NULL);
    refuses(path);
    write_key(path, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
    refuses(path);
    write_key(path, EVP_EC_gen("P-256"), "secret");
    refuses(path);
    assert_int_equal(hf_seal_signer_load(scratch_path("pki/signing.pub"), &nobody, &fault),
                     HF_ERR_MALFORMED);
    assert_null(nobody);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_manager_signs_a_board_believes),
        TEST(what_a_board_signs_the_manager_believes),
        TEST(a_signature_with_any_letter_changed_or_lost_is_not_good),
        TEST(an_endless_or_strange_text_is_no_signature),
        TEST(a_certificates_key_is_believed_too_and_anothers_is_not),
        TEST(files_that_are_no_keys_of_ours_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
