#include "../cmocka_all.h"
#include "../scratch.h"
#include "broker/settings.h"

#include <stdio.h>
#include <sys/stat.h>

#define TLS "\"tls\": {\"ca\": \"pki/ca.pem\", \"cert\": \"/abs/c.pem\", \"key\": \"k\"}"

static enum hf_err parse(const char *json, struct hf_broker_settings *out, struct hf_fault *fault)
{
    char text[4096];
    snprintf(text, sizeof text, "%s", json);
    return hf_broker_settings_parse(&scratch, "broker.json", text, out, fault);
}

static void a_broker_elsewhere_needs_host_and_certificates_only(void **state)
{
    struct hf_broker_settings got;
    (void)state;
    assert_int_equal(parse("{\"host\": \"rabbit\", /* ours */ " TLS "} // end", &got, NULL),
                     HF_ERR_OK);
    assert_string_equal(got.host, "rabbit");
    assert_int_equal(got.port, 5671);
    assert_string_equal(got.vhost, "holdfast");
    assert_string_equal(got.ca, scratch_path("pki/ca.pem"));
    assert_string_equal(got.cert, "/abs/c.pem");
    assert_string_equal(got.management_url, "");
    assert_false(got.is_private);
    assert_int_equal(got.consumer_timeout_s, 1800);
}

static void how_long_a_broker_lets_a_board_work_can_be_said(void **state)
{
    struct hf_broker_settings got, loaded;
    (void)state;
    assert_int_equal(parse("{\"host\": \"a\", \"consumer_timeout_s\": 7200, " TLS "}", &got, NULL),
                     HF_ERR_OK);
    assert_int_equal(got.consumer_timeout_s, 7200);
    assert_int_equal(hf_broker_settings_save(&scratch, &got, NULL), HF_ERR_OK);
    assert_int_equal(hf_broker_settings_load(&scratch, &loaded, NULL), HF_ERR_OK);
    assert_int_equal(loaded.consumer_timeout_s, 7200);
    hf_broker_settings_init(&got, &scratch);
    assert_int_equal(got.consumer_timeout_s, 8 * 24 * 3600);
}

static void each_wrong_setting_is_named(void **state)
{
    static const struct {
        const char *json;
        enum hf_err err;
        const char *named;
    } wrong[] = {
        {"[]", HF_ERR_MALFORMED, "object"},
        {"{", HF_ERR_MALFORMED, "line 1"},
        {"{}", HF_ERR_MISSING, "\"host\""},
        {"{\"host\": \"a\"}", HF_ERR_MISSING, "\"tls\""},
        {"{\"host\": \"a\", \"tls\": 3}", HF_ERR_INVALID, "\"tls\""},
        {"{\"host\": \"a\", \"tls\": {\"ca\": \"x\", \"cert\": \"y\"}}", HF_ERR_MISSING,
         "\"tls.key\""},
        {"{\"host\": \"\", " TLS "}", HF_ERR_INVALID, "\"host\""},
        {"{\"host\": 1, " TLS "}", HF_ERR_INVALID, "\"host\""},
        {"{\"host\": \"a\", \"prot\": 1, " TLS "}", HF_ERR_INVALID, "\"prot\""},
        {"{\"host\": \"a\", \"port\": 0, " TLS "}", HF_ERR_INVALID, "\"port\""},
        {"{\"host\": \"a\", \"port\": 65536, " TLS "}", HF_ERR_INVALID, "\"port\""},
        {"{\"host\": \"a\", \"port\": 80.5, " TLS "}", HF_ERR_INVALID, "\"port\""},
        {"{\"host\": \"a\", \"port\": \"80\", " TLS "}", HF_ERR_INVALID, "\"port\""},
        {"{\"host\": \"a\", \"consumer_timeout_s\": 59, " TLS "}", HF_ERR_INVALID,
         "\"consumer_timeout_s\""},
        {"{\"host\": \"a\", \"management\": {\"url\": \"https://b\"}, " TLS "}", HF_ERR_MISSING,
         "\"management.user\""},
        {"{\"host\": \"a\", \"node\": {\"epmd_port\": 1, \"dist_port\": 1, "
         "\"management_port\": 1, \"listen\": 5}, " TLS "}",
         HF_ERR_INVALID, "\"node.listen\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct hf_broker_settings got;
        struct hf_fault fault = {0};
        if (parse(wrong[i].json, &got, &fault) != wrong[i].err)
            fail_msg("%s gave %s: %s", wrong[i].json, hf_err_name(fault.err), fault.text);
        if (!strstr(fault.text, wrong[i].named) || !strstr(fault.text, "broker.json"))
            fail_msg("\"%s\" does not name %s", fault.text, wrong[i].named);
    }
}

static enum hf_err with_url(const char *url)
{
    char json[1024];
    struct hf_broker_settings got;
    snprintf(json, sizeof json,
             "{\"host\": \"a\", \"management\": {\"url\": \"%s\", \"user\": \"u\", "
             "\"password_file\": \"p\"}, " TLS "}",
             url);
    return parse(json, &got, NULL);
}

static void a_password_never_crosses_a_network_in_clear(void **state)
{
    (void)state;
    assert_int_equal(with_url("https://rabbit.example.org:15671/"), HF_ERR_OK);
    assert_int_equal(with_url("http://127.0.0.1:15671"), HF_ERR_OK);
    assert_int_equal(with_url("http://[::1]:15671"), HF_ERR_OK);
    assert_int_equal(with_url("http://rabbit.example.org:15672"), HF_ERR_INVALID);
    assert_int_equal(with_url("http://127.0.0.1.example.org:80"), HF_ERR_INVALID);
    assert_int_equal(with_url("http://127.0.0.1:x@example.org"), HF_ERR_INVALID);
    assert_int_equal(with_url("ftp://127.0.0.1:21"), HF_ERR_INVALID);
}

static void what_is_saved_is_loaded_again(void **state)
{
    struct hf_broker_settings saved, loaded;
    struct stat about;
    (void)state;
    hf_broker_settings_init(&saved, &scratch);
    saved.port = 5673;
    saved.node.epmd_port = 1;
    saved.node.dist_port = 2;
    saved.node.management_port = 3;
    strcpy(saved.management_url, "http://127.0.0.1:3");
    strcpy(saved.node.listen[saved.node.listen_count++], "127.0.0.1");
    strcpy(saved.node.listen[saved.node.listen_count++], "fd00::2");
    strcpy(saved.node.san[saved.node.san_count++], "lab.example.org");
    assert_int_equal(hf_broker_settings_save(&scratch, &saved, NULL), HF_ERR_OK);
    assert_int_equal(hf_broker_settings_load(&scratch, &loaded, NULL), HF_ERR_OK);
    assert_memory_equal(&saved, &loaded, sizeof saved);
    assert_int_equal(stat(scratch_path("broker.json"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
}

static void a_data_folder_that_moves_takes_its_paths_along(void **state)
{
    struct hf_broker_settings settings;
    struct hf_home moved;
    char *text = NULL;
    (void)state;
    hf_broker_settings_init(&settings, &scratch);
    settings.port = 5671;
    settings.node.epmd_port = settings.node.dist_port = settings.node.management_port = 9;
    hf_broker_settings_save(&scratch, &settings, NULL);
    hf_file_read(scratch_path("broker.json"), 65536, &text, NULL, NULL);
    strcpy(moved.dir, "/moved");
    assert_int_equal(hf_broker_settings_parse(&moved, "f", text, &settings, NULL), HF_ERR_OK);
    assert_string_equal(settings.key, "/moved/pki/manager.key");
    free(text);
}

static void without_the_file_it_says_how_to_get_one(void **state)
{
    struct hf_broker_settings settings;
    struct hf_fault fault;
    (void)state;
    assert_int_equal(hf_broker_settings_load(&scratch, &settings, &fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "holdfast up"));
}

static void several_addresses_are_taken_and_a_bad_one_is_quoted(void **state)
{
    struct hf_broker_settings settings;
    struct hf_fault fault = {0};
    (void)state;
    assert_int_equal(parse("{\"host\": \"a.lab, [::1]:5600\", " TLS "}", &settings, &fault), 0);
    assert_string_equal(settings.host, "a.lab, [::1]:5600");
    assert_int_equal(parse("{\"host\": \"a.lab,b:x\", " TLS "}", &settings, &fault),
                     HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "'b:x'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_broker_elsewhere_needs_host_and_certificates_only),
        SCRATCH_TEST(how_long_a_broker_lets_a_board_work_can_be_said),
        SCRATCH_TEST(each_wrong_setting_is_named),
        SCRATCH_TEST(several_addresses_are_taken_and_a_bad_one_is_quoted),
        SCRATCH_TEST(a_password_never_crosses_a_network_in_clear),
        SCRATCH_TEST(what_is_saved_is_loaded_again),
        SCRATCH_TEST(a_data_folder_that_moves_takes_its_paths_along),
        SCRATCH_TEST(without_the_file_it_says_how_to_get_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
