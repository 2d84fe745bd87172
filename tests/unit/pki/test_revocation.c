#include "../cmocka_all.h"
#include "../scratch.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "pki/revocation.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

static char authority[HF_PATH_MAX + 1], folder[HF_PATH_MAX + 1];

static int set_up(void **state)
{
    struct hf_pki_names names = {0};
    if (scratch_make(state) != 0)
        return -1;
    hf_home_path(&scratch, HF_HOME_DEVICE_CA, "", authority);
    hf_home_path(&scratch, HF_HOME_CRL, "", folder);
    hf_pki_names_add(&names, "localhost", NULL);
    return hf_pki_setup(&scratch, &names, NOW, NULL, NULL) == HF_ERR_OK ? 0 : -1;
}

static struct hf_pki_revocation list_of(struct hf_pki_revoked *revoked, size_t count, int64_t now_s)
{
    return (struct hf_pki_revocation){.authority = authority,
                                      .folder = folder,
                                      .now_s = now_s,
                                      .revoked = revoked,
                                      .count = count};
}

static enum hf_err check(struct hf_pki_revoked *revoked, size_t count, int64_t now_s)
{
    struct hf_fault fault = {0};
    const struct hf_pki_revocation list = list_of(revoked, count, now_s);
    enum hf_err err = hf_pki_revocation_check(&list, &fault);
    assert_true(err == HF_ERR_OK || fault.text[0]);
    return err;
}

static void write_list(struct hf_pki_revoked *revoked, size_t count, int64_t now_s)
{
    struct hf_fault fault = {0};
    const struct hf_pki_revocation list = list_of(revoked, count, now_s);
    if (hf_pki_revocation_write(&list, &fault))
        fail_msg("%s", fault.text);
}

static const char *list_path(void)
{
    static char path[HF_PATH_MAX + 300];
    DIR *dir = opendir(folder);
    struct dirent *entry;
    path[0] = '\0';
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (strstr(entry->d_name, ".r0"))
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    closedir(dir);
    assert_true(path[0]);
    return path;
}

static void put(const char *text)
{
    assert_int_equal(hf_file_write(list_path(), text, strlen(text), 0644, NULL), HF_ERR_OK);
}

static void a_new_device_ca_comes_with_an_empty_list_that_lasts_as_long(void **state)
{
    char path[HF_PATH_MAX + 8];
    struct hf_pki_facts facts;
    (void)state;
    snprintf(path, sizeof path, "%s.pem", authority);
    assert_int_equal(hf_pki_inspect(path, &facts, NULL), HF_ERR_OK);
    assert_int_equal(check(NULL, 0, NOW), HF_ERR_OK);
    assert_int_equal(check(NULL, 0, facts.not_after_s - 1), HF_ERR_OK);
    assert_int_equal(check(NULL, 0, facts.not_after_s), HF_ERR_TLS_EXPIRED);
    assert_int_equal(check(NULL, 0, NOW - 2 * DAY), HF_ERR_TLS_EXPIRED);
}

static void load(X509_STORE_CTX *context, X509_STORE *store, X509 **cert)
{
    char path[HF_PATH_MAX + 8];
    BIO *bio = BIO_new_file(scratch_path("pki/manager.pem"), "r");
    snprintf(path, sizeof path, "%s.pem", authority);
    *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(*cert);
    assert_int_equal(X509_STORE_load_file(store, path), 1);
    assert_int_equal(X509_STORE_load_file(store, list_path()), 1);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    assert_int_equal(X509_STORE_CTX_init(context, store, *cert, NULL), 1);
    X509_STORE_CTX_set_time(context, 0, NOW);
}

/* X509_V_OK, or why not. */
static int verify(void)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509 *cert = NULL;
    load(context, store, &cert);
    X509_verify_cert(context);
    int why = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(cert);
    return why;
}

static void a_revoked_certificate_is_told_from_a_good_one(void **state)
{
    struct hf_pki_facts facts;
    (void)state;
    assert_int_equal(verify(), X509_V_OK);
    assert_int_equal(hf_pki_inspect(scratch_path("pki/manager.pem"), &facts, NULL), HF_ERR_OK);
    struct hf_pki_revoked revoked = {.serial = facts.serial, .revoked_s = NOW};
    write_list(&revoked, 1, NOW);
    assert_int_equal(verify(), X509_V_ERR_CERT_REVOKED);
}

static void what_is_not_on_the_list_yet_is_named(void **state)
{
    struct hf_pki_revoked revoked[] = {{.serial = "0A01", .revoked_s = NOW},
                                       {.serial = "0A02", .revoked_s = NOW}};
    struct hf_fault fault = {0};
    const struct hf_pki_revocation list = list_of(revoked, 2, NOW);
    (void)state;
    write_list(revoked, 1, NOW);
    assert_int_equal(hf_pki_revocation_check(&list, &fault), HF_ERR_MISSING);
    assert_non_null(strstr(fault.text, "0A02"));
    assert_true(revoked[0].listed);
    assert_false(revoked[1].listed);
    write_list(revoked, 2, NOW);
    assert_int_equal(check(revoked, 2, NOW), HF_ERR_OK);
    assert_true(revoked[1].listed);
}

static void what_was_on_the_list_stays_until_no_certificate_of_that_time_is_good(void **state)
{
    struct hf_pki_revoked old = {.serial = "0A01", .revoked_s = NOW};
    struct hf_pki_revoked young = {.serial = "0A02", .revoked_s = NOW + 800 * DAY};
    (void)state;
    write_list(&old, 1, NOW);
    write_list(&young, 1, NOW + 800 * DAY); /* a ledger that was lost */
    assert_int_equal(check(&old, 1, NOW + 800 * DAY), HF_ERR_OK);
    write_list(&young, 1, NOW + 826 * DAY);
    assert_int_equal(check(&old, 1, NOW + 826 * DAY), HF_ERR_MISSING);
    assert_int_equal(check(&young, 1, NOW + 826 * DAY), HF_ERR_OK);
}

static void what_was_revoked_by_a_clock_that_was_wrong_stays_too(void **state)
{
    struct hf_pki_revoked revoked = {.serial = "0A01", .revoked_s = 0};
    (void)state;
    for (int times = 0; times < 3; times++) {
        write_list(&revoked, 1, NOW);
        assert_int_equal(check(&revoked, 1, NOW), HF_ERR_OK);
    }
}

static void a_list_that_is_junk_missing_or_anothers_is_found_and_replaced(void **state)
{
    struct hf_pki_revoked revoked = {.serial = "0A01", .revoked_s = NOW};
    char *text = NULL, other[HF_PATH_MAX + 1];
    (void)state;
    put("junk\n");
    assert_int_equal(check(&revoked, 1, NOW), HF_ERR_MALFORMED);
    assert_false(revoked.listed);
    write_list(&revoked, 1, NOW);
    assert_int_equal(check(&revoked, 1, NOW), HF_ERR_OK);
    assert_int_equal(hf_file_read(list_path(), 1 << 20, &text, NULL, NULL), HF_ERR_OK);
    unlink(list_path());
    assert_int_equal(check(&revoked, 1, NOW), HF_ERR_NOT_FOUND);
    hf_home_path(&scratch, HF_HOME_SERVER_CA, "", other);
    memcpy(authority, other, sizeof authority);
    write_list(NULL, 0, NOW);
    put(text);
    free(text);
    assert_int_equal(check(&revoked, 1, NOW), HF_ERR_TLS_UNKNOWN_CA);
    write_list(NULL, 0, NOW);
    assert_int_equal(check(&revoked, 1, NOW), HF_ERR_MISSING); /* nothing of another's is kept */
}

static void a_list_that_cannot_be_read_is_not_replaced(void **state)
{
    const off_t too_large = 65 * 1024 * 1024; /* of holes */
    struct hf_pki_revoked revoked = {.serial = "0A01", .revoked_s = NOW};
    const struct hf_pki_revocation list = list_of(&revoked, 1, NOW);
    struct hf_fault fault = {0};
    struct stat about;
    (void)state;
    assert_int_equal(truncate(list_path(), too_large), 0);
    assert_int_equal(hf_pki_revocation_write(&list, &fault), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, list_path()));
    assert_int_equal(stat(list_path(), &about), 0);
    assert_int_equal(about.st_size, too_large);
}

static void without_the_authoritys_key_the_list_stays_as_it_is(void **state)
{
    struct hf_pki_revoked revoked = {.serial = "0A01", .revoked_s = NOW};
    struct hf_fault fault = {0};
    char key[HF_PATH_MAX + 8];
    const struct hf_pki_revocation list = list_of(&revoked, 1, NOW);
    (void)state;
    snprintf(key, sizeof key, "%s.key", authority);
    unlink(key);
    assert_int_equal(hf_pki_revocation_write(&list, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, key));
    assert_int_equal(check(NULL, 0, NOW), HF_ERR_OK);
}

static void a_serial_that_is_no_number_is_refused(void **state)
{
    struct hf_pki_revoked revoked[] = {{.serial = ""}, {.serial = "12x4"}, {.serial = "-1"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct hf_pki_revocation list = list_of(&revoked[i], 1, NOW);
        assert_int_equal(hf_pki_revocation_write(&list, NULL), HF_ERR_INVALID);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_device_ca_comes_with_an_empty_list_that_lasts_as_long),
        TEST(a_revoked_certificate_is_told_from_a_good_one),
        TEST(what_is_not_on_the_list_yet_is_named),
        TEST(what_was_on_the_list_stays_until_no_certificate_of_that_time_is_good),
        TEST(what_was_revoked_by_a_clock_that_was_wrong_stays_too),
        TEST(a_list_that_is_junk_missing_or_anothers_is_found_and_replaced),
        TEST(a_list_that_cannot_be_read_is_not_replaced),
        TEST(without_the_authoritys_key_the_list_stays_as_it_is),
        TEST(a_serial_that_is_no_number_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
