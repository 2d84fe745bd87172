#include "../ledger/fixture.h"
#include "link/digest.h"
#include "link/signature.h"
#include "manager/proof.h"
#include "pki/authority.h"

/* A board's key and certificate, in the fixture's folder, and results that it signs. */

static struct hf_proof *proof;
static struct hf_home home;
static uint8_t words[HF_SHA256_BYTES], body[HF_SHA256_BYTES];

static void path_of(const struct fixture *f, const char *name, const char *ending, char out[160])
{
    snprintf(out, 160, "%s/%s%s", f->folder, name, ending);
}

static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    assert_ok(f, hf_pki_setup_devices(&home, NOW / 1000, &f->fault));
    assert_ok(f, hf_proof_new(&proof, &f->fault));
    hf_digest_words(hf_str("why"), hf_str("tail"), words);
    hf_digest_of("output", 6, body);
    return 0;
}

static int teardown(void **state)
{
    hf_proof_free(proof);
    proof = NULL;
    return fixture_teardown(state);
}

/* Issues one to `board` and writes it down. */
static void issue(struct fixture *f, const char *name, const char *board, bool signs)
{
    char authority[HF_PATH_MAX + 1], cert[160], key[160];
    char *pem = NULL;
    struct hf_certificate row = {.issued_ms = NOW, .until_s = NOW / 1000 + 86400, .signs = signs};
    const struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = board, .now_s = NOW / 1000};
    hf_home_path(&home, HF_HOME_DEVICE_CA, "", authority);
    path_of(f, name, ".pem", cert);
    path_of(f, name, ".key", key);
    assert_ok(f, hf_pki_leaf_make(authority, &request, cert, key, &f->fault));
    assert_ok(f, hf_file_read(cert, HF_CERTIFICATE_PEM_MAX, &pem, NULL, &f->fault));
    snprintf(row.board, sizeof row.board, "%s", board);
    snprintf(row.serial, sizeof row.serial, "%s", name);
    snprintf(row.pem, sizeof row.pem, "%s", pem);
    free(pem);
    assert_ok(f, hf_certificates_add(f->ledger, &row, &f->fault));
}

static struct hf_result signed_by(struct fixture *f, const char *name, const char *board)
{
    struct hf_result result = {.id = "t-1", .status = HF_STATUS_DONE, .attempt = 1};
    struct hf_signer *signer = NULL;
    struct hf_seal seal;
    char key[160];
    snprintf(result.board, sizeof result.board, "%s", board);
    path_of(f, name, ".key", key);
    assert_ok(f, hf_signer_load(key, &signer, &f->fault));
    hf_seal_result(&seal, &result, words, body);
    assert_ok(f, hf_signer_sign(signer, &seal, result.signature));
    hf_signer_free(signer);
    return result;
}

static enum hf_err check(struct fixture *f, const struct hf_result *result)
{
    return hf_proof_check(proof, f->ledger, result, words, body, &f->fault);
}

static void a_result_signed_by_the_key_of_its_board_is_taken(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    const struct hf_result result = signed_by(f, "one", "pi");
    for (int i = 0; i < 3; i++)
        assert_ok(f, check(f, &result));
}

static void a_result_that_says_anything_else_than_was_signed_is_refused(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    const struct hf_result good = signed_by(f, "one", "pi");
    struct hf_result bad = good;
    bad.status = HF_STATUS_FAILED;
    assert_int_equal(check(f, &bad), HF_ERR_DENIED);
    bad = good;
    bad.exit_code = 1;
    assert_int_equal(check(f, &bad), HF_ERR_DENIED);
    bad = good;
    bad.id[0] = 'x';
    assert_int_equal(check(f, &bad), HF_ERR_DENIED);
    bad = good;
    bad.attempt = 2;
    assert_int_equal(check(f, &bad), HF_ERR_DENIED);
    body[0] ^= 1;
    assert_int_equal(check(f, &good), HF_ERR_DENIED);
    assert_non_null(strstr(f->fault.text, "altered"));
    body[0] ^= 1;
    words[0] ^= 1;
    assert_int_equal(check(f, &good), HF_ERR_DENIED);
}

static void another_boards_signature_is_refused(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    issue(f, "two", "thief", true);
    const struct hf_result result = signed_by(f, "two", "pi");
    assert_int_equal(check(f, &result), HF_ERR_DENIED);
}

static void an_unsigned_result_is_refused_of_a_board_that_was_enrolled_to_sign(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    struct hf_result result = signed_by(f, "one", "pi");
    result.signature[0] = '\0';
    assert_int_equal(check(f, &result), HF_ERR_DENIED);
    assert_non_null(strstr(f->fault.text, "sign_results"));
    issue(f, "two", "pi", false); /* enrolled again, to go unsigned */
    assert_ok(f, check(f, &result));
    strcpy(result.signature, "AAAA"); /* but not badly signed */
    assert_int_equal(check(f, &result), HF_ERR_DENIED);
}

static void a_board_whose_certificates_are_not_known_may_go_unsigned(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    struct hf_result result = signed_by(f, "one", "other");
    assert_ok(f, check(f, &result));
    result.signature[0] = '\0';
    assert_ok(f, check(f, &result));
}

static void a_revoked_key_signs_nothing_and_one_kept_beside_a_new_one_does(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    issue(f, "two", "pi", true);
    const struct hf_result old = signed_by(f, "one", "pi"), fresh = signed_by(f, "two", "pi");
    assert_ok(f, check(f, &old));
    assert_ok(f, check(f, &fresh));
    assert_ok(f, hf_certificates_revoke(f->ledger, "pi", "two", NOW, &f->fault));
    assert_int_equal(check(f, &old), HF_ERR_DENIED);
    assert_ok(f, check(f, &fresh));
}

static void a_board_whose_certificates_are_all_revoked_is_not_believed_unsigned_either(void **state)
{
    struct fixture *f = *state;
    issue(f, "one", "pi", true);
    struct hf_result result = signed_by(f, "one", "pi");
    assert_ok(f, hf_certificates_revoke(f->ledger, "pi", NULL, NOW, &f->fault));
    assert_int_equal(check(f, &result), HF_ERR_DENIED);
    result.signature[0] = '\0';
    assert_int_equal(check(f, &result), HF_ERR_DENIED);
    assert_non_null(strstr(f->fault.text, "holdfast enroll pi --force"));
}

static enum hf_err count(void *context, const struct hf_certificate *row)
{
    assert_string_equal(row->serial, "one");
    ++*(int *)context;
    return HF_ERR_OK;
}

static void a_revoked_certificate_is_listed_until_it_ends(void **state)
{
    struct fixture *f = *state;
    int found = 0;
    issue(f, "one", "pi", true);
    issue(f, "two", "pi", true);
    assert_ok(f, hf_certificates_revoke(f->ledger, "pi", "two", NOW, &f->fault));
    assert_ok(f, hf_certificates_revoked(f->ledger, NOW / 1000, count, &found, &f->fault));
    assert_int_equal(found, 1);
    assert_ok(f, hf_certificates_revoked(f->ledger, NOW / 1000 + 86400, count, &found, &f->fault));
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_result_signed_by_the_key_of_its_board_is_taken),
        TEST(a_result_that_says_anything_else_than_was_signed_is_refused),
        TEST(another_boards_signature_is_refused),
        TEST(an_unsigned_result_is_refused_of_a_board_that_was_enrolled_to_sign),
        TEST(a_board_whose_certificates_are_not_known_may_go_unsigned),
        TEST(a_revoked_key_signs_nothing_and_one_kept_beside_a_new_one_does),
        TEST(a_board_whose_certificates_are_all_revoked_is_not_believed_unsigned_either),
        TEST(a_revoked_certificate_is_listed_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
