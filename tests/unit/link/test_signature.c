#include "../cmocka_all.h"
#include "../seals.h"
#include "home/file.h"
#include "link/signature.h"
#include "pki/signing.h"

#include <stdio.h>
#include <string.h>

static struct hf_signer *signer;
static struct hf_verifier *verifier;

static int begin(void **state)
{
    if (scratch_make(state) != 0 || hf_pki_setup_signing(&scratch, NULL) != HF_ERR_OK ||
        hf_signer_load(secret_path(), &signer, NULL) != HF_ERR_OK)
        return -1;
    return hf_verifier_load(scratch_path("pki/signing.pub"), &verifier, NULL);
}

static int end(void **state)
{
    hf_signer_free(signer);
    hf_verifier_free(verifier);
    signer = NULL;
    verifier = NULL;
    return scratch_drop(state);
}

static void what_is_signed_is_good_and_what_is_changed_is_not(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("holdfast task 1\n"), other = seal_of("holdfast task 2\n");
    (void)state;
    assert_int_equal(hf_signer_sign(signer, &seal, signature), HF_ERR_OK);
    assert_true(hf_verifier_check(verifier, &seal, signature));
    assert_false(hf_verifier_check(verifier, &other, signature));
    seal.len--;
    assert_false(hf_verifier_check(verifier, &seal, signature));
}

static void a_signature_with_any_letter_changed_is_not_good(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    (void)state;
    assert_int_equal(hf_signer_sign(signer, &seal, signature), HF_ERR_OK);
    const size_t len = strlen(signature);
    for (size_t i = 0; i + 4 < len; i++) { /* the last four may pad */
        const char kept = signature[i];
        signature[i] = kept == 'A' ? 'B' : 'A';
        assert_false(hf_verifier_check(verifier, &seal, signature));
        signature[i] = kept;
    }
    for (size_t i = 0; i < len; i++) {
        const char kept = signature[i];
        signature[i] = '\0';
        assert_false(hf_verifier_check(verifier, &seal, signature));
        signature[i] = kept;
    }
    assert_true(hf_verifier_check(verifier, &seal, signature));
}

static void an_endless_or_strange_text_is_no_signature(void **state)
{
    char longest[4 * HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    (void)state;
    memset(longest, 'A', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(hf_verifier_check(verifier, &seal, longest));
    assert_false(hf_verifier_check(verifier, &seal, ""));
    assert_false(hf_verifier_check(verifier, &seal, "not base64!"));
    assert_false(hf_verifier_check(verifier, &seal, "MAYCAQECAQE="));
}

static void another_keys_signature_is_not_good(void **state)
{
    char signature[HF_SIGNATURE_MAX + 1];
    struct hf_seal seal = seal_of("x");
    struct hf_signer *other = NULL;
    (void)state;
    assert_int_equal(rename(secret_path(), scratch_path("pki/old.key")), 0);
    assert_int_equal(hf_pki_setup_signing(&scratch, NULL), HF_ERR_OK);
    assert_int_equal(hf_signer_load(secret_path(), &other, NULL), HF_ERR_OK);
    assert_int_equal(hf_signer_sign(other, &seal, signature), HF_ERR_OK);
    assert_false(hf_verifier_check(verifier, &seal, signature));
    hf_signer_free(other);
}

static void files_that_are_no_keys_are_refused_by_name(void **state)
{
    static const char text[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    struct hf_fault fault;
    struct hf_verifier *none = NULL;
    struct hf_signer *nobody = NULL;
    (void)state;
    assert_int_equal(hf_verifier_load(scratch_path("missing"), &none, &fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "missing"));
    assert_int_equal(hf_file_write(scratch_path("x"), text, strlen(text), 0600, NULL), HF_ERR_OK);
    assert_int_equal(hf_verifier_load(scratch_path("x"), &none, &fault), HF_ERR_MALFORMED);
    assert_int_equal(hf_signer_load(scratch_path("x"), &nobody, &fault), HF_ERR_MALFORMED);
    assert_int_equal(hf_signer_load(scratch_path("pki/signing.pub"), &nobody, &fault),
                     HF_ERR_MALFORMED);
    assert_null(none);
    assert_null(nobody);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_signed_is_good_and_what_is_changed_is_not),
        TEST(a_signature_with_any_letter_changed_is_not_good),
        TEST(an_endless_or_strange_text_is_no_signature),
        TEST(another_keys_signature_is_not_good),
        TEST(files_that_are_no_keys_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
