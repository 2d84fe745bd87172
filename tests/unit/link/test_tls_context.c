#include "certs.h"
#include "link/tls_context.h"

#include <unistd.h>

static enum hf_err load(const char *ca, const char *cert, const char *key, struct hf_fault *fault)
{
    struct hf_tls_context *context = NULL;
    const struct hf_tls_files files = {.ca = ca, .cert = cert, .key = key};
    const enum hf_err err = hf_tls_context_load(&files, &context, fault);
    if (err != HF_ERR_OK)
        assert_null(context);
    hf_tls_context_free(context);
    return err;
}

static void a_ca_alone_or_with_our_own_pair_is_enough(void **state)
{
    (void)state;
    const char *ca = certs_path("ca.pem");
    assert_int_equal(load(ca, NULL, NULL, NULL), HF_ERR_OK);
    assert_int_equal(load(ca, certs_path("board.pem"), certs_path("leaf.key"), NULL), HF_ERR_OK);
}

/* TO is made of the files; the list ends with NULL. */
static void join(const char *to, const char *const names[])
{
    static char all[4 * HF_PKI_PEM_MAX];
    size_t len = 0;
    for (; *names != NULL; names++) {
        FILE *file = fopen(certs_path(*names), "r");
        assert_non_null(file);
        len += fread(all + len, 1, sizeof all - 1 - len, file);
        (void)fclose(file);
    }
    all[len] = '\0';
    certs_put(to, all);
}

static void several_cas_may_stand_in_one_file(void **state)
{
    (void)state;
    static const char *const names[] = {"ca.pem", "other-ca.pem", NULL};
    join("both.pem", names);
    assert_int_equal(load(certs_path("both.pem"), NULL, NULL, NULL), HF_ERR_OK);
}

static void key_certificate_and_cas_may_stand_in_one_file_in_that_order(void **state)
{
    static const char *const whole[] = {"leaf.key", "board.pem", "ca.pem", "other-ca.pem", NULL};
    static const char *const bare[] = {"leaf.key", "board.pem", NULL};
    struct hf_fault fault;
    (void)state;
    join("one.pem", whole);
    const char *path = certs_path("one.pem");
    assert_int_equal(load(path, path, path, NULL), HF_ERR_OK);
    join("one.pem", bare);
    path = certs_path("one.pem");
    assert_int_equal(load(path, path, path, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "of a CA after our own"));
}

static void without_a_ca_nothing_is_trusted(void **state)
{
    (void)state;
    struct hf_fault fault;
    assert_int_equal(load(NULL, NULL, NULL, &fault), HF_ERR_MISSING);
    assert_non_null(strstr(fault.text, "tls.ca"));
}

static void half_a_pair_is_an_error(void **state)
{
    (void)state;
    struct hf_fault fault;
    const char *ca = certs_path("ca.pem");
    assert_int_equal(load(ca, certs_path("board.pem"), NULL, &fault), HF_ERR_MISSING);
    assert_non_null(strstr(fault.text, "both or none"));
    assert_int_equal(load(ca, NULL, certs_path("leaf.key"), NULL), HF_ERR_MISSING);
}

static void a_key_of_another_certificate_is_found_out(void **state)
{
    (void)state;
    struct hf_fault fault;
    assert_int_equal(
        load(certs_path("ca.pem"), certs_path("board.pem"), certs_path("ca.key"), &fault),
        HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "ca.key"));
    assert_non_null(strstr(fault.text, "board.pem"));
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct hf_fault fault;
    assert_int_equal(load(certs_path("none.pem"), NULL, NULL, &fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "none.pem"));
    assert_int_equal(
        load(certs_path("ca.pem"), certs_path("board.pem"), certs_path("no.key"), NULL),
        HF_ERR_NOT_FOUND);
    assert_int_equal(load(certs_folder, NULL, NULL, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "regular file"));
    if (geteuid() == 0)
        return; /* root may read anything */
    certs_put("secret.pem", "x");
    assert_int_equal(chmod(certs_path("secret.pem"), 0), 0);
    assert_int_equal(load(certs_path("secret.pem"), NULL, NULL, NULL), HF_ERR_DENIED);
}

static void a_pipe_in_place_of_a_file_does_not_hang(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(certs_path("pipe.pem"), 0600), 0);
    assert_int_equal(load(certs_path("pipe.pem"), NULL, NULL, NULL), HF_ERR_MALFORMED);
}

static void what_is_no_pem_or_of_another_kind_is_malformed(void **state)
{
    (void)state;
    struct hf_fault fault;
    certs_put("empty.pem", "");
    certs_put("text.pem", "not a certificate\n");
    certs_put("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    assert_int_equal(load(certs_path("empty.pem"), NULL, NULL, NULL), HF_ERR_MALFORMED);
    assert_int_equal(load(certs_path("text.pem"), NULL, NULL, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "text.pem"));
    assert_int_equal(load(certs_path("cut.pem"), NULL, NULL, NULL), HF_ERR_MALFORMED);
    assert_int_equal(load(certs_path("leaf.key"), NULL, NULL, NULL), HF_ERR_MALFORMED);
    assert_int_equal(
        load(certs_path("ca.pem"), certs_path("board.pem"), certs_path("board.pem"), &fault),
        HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "private key"));
}

static void a_file_that_is_far_too_long_is_not_read(void **state)
{
    (void)state;
    static char text[70000];
    memset(text, '\n', sizeof text - 1);
    certs_put("long.pem", text);
    assert_int_equal(load(certs_path("long.pem"), NULL, NULL, NULL), HF_ERR_MALFORMED);
}

static void a_key_is_never_quoted(void **state)
{
    (void)state;
    struct hf_fault fault;
    certs_put("odd.key",
              "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n");
    assert_int_equal(
        load(certs_path("ca.pem"), certs_path("board.pem"), certs_path("odd.key"), &fault),
        HF_ERR_MALFORMED);
    assert_null(strstr(fault.text, "c2VjcmV0"));
}

static void freeing_none_is_harmless(void **state)
{
    (void)state;
    hf_tls_context_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ca_alone_or_with_our_own_pair_is_enough),
        cmocka_unit_test(several_cas_may_stand_in_one_file),
        cmocka_unit_test(key_certificate_and_cas_may_stand_in_one_file_in_that_order),
        cmocka_unit_test(without_a_ca_nothing_is_trusted),
        cmocka_unit_test(half_a_pair_is_an_error),
        cmocka_unit_test(a_key_of_another_certificate_is_found_out),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(a_pipe_in_place_of_a_file_does_not_hang),
        cmocka_unit_test(what_is_no_pem_or_of_another_kind_is_malformed),
        cmocka_unit_test(a_file_that_is_far_too_long_is_not_read),
        cmocka_unit_test(a_key_is_never_quoted),
        cmocka_unit_test(freeing_none_is_harmless),
    };
    return cmocka_run_group_tests(tests, certs_make, certs_remove);
}
