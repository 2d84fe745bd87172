#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digests are Python's hashlib's. */

static struct call call;

static void digests_of_known_payloads_agree(void **state)
{
    (void)state;
    call_text(&call, hf_handler_sha256, "");
    assert_int_equal(call.code, 0);
    assert_string_equal(call.out,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    call_text(&call, hf_handler_sha256, "abc");
    assert_string_equal(call.out,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(call.progress, "");
}

static void a_large_payload_is_streamed_with_progress(void **state)
{
    (void)state;
    const size_t size = 3 * 1024 * 1024 + 5;
    unsigned char *payload = malloc(size);
    for (size_t i = 0; i < size; i++)
        payload[i] = (unsigned char)(i * 7 + i / 251);
    call_handler(&call, hf_handler_sha256, payload, size);
    free(payload);
    assert_int_equal(call.code, 0);
    assert_string_equal(call.out,
                        "97b223b8dffd3197ac94f503412970b2d77110b3c78d60b4647c8fa2cebe897b");
    assert_string_equal(call.progress, "33 1048576 of 3145733 bytes\n66 2097152 of 3145733 bytes\n"
                                       "99 3145728 of 3145733 bytes\n");
}

static void a_payload_that_cannot_be_read_is_an_error_with_words(void **state)
{
    (void)state;
    int log = memfd_create("log", 0);
    struct hf_handler_io io = {.in = -1, .out = log, .log = log, .progress = log};
    assert_int_equal(hf_handler_sha256(&io), 74);
    (void)call_take(log, call.log, sizeof call.log);
    assert_non_null(strstr(call.log, "cannot read the payload: Bad file descriptor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_known_payloads_agree),
        cmocka_unit_test(a_large_payload_is_streamed_with_progress),
        cmocka_unit_test(a_payload_that_cannot_be_read_is_an_error_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
