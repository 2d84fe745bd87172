#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct call call;

/* Found by brute force with Python's hashlib. */
static void answers_agree_with_an_independent_search(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *answer;
    } CASES[] = {
        {"{\"start\":0,\"end\":1000000,\"content\":\"abc\",\"prefix\":\"0000\",\"algorithm\":"
         "\"md5\"}",
         "{\"nonce\":84029,\"digest\":\"00002f85c98d0b8165f02d1a9f87a1e2\"}"},
        {"{\"start\":0,\"end\":1000000,\"base\":\"hold\",\"content\":\"fast\",\"prefix\":\"0000\","
         "\"algorithm\":\"sha256\"}",
         "{\"nonce\":81167,\"digest\":"
         "\"0000c9477c195d3a2e11e6607dc358637f7b65952af91495e40232afe2a971e8\"}"},
        {"{\"start\":9007199254740900,\"end\":9007199254740991,\"base\":\"z\",\"prefix\":\"A\","
         "\"algorithm\":\"md5\"}",
         "{\"nonce\":9007199254740915,\"digest\":\"a7b783b124e5803e69b1be456b752763\"}"},
        {"{\"start\":0,\"end\":2000,\"algorithm\":\"sha256\",\"prefix\":"
         "\"03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4\"}",
         "{\"nonce\":1234,\"digest\":"
         "\"03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4\"}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, hf_handler_nonce_search, CASES[i].payload);
        assert_string_equal(call.log, "");
        assert_int_equal(call.code, 0);
        assert_string_equal(call.out, CASES[i].answer);
    }
}

static void text_of_several_blocks_and_bytes_above_ascii_counts_as_it_is(void **state)
{
    (void)state;
    char payload[1024], accents[201], crosses[201];
    memset(crosses, 'x', 200);
    crosses[200] = accents[200] = '\0';
    for (size_t i = 0; i < 200; i += 2)
        memcpy(accents + i, "\xc3\xa9", 2);
    (void)snprintf(payload, sizeof payload,
                   "{\"start\":1,\"end\":1000000,\"base\":\"base-\",\"content\":\"%s\","
                   "\"prefix\":\"000\",\"algorithm\":\"md5\"}",
                   crosses);
    call_text(&call, hf_handler_nonce_search, payload);
    assert_string_equal(call.out,
                        "{\"nonce\":2866,\"digest\":\"000e85c740a9db8c8e4e18b9281b4cc1\"}");
    (void)snprintf(payload, sizeof payload,
                   "{\"start\":95,\"end\":1000000,\"base\":\"base-\",\"content\":\"%s\","
                   "\"prefix\":\"000\",\"algorithm\":\"sha256\"}",
                   accents);
    call_text(&call, hf_handler_nonce_search, payload);
    assert_string_equal(call.out,
                        "{\"nonce\":3614,\"digest\":"
                        "\"00064354f2757debee6fbc5aca02195722dddf2a3573e1b096989bb36df73d54\"}");
}

static void the_end_is_included_and_nothing_behind_it(void **state)
{
    (void)state;
    call_text(&call, hf_handler_nonce_search,
              "{\"start\":84000,\"end\":84028,\"content\":\"abc\",\"prefix\":\"0000\","
              "\"algorithm\":\"md5\"}");
    assert_int_equal(call.code, 0);
    assert_string_equal(call.out, "{\"nonce\":null}");
    call_text(&call, hf_handler_nonce_search,
              "{\"start\":84029,\"end\":84029,\"content\":\"abc\",\"prefix\":\"0000\","
              "\"algorithm\":\"md5\"}");
    assert_string_equal(call.out,
                        "{\"nonce\":84029,\"digest\":\"00002f85c98d0b8165f02d1a9f87a1e2\"}");
}

static void a_long_search_reports_progress(void **state)
{
    (void)state;
    call_text(&call, hf_handler_nonce_search,
              "{\"start\":1000,\"end\":3000999,\"content\":\"abc\",\"algorithm\":\"sha256\","
              "\"prefix\":\"0123456789abcdef0123456789abcdef\"}");
    assert_string_equal(call.out, "{\"nonce\":null}");
    char *at = NULL;
    long percent = strtol(call.progress, &at, 10), done = strtol(at, &at, 10);
    assert_true(done > 0 && done < 3000000);
    assert_int_equal(percent, done * 100 / 3000000);
    assert_memory_equal(at, " of 3000000 nonces\n", strlen(" of 3000000 nonces\n"));
}

static void a_bad_field_is_named_with_its_value_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *words;
    } CASES[] = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{\"start\":0", "no JSON object"},
        {"{}", "\"start\" is missing; expected a whole number"},
        {"{\"start\":0}", "\"end\" is missing"},
        {"{\"start\":\"0\",\"end\":1}", "\"start\" is \"0\""},
        {"{\"start\":0.5,\"end\":1}", "\"start\" is 0.5"},
        {"{\"start\":-1,\"end\":1}", "\"start\" is -1"},
        {"{\"start\":0,\"end\":9007199254740993}", "\"end\" is 9007199254740993"},
        {"{\"start\":0,\"end\":1e300}", "\"end\" is 1e300"},
        {"{\"start\":0,\"end\":1}", "\"prefix\" is missing; expected a text"},
        {"{\"start\":0,\"end\":1,\"prefix\":1}", "\"prefix\" is 1"},
        {"{\"start\":0,\"end\":1,\"prefix\":\"0\",\"base\":[]}", "\"base\" is []"},
        {"{\"start\":0,\"end\":1,\"prefix\":\"0\",\"content\":null}", "\"content\" is null"},
        {"{\"start\":0,\"end\":1,\"prefix\":\"0\"}", "\"algorithm\" is missing; expected \"md5\""},
        {"{\"start\":0,\"end\":1,\"prefix\":\"0\",\"algorithm\":\"sha1\"}",
         "\"algorithm\" is \"sha1\""},
        {"{\"start\":2,\"end\":1,\"prefix\":\"0\",\"algorithm\":\"md5\"}",
         "\"start\" is 2, above \"end\", which is 1"},
        {"{\"start\":0,\"end\":1,\"prefix\":\"0x\",\"algorithm\":\"md5\"}",
         "\"prefix\" is \"0x\"; expected up to 32 hex digits"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        call_text(&call, hf_handler_nonce_search, CASES[i].payload);
        assert_int_equal(call.code, 65);
        assert_string_equal(call.out, "");
        if (!strstr(call.log, CASES[i].words))
            fail_msg("%s: said %s", CASES[i].payload, call.log);
    }
}

static void a_payload_over_the_limit_is_refused_with_the_limit(void **state)
{
    (void)state;
    const size_t size = 64 * 1024 + 1;
    char *payload = malloc(size);
    memset(payload, ' ', size);
    payload[0] = '{';
    call_handler(&call, hf_handler_nonce_search, payload, size);
    free(payload);
    assert_int_equal(call.code, 65);
    assert_non_null(strstr(call.log, "over the limit of 65536 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_with_an_independent_search),
        cmocka_unit_test(text_of_several_blocks_and_bytes_above_ascii_counts_as_it_is),
        cmocka_unit_test(the_end_is_included_and_nothing_behind_it),
        cmocka_unit_test(a_long_search_reports_progress),
        cmocka_unit_test(a_bad_field_is_named_with_its_value_and_what_was_expected),
        cmocka_unit_test(a_payload_over_the_limit_is_refused_with_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
