#include "../cmocka_all.h"
#include "../scratch.h"
#include "broker/settings.h"
#include "manager/bundle.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "pki/signing.h"

#include <stdio.h>
#include <sys/stat.h>

#define NOW INT64_C(1800000000)

static char ca[HF_PATH_MAX + 1], authority[HF_PATH_MAX + 1], dir[HF_PATH_MAX + 1];

static struct hf_bundle bundle_of(const char *board)
{
    snprintf(ca, sizeof ca, "%s", scratch_path("pki/device-ca.pem"));
    snprintf(authority, sizeof authority, "%s", scratch_path("pki/device-ca"));
    snprintf(dir, sizeof dir, "%s", scratch_path("out/bundle"));
    assert_int_equal(hf_pki_setup_devices(&scratch, NOW, NULL), HF_ERR_OK);
    return (struct hf_bundle){.dir = dir,
                              .board = board,
                              .pool = "lab",
                              .host = "192.0.2.2",
                              .port = 5671,
                              .vhost = "holdfast",
                              .consumer_timeout_s = HF_CONSUMER_TIMEOUT_PRIVATE_S,
                              .ca = ca,
                              .authority = authority};
}

static void a_bundle_is_four_files_and_only_its_key_is_secret(void **state)
{
    static const struct {
        const char *name;
        mode_t mode;
    } files[] = {{"out/bundle/worker.json", 0644},
                 {"out/bundle/ca.pem", 0644},
                 {"out/bundle/cert.pem", 0644},
                 {"out/bundle/key.pem", 0600}};
    struct hf_bundle bundle = bundle_of("board-01");
    struct stat about;
    (void)state;
    assert_false(hf_bundle_exists(dir));
    mode_t before = umask(0);
    assert_int_equal(hf_bundle_write(&bundle, NOW, NULL), HF_ERR_OK);
    umask(before);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(stat(scratch_path(files[i].name), &about), 0);
        assert_int_equal(about.st_mode & 07777, files[i].mode);
    }
    assert_int_equal(stat(dir, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
    assert_true(hf_bundle_exists(dir));
}

static void its_certificate_names_the_board_and_fits_its_key(void **state)
{
    struct hf_bundle bundle = bundle_of("board-01");
    struct hf_pki_facts facts;
    (void)state;
    assert_int_equal(hf_bundle_write(&bundle, NOW, NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_inspect(scratch_path("out/bundle/cert.pem"), &facts, NULL), HF_ERR_OK);
    assert_non_null(strstr(facts.subject, "CN=board-01"));
    rename(scratch_path("out/bundle/cert.pem"), scratch_path("x.pem"));
    rename(scratch_path("out/bundle/key.pem"), scratch_path("x.key"));
    assert_true(hf_pki_pair_good(authority, scratch_path("x"), NOW, NOW));
}

static void worker_json_says_where_to_go_and_who_one_is(void **state)
{
    struct hf_bundle bundle = bundle_of("board-01");
    char text[HF_BUNDLE_JSON_MAX + 1];
    (void)state;
    assert_int_equal(hf_bundle_json(&bundle, text, NULL), HF_ERR_OK);
    assert_int_equal(strncmp(text, "//", 2), 0);
    assert_non_null(strstr(text, "\"board\":\t\"board-01\""));
    assert_non_null(strstr(text, "\"pool\":\t\"lab\""));
    assert_non_null(strstr(text, "\"host\":\t\"192.0.2.2\""));
    assert_non_null(strstr(text, "\"port\":\t5671"));
    assert_non_null(strstr(text, "\"key\":\t\"key.pem\""));
    assert_null(strstr(text, "timeout"));
}

static void a_bundle_with_a_signing_key_has_its_board_take_nothing_else(void **state)
{
    struct hf_bundle bundle = bundle_of("board-01");
    char text[HF_BUNDLE_JSON_MAX + 1], key[HF_PATH_MAX + 1];
    struct stat about;
    (void)state;
    assert_int_equal(hf_bundle_json(&bundle, text, NULL), HF_ERR_OK);
    assert_null(strstr(text, "require_signature"));
    assert_int_equal(hf_pki_setup_signing(&scratch, NULL), HF_ERR_OK);
    snprintf(key, sizeof key, "%s", scratch_path("pki/signing.pub"));
    bundle.signing = key;
    assert_int_equal(hf_bundle_write(&bundle, NOW, NULL), HF_ERR_OK);
    assert_int_equal(hf_bundle_json(&bundle, text, NULL), HF_ERR_OK);
    assert_non_null(strstr(text, "\"require_signature\":\t\"manager.pub\""));
    assert_int_equal(stat(scratch_path("out/bundle/manager.pub"), &about), 0);
}

static void worker_json_has_the_patience_of_a_broker_that_has_less_than_a_private_one(void **state)
{
    struct hf_bundle bundle = bundle_of("board-01");
    char text[HF_BUNDLE_JSON_MAX + 1];
    (void)state;
    bundle.consumer_timeout_s = 7200;
    assert_int_equal(hf_bundle_json(&bundle, text, NULL), HF_ERR_OK);
    assert_non_null(strstr(text, "\"consumer_timeout_s\":\t7200"));
    assert_null(strstr(text, "task_timeout_s"));
    bundle.consumer_timeout_s = 1800;
    assert_int_equal(hf_bundle_json(&bundle, text, NULL), HF_ERR_OK);
    assert_non_null(strstr(text, "\"consumer_timeout_s\":\t1800"));
    assert_non_null(strstr(text, "\"task_timeout_s\":\t1620"));
}

static void a_bundle_that_cannot_be_finished_has_no_worker_json(void **state)
{
    struct hf_bundle bundle = bundle_of("board-01");
    (void)state;
    bundle.authority = "/none";
    assert_int_not_equal(hf_bundle_write(&bundle, NOW, NULL), HF_ERR_OK);
    assert_false(hf_file_exists(scratch_path("out/bundle/worker.json")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_bundle_is_four_files_and_only_its_key_is_secret),
        SCRATCH_TEST(its_certificate_names_the_board_and_fits_its_key),
        SCRATCH_TEST(worker_json_says_where_to_go_and_who_one_is),
        SCRATCH_TEST(a_bundle_with_a_signing_key_has_its_board_take_nothing_else),
        SCRATCH_TEST(worker_json_has_the_patience_of_a_broker_that_has_less_than_a_private_one),
        SCRATCH_TEST(a_bundle_that_cannot_be_finished_has_no_worker_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
