#include "../cmocka_all.h"
#include "worker/mend.h"

#include <string.h>

static const char *mend_of(enum hf_err err, long raw)
{
    const struct hf_fault fault = {.err = err, .raw = raw};
    return hf_mend(&fault);
}

static void a_refused_login_and_a_refused_vhost_want_different_things(void **state)
{
    (void)state;
    assert_non_null(strstr(mend_of(HF_ERR_AMQP_LOGIN, 403), "enrolled"));
    assert_non_null(strstr(mend_of(HF_ERR_AMQP_LOGIN, 530), "broker.vhost"));
}

static void a_refused_certificate_wants_a_new_bundle(void **state)
{
    (void)state;
    assert_non_null(strstr(mend_of(HF_ERR_TLS_CERT_REFUSED, 0), "enroll"));
    assert_non_null(strstr(mend_of(HF_ERR_TLS_CERT_REQUIRED, 0), "enroll"));
}

static void what_says_it_itself_gets_no_second_advice(void **state)
{
    (void)state;
    assert_string_equal(mend_of(HF_ERR_REFUSED, 111), "");
    assert_string_equal(mend_of(HF_ERR_TLS_WRONG_NAME, 0), "");
    assert_string_equal(mend_of(HF_ERR_OK, 0), "");
}

static void a_queue_that_is_missing_forbidden_or_was_kept_waiting_is_told_apart(void **state)
{
    (void)state;
    assert_non_null(strstr(hf_mend_queue(403), "may not"));
    assert_non_null(strstr(hf_mend_queue(404), "no such queue"));
    assert_non_null(strstr(hf_mend_queue(406), "consumer_timeout"));
    assert_string_equal(hf_mend_queue(200), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_login_and_a_refused_vhost_want_different_things),
        cmocka_unit_test(a_refused_certificate_wants_a_new_bundle),
        cmocka_unit_test(what_says_it_itself_gets_no_second_advice),
        cmocka_unit_test(a_queue_that_is_missing_forbidden_or_was_kept_waiting_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
