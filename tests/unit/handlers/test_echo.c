#include "../cmocka_all.h"
#include "call.h"
#include "handlers/builtins.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct call call;

static void any_bytes_come_back_as_they_are(void **state)
{
    (void)state;
    static char payload[300 * 1024];
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (char)(i * 7 + i / 251);
    call_handler(&call, hf_handler_echo, payload, sizeof payload);
    assert_int_equal(call.code, 0);
    assert_int_equal(call.out_len, sizeof payload);
    assert_memory_equal(call.out, payload, sizeof payload);
    assert_string_equal(call.log, "");
}

static void an_empty_payload_gives_an_empty_result(void **state)
{
    (void)state;
    call_text(&call, hf_handler_echo, "");
    assert_int_equal(call.code, 0);
    assert_int_equal(call.out_len, 0);
}

static void a_result_that_cannot_be_written_is_an_error_with_words(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY), in = memfd_create("in", 0),
        log = memfd_create("log", 0);
    assert_int_equal(write(in, "x", 1), 1);
    assert_int_equal(lseek(in, 0, SEEK_SET), 0);
    struct hf_handler_io io = {.in = in, .out = full, .log = log, .progress = log};
    assert_int_equal(hf_handler_echo(&io), 74);
    (void)call_take(log, call.log, sizeof call.log);
    assert_non_null(strstr(call.log, "No space left"));
    (void)close(full);
    (void)close(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_come_back_as_they_are),
        cmocka_unit_test(an_empty_payload_gives_an_empty_result),
        cmocka_unit_test(a_result_that_cannot_be_written_is_an_error_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
