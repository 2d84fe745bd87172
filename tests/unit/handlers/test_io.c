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
    struct hf_handler_io io = {ends[0], -1, -1, -1};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_read_goes_on_to_the_end_or_until_it_is_full),
        cmocka_unit_test(progress_and_reasons_are_whole_lines),
        cmocka_unit_test(a_long_reason_is_cut_but_still_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
