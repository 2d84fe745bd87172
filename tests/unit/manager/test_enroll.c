#include "../cmocka_all.h"
#include "../scratch.h"
#include "broker/listen.h"
#include "manager/bundle.h"
#include "manager/enroll.h"
#include "pki/authority.h"

#include <stdio.h>

#define NOW INT64_C(1800000000)

static struct hf_broker_settings settings;
static struct hf_enrolled planned;

/* A private broker that listens on loopback and on 192.0.2.2 as well. */
static int set_up(void **state)
{
    static const char *const listen[] = {"192.0.2.2"};
    struct hf_pki_names names = {0};
    if (scratch_make(state) != 0)
        return -1;
    hf_broker_settings_init(&settings, &scratch);
    settings.port = 5671;
    hf_listen_set(&settings.node, listen, 1, NULL);
    hf_pki_names_add(&names, "localhost", NULL);
    hf_pki_names_add(&names, "127.0.0.1", NULL);
    hf_pki_names_add(&names, "192.0.2.2", NULL);
    return hf_pki_setup(&scratch, &names, NOW, NULL, NULL) == HF_ERR_OK ? 0 : -1;
}

static enum hf_err plan(const struct hf_enroll_request *request, struct hf_fault *fault)
{
    return hf_enroll_plan(&scratch, &settings, request, &planned, fault);
}

static void names_that_could_not_stand_in_a_certificate_or_a_pattern_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "Board",
                                        "a b",
                                        "-a",
                                        "a.b",
                                        "a/b",
                                        "a*",
                                        ".*",
                                        "\303\244",
                                        "a\n",
                                        "abcdefghijklmnopqrstuvwxyz0123456"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct hf_enroll_request board = {.board = wrong[i]};
        const struct hf_enroll_request pool = {.board = "ok", .pool = wrong[i]};
        assert_int_equal(plan(&board, NULL), HF_ERR_INVALID);
        assert_int_equal(plan(&pool, NULL), HF_ERR_INVALID);
    }
}

static void a_board_cannot_take_the_name_of_a_user_of_the_broker_or_a_commands_word(void **state)
{
    static const char *const taken[] = {"manager", "admin", "guest", "boss", "broker", "ca"};
    (void)state;
    strcpy(settings.management_user, "boss");
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        struct hf_fault fault;
        const struct hf_enroll_request request = {.board = taken[i]};
        assert_int_equal(plan(&request, &fault), HF_ERR_INVALID);
        assert_non_null(strstr(fault.text, taken[i]));
    }
}

static void pool_folder_and_host_have_their_defaults(void **state)
{
    const struct hf_enroll_request request = {.board = "kitchen-17"};
    (void)state;
    assert_int_equal(plan(&request, NULL), HF_ERR_OK);
    assert_string_equal(planned.pool, "default");
    assert_string_equal(planned.dir, "kitchen-17");
    assert_string_equal(planned.host, "192.0.2.2");
    assert_int_equal(planned.port, 5671);
    assert_false(planned.only_this_machine);
}

static void a_broker_on_loopback_is_for_this_machine_only(void **state)
{
    const struct hf_enroll_request request = {.board = "kitchen-17"};
    (void)state;
    hf_listen_set(&settings.node, NULL, 0, NULL);
    assert_int_equal(plan(&request, NULL), HF_ERR_OK);
    assert_string_equal(planned.host, "127.0.0.1");
    assert_true(planned.only_this_machine);
}

static void a_host_that_the_certificate_lacks_is_refused_with_the_mend(void **state)
{
    struct hf_fault fault;
    const struct hf_enroll_request named = {.board = "k", .broker_host = "lab.example.org"};
    const struct hf_enroll_request no_name = {.board = "k", .broker_host = "a b"};
    (void)state;
    assert_int_equal(plan(&named, &fault), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "--san lab.example.org"));
    assert_int_equal(plan(&no_name, &fault), HF_ERR_INVALID);
}

static void a_broker_elsewhere_is_reached_as_its_settings_say(void **state)
{
    const struct hf_enroll_request request = {.board = "k"};
    (void)state;
    settings.is_private = false;
    strcpy(settings.host, "rabbit.example.org");
    assert_int_equal(plan(&request, NULL), HF_ERR_OK);
    assert_string_equal(planned.host, "rabbit.example.org");
    assert_false(planned.only_this_machine);
}

static void a_bundle_that_is_there_is_overwritten_only_by_force(void **state)
{
    struct hf_fault fault;
    struct hf_enroll_request request = {.board = "k", .out_dir = scratch_path("b")};
    (void)state;
    hf_file_make_dir(scratch_path("b"), NULL);
    assert_int_equal(plan(&request, NULL), HF_ERR_OK);
    hf_file_write(scratch_path("b/key.pem"), "x", 1, 0600, NULL);
    assert_int_equal(plan(&request, &fault), HF_ERR_EXISTS);
    assert_non_null(strstr(fault.text, "--force"));
    request.force = true;
    assert_int_equal(plan(&request, NULL), HF_ERR_OK);
}

static void when_the_broker_is_away_no_bundle_is_written(void **state)
{
    const struct hf_enroll_request request = {.board = "k", .out_dir = scratch_path("b")};
    const struct hf_site site = {.home = &scratch, .settings = &settings, .now_s = NOW};
    (void)state;
    strcpy(settings.management_url, "http://127.0.0.1:1");
    hf_file_write(scratch_path("admin.password"), "x", 1, 0600, NULL);
    assert_int_equal(hf_enroll(&site, &request, &planned, NULL), HF_ERR_REFUSED);
    assert_false(hf_bundle_exists(scratch_path("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_drop)
        TEST(names_that_could_not_stand_in_a_certificate_or_a_pattern_are_refused),
        TEST(a_board_cannot_take_the_name_of_a_user_of_the_broker_or_a_commands_word),
        TEST(pool_folder_and_host_have_their_defaults),
        TEST(a_broker_on_loopback_is_for_this_machine_only),
        TEST(a_host_that_the_certificate_lacks_is_refused_with_the_mend),
        TEST(a_broker_elsewhere_is_reached_as_its_settings_say),
        TEST(a_bundle_that_is_there_is_overwritten_only_by_force),
        TEST(when_the_broker_is_away_no_bundle_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
