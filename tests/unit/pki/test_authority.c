/* The certificates are read back by Mbed TLS's own parser and verified by its own rules. */
#include "../cmocka_all.h"
#include "home/file.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "wire/topology.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

struct place {
    struct hf_home home;
    struct hf_pki_names names;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->home.dir, "/tmp/holdfast-test-XXXXXX");
    assert_non_null(mkdtemp(place->home.dir));
    hf_pki_names_add(&place->names, "localhost", NULL);
    hf_pki_names_add(&place->names, "192.0.2.7", NULL);
    hf_pki_names_add(&place->names, "2001:db8::7", NULL);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    hf_file_remove_tree(place->home.dir, NULL);
    free(place);
    return 0;
}

static void make_all(struct place *place, int64_t now_s, bool *renewed)
{
    struct hf_fault fault;
    if (hf_pki_setup(&place->home, &place->names, now_s, renewed, &fault))
        fail_msg("%s", fault.text);
}

static char *path_of(const struct place *place, const char *name, const char *suffix)
{
    static char path[4][HF_PATH_MAX + 1];
    static unsigned next;
    hf_home_path(&place->home, name, suffix, path[++next % 4]);
    return path[next % 4];
}

static void load(mbedtls_x509_crt *cert, const char *path)
{
    mbedtls_x509_crt_init(cert);
    assert_int_equal(mbedtls_x509_crt_parse_file(cert, path), 0);
}

static uint32_t verify(const char *leaf_path, const char *ca_path, const char *name)
{
    mbedtls_x509_crt leaf, ca;
    uint32_t flags = 0;
    load(&leaf, leaf_path);
    load(&ca, ca_path);
    mbedtls_x509_crt_verify(&leaf, &ca, NULL, name, &flags, NULL, NULL);
    mbedtls_x509_crt_free(&leaf);
    mbedtls_x509_crt_free(&ca);
    return flags & ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE; /* NOW is in the future of the clock */
}

static void each_leaf_is_signed_by_its_own_authority_only(void **state)
{
    struct place *place = *state;
    make_all(place, NOW, NULL);
    const char *server_ca = path_of(place, HF_HOME_SERVER_CA, ".pem");
    const char *device_ca = path_of(place, HF_HOME_DEVICE_CA, ".pem");
    const char *broker = path_of(place, HF_HOME_BROKER_CERT, ".pem");
    const char *manager = path_of(place, HF_HOME_MANAGER_CERT, ".pem");
    assert_int_equal(verify(broker, server_ca, NULL), 0);
    assert_int_equal(verify(manager, device_ca, NULL), 0);
    assert_true(verify(broker, device_ca, NULL) & MBEDTLS_X509_BADCERT_NOT_TRUSTED);
    assert_true(verify(manager, server_ca, NULL) & MBEDTLS_X509_BADCERT_NOT_TRUSTED);
}

static void the_broker_is_good_for_each_name_and_for_no_other(void **state)
{
    struct place *place = *state;
    make_all(place, NOW, NULL);
    const char *ca = path_of(place, HF_HOME_SERVER_CA, ".pem");
    const char *broker = path_of(place, HF_HOME_BROKER_CERT, ".pem");
    assert_int_equal(verify(broker, ca, "localhost"), 0);
    assert_int_equal(verify(broker, ca, "192.0.2.7"), 0);
    assert_int_equal(verify(broker, ca, "2001:db8::7"), 0);
    assert_true(verify(broker, ca, "192.0.2.8") & MBEDTLS_X509_BADCERT_CN_MISMATCH);
    assert_true(verify(broker, ca, "example.org") & MBEDTLS_X509_BADCERT_CN_MISMATCH);
}

static void a_leaf_has_one_purpose_and_signs_nothing(void **state)
{
    struct place *place = *state;
    mbedtls_x509_crt cert;
    make_all(place, NOW, NULL);
    load(&cert, path_of(place, HF_HOME_BROKER_CERT, ".pem"));
    assert_int_equal(mbedtls_x509_crt_check_extended_key_usage(
                         &cert, MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)),
                     0);
    assert_int_not_equal(
        mbedtls_x509_crt_check_extended_key_usage(&cert, MBEDTLS_OID_CLIENT_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)),
        0);
    assert_int_not_equal(mbedtls_x509_crt_check_key_usage(&cert, MBEDTLS_X509_KU_KEY_CERT_SIGN), 0);
    assert_int_equal(cert.MBEDTLS_PRIVATE(ca_istrue), 0);
    mbedtls_x509_crt_free(&cert);

    load(&cert, path_of(place, HF_HOME_MANAGER_CERT, ".pem"));
    assert_int_equal(mbedtls_x509_crt_check_extended_key_usage(
                         &cert, MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)),
                     0);
    assert_int_not_equal(
        mbedtls_x509_crt_check_extended_key_usage(&cert, MBEDTLS_OID_SERVER_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)),
        0);
    mbedtls_x509_crt_free(&cert);
}

static void an_authority_may_sign_leaves_and_no_further_authority(void **state)
{
    struct place *place = *state;
    mbedtls_x509_crt cert;
    make_all(place, NOW, NULL);
    load(&cert, path_of(place, HF_HOME_DEVICE_CA, ".pem"));
    assert_int_equal(cert.MBEDTLS_PRIVATE(ca_istrue), 1);
    assert_int_equal(cert.MBEDTLS_PRIVATE(max_pathlen), 1); /* the library counts one more */
    assert_int_equal(mbedtls_x509_crt_check_key_usage(&cert, MBEDTLS_X509_KU_KEY_CERT_SIGN), 0);
    mbedtls_x509_crt_free(&cert);
}

static void lives_are_ten_years_and_825_days_from_a_day_before_now(void **state)
{
    struct place *place = *state;
    struct hf_pki_facts facts;
    make_all(place, NOW, NULL);
    hf_pki_inspect(path_of(place, HF_HOME_SERVER_CA, ".pem"), &facts, NULL);
    assert_int_equal(facts.not_before_s, NOW - DAY);
    assert_int_equal(facts.not_after_s, NOW + 3650 * DAY);
    hf_pki_inspect(path_of(place, HF_HOME_MANAGER_CERT, ".pem"), &facts, NULL);
    assert_int_equal(facts.not_before_s, NOW - DAY);
    assert_int_equal(facts.not_after_s, NOW + 825 * DAY);
}

static void a_leaf_never_outlives_its_authority(void **state)
{
    struct place *place = *state;
    struct hf_pki_facts facts;
    const int64_t late_s = NOW + 3600 * DAY;
    make_all(place, NOW, NULL);
    make_all(place, late_s, NULL);
    hf_pki_inspect(path_of(place, HF_HOME_MANAGER_CERT, ".pem"), &facts, NULL);
    assert_int_equal(facts.not_before_s, late_s - DAY);
    assert_int_equal(facts.not_after_s, NOW + 3650 * DAY);
}

static void serials_are_128_bits_and_differ(void **state)
{
    struct place *place = *state;
    mbedtls_x509_crt broker, manager;
    make_all(place, NOW, NULL);
    load(&broker, path_of(place, HF_HOME_BROKER_CERT, ".pem"));
    load(&manager, path_of(place, HF_HOME_MANAGER_CERT, ".pem"));
    assert_int_equal(broker.serial.len, 16);
    assert_int_equal(manager.serial.len, 16);
    assert_true(broker.serial.p[0] < 0x80);
    assert_memory_not_equal(broker.serial.p, manager.serial.p, 16);
    mbedtls_x509_crt_free(&broker);
    mbedtls_x509_crt_free(&manager);
}

static void keys_are_for_their_owner_only_whatever_the_umask(void **state)
{
    static const char *const bases[] = {HF_HOME_SERVER_CA, HF_HOME_DEVICE_CA, HF_HOME_BROKER_CERT,
                                        HF_HOME_MANAGER_CERT};
    struct place *place = *state;
    struct stat about;
    mode_t before = umask(0);
    make_all(place, NOW, NULL);
    umask(before);
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        assert_int_equal(stat(path_of(place, bases[i], ".key"), &about), 0);
        assert_int_equal(about.st_mode & 07777, 0600);
    }
}

static char *content(const char *path)
{
    char *text = NULL;
    assert_int_equal(hf_file_read(path, 65536, &text, NULL, NULL), HF_ERR_OK);
    return text;
}

static void doing_it_again_changes_nothing(void **state)
{
    struct place *place = *state;
    bool renewed = false;
    make_all(place, NOW, &renewed);
    assert_true(renewed);
    char *first = content(path_of(place, HF_HOME_BROKER_CERT, ".pem"));
    make_all(place, NOW + DAY, &renewed);
    char *second = content(path_of(place, HF_HOME_BROKER_CERT, ".pem"));
    assert_false(renewed);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void a_new_name_renews_the_broker_under_the_same_authority(void **state)
{
    struct place *place = *state;
    bool renewed = false;
    make_all(place, NOW, NULL);
    char *ca = content(path_of(place, HF_HOME_SERVER_CA, ".pem"));
    hf_pki_names_add(&place->names, "lab.example.org", NULL);
    make_all(place, NOW, &renewed);
    char *ca_after = content(path_of(place, HF_HOME_SERVER_CA, ".pem"));
    assert_true(renewed);
    assert_string_equal(ca, ca_after);
    assert_int_equal(verify(path_of(place, HF_HOME_BROKER_CERT, ".pem"),
                            path_of(place, HF_HOME_SERVER_CA, ".pem"), "lab.example.org"),
                     0);
    free(ca);
    free(ca_after);
}

static void a_leaf_is_renewed_in_its_last_thirty_days(void **state)
{
    struct place *place = *state;
    bool renewed = false;
    make_all(place, NOW, NULL);
    make_all(place, NOW + 794 * DAY, &renewed);
    assert_false(renewed);
    make_all(place, NOW + 796 * DAY, &renewed);
    assert_true(renewed);
}

static void a_leaf_whose_key_was_swapped_is_made_anew(void **state)
{
    struct place *place = *state;
    bool renewed = false;
    make_all(place, NOW, NULL);
    assert_int_equal(rename(path_of(place, HF_HOME_MANAGER_CERT, ".key"),
                            path_of(place, HF_HOME_BROKER_CERT, ".key")),
                     0);
    make_all(place, NOW, &renewed);
    assert_true(renewed);
    assert_true(hf_pki_pair_good(path_of(place, HF_HOME_SERVER_CA, ""),
                                 path_of(place, HF_HOME_BROKER_CERT, ""), NOW, NOW));
    assert_true(hf_pki_pair_good(path_of(place, HF_HOME_DEVICE_CA, ""),
                                 path_of(place, HF_HOME_MANAGER_CERT, ""), NOW, NOW));
}

static void without_the_authoritys_key_nothing_is_signed_and_the_fault_names_it(void **state)
{
    struct place *place = *state;
    struct hf_fault fault;
    struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = "board-01", .now_s = NOW};
    make_all(place, NOW, NULL);
    unlink(path_of(place, HF_HOME_DEVICE_CA, ".key"));
    assert_int_equal(hf_pki_leaf_make(path_of(place, HF_HOME_DEVICE_CA, ""), &request,
                                      path_of(place, "x.pem", ""), path_of(place, "x.key", ""),
                                      &fault),
                     HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "device-ca.key"));
    assert_false(hf_file_exists(path_of(place, "x.key", "")));
}

static void a_clock_from_before_2024_is_refused(void **state)
{
    struct place *place = *state;
    struct hf_fault fault;
    assert_int_equal(hf_pki_setup(&place->home, &place->names, 86400, NULL, &fault),
                     HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "clock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(each_leaf_is_signed_by_its_own_authority_only),
        TEST(the_broker_is_good_for_each_name_and_for_no_other),
        TEST(a_leaf_has_one_purpose_and_signs_nothing),
        TEST(an_authority_may_sign_leaves_and_no_further_authority),
        TEST(lives_are_ten_years_and_825_days_from_a_day_before_now),
        TEST(a_leaf_never_outlives_its_authority),
        TEST(serials_are_128_bits_and_differ),
        TEST(keys_are_for_their_owner_only_whatever_the_umask),
        TEST(doing_it_again_changes_nothing),
        TEST(a_new_name_renews_the_broker_under_the_same_authority),
        TEST(a_leaf_is_renewed_in_its_last_thirty_days),
        TEST(a_leaf_whose_key_was_swapped_is_made_anew),
        TEST(without_the_authoritys_key_nothing_is_signed_and_the_fault_names_it),
        TEST(a_clock_from_before_2024_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
