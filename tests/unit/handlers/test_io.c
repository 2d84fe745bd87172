#include "../cmocka_all.h"
#include "call.h"
#include "handlers/io.h"

#include <fcntl.h>

static struct call call;

/* In pieces, as a pipe gives them. */
static void a_whole_read_goes_on_to_the_end_or_until_it_is_full(void **state)
{
    (void)state;
    int ends[2];
    char data[6] = "";
    assert_int_equal(pipe(ends), 0);
    struct hf_handler_io io = {.in = ends[0], .out = -1, .log = -1, .progress = -1};
    assert_int_equal(write(ends[1], "abcdefgh", 8), 8);
    assert_int_equal(hf_io_read_all(&io, data, 5), 5);
    assert_string_equal(data, "abcde");
    (void)close(ends[1]);
    assert_int_equal(hf_io_read_all(&io, data, 5), 3);
    assert_memory_equal(data, "fgh", 3);
    assert_int_equal(hf_io_read_all(&io, data, 5), 0);
    (void)close(ends[0]);
}

static int talk(const struct hf_handler_io *io)
{
    assert_int_equal(hf_io_payload_bytes(io), 7);
    hf_io_progress(io, 0, 0, "parts");
    hf_io_progress(io, 1, 3, "parts");
    hf_io_progress(io, 9007199254740991, 9007199254740991, "parts");
    return hf_io_fail(io, 65, "the %s is %d", "value", 5);
}

static void progress_and_reasons_are_whole_lines(void **state)
{
    (void)state;
    call_text(&call, talk, "payload");
    assert_int_equal(call.code, 65);
    assert_string_equal(call.log, "the value is 5\n");
    assert_string_equal(call.progress, "0 0 of 0 parts\n33 1 of 3 parts\n"
                                       "100 9007199254740991 of 9007199254740991 parts\n");
}

static int complain_at_length(const struct hf_handler_io *io)
{
    char text[1000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    return hf_io_fail(io, 1, "%s", text);
}

static void a_long_reason_is_cut_but_still_a_line(void **state)
{
    (void)state;
    call_text(&call, complain_at_length, "");
    assert_int_equal(strlen(call.log), 511);
    assert_int_equal(call.log[510], '\n');
}

static void a_small_payload_is_read_from_memory_and_a_small_result_stays_there(void **state)
{
    (void)state;
    char data[8] = "", out[4];
    struct hf_io_memory memory = {.in = "abcdef", .in_len = 6, .out = out, .out_size = sizeof out};
    const struct hf_handler_io io = {
        .in = -1, .out = -1, .log = -1, .progress = -1, .memory = &memory};
    assert_int_equal(hf_io_payload_bytes(&io), 6);
    assert_int_equal(hf_io_read(&io, data, 4), 4);
    assert_int_equal(hf_io_read_all(&io, data + 4, 4), 2);
    assert_string_equal(data, "abcdef");
    assert_int_equal(hf_io_read(&io, data, 1), 0);
    assert_int_equal(hf_io_write(&io, "12", 2), 0);
    assert_int_equal(hf_io_write(&io, "34", 2), 0);
    assert_int_equal(memory.out_len, 4);
    assert_memory_equal(out, "1234", 4);
    assert_false(memory.piped);
    assert_int_equal(hf_io_write(&io, "5", 1), -1);
}

static void a_result_that_is_too_large_for_memory_goes_to_the_descriptor_whole(void **state)
{
    (void)state;
    char out[4], got[16];
    const int file = memfd_create("out", 0);
    struct hf_io_memory memory = {.out = out, .out_size = sizeof out};
    const struct hf_handler_io io = {
        .in = -1, .out = file, .log = -1, .progress = -1, .memory = &memory};
    assert_int_equal(hf_io_write(&io, "123", 3), 0);
    assert_int_equal(hf_io_write(&io, "45", 2), 0);
    assert_int_equal(hf_io_write(&io, "6", 1), 0);
    assert_int_equal(memory.out_len, 0);
    assert_true(memory.piped);
    assert_int_equal(call_take(file, got, sizeof got), 6);
    assert_string_equal(got, "123456");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_read_goes_on_to_the_end_or_until_it_is_full),
        cmocka_unit_test(progress_and_reasons_are_whole_lines),
        cmocka_unit_test(a_long_reason_is_cut_but_still_a_line),
        cmocka_unit_test(a_small_payload_is_read_from_memory_and_a_small_result_stays_there),
        cmocka_unit_test(a_result_that_is_too_large_for_memory_goes_to_the_descriptor_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
