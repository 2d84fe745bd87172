#include "../cmocka_all.h"
#include "link/log.h"
#include "wire/utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What hf_log writes goes to a pipe in stderr's place, and from there to `line`. */

static int saved = -1, reader = -1;
static char line[4096];
static ssize_t line_len;

static int begin_capture(void **state)
{
    (void)state;
    int ends[2];
    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return -1;
    reader = ends[0];
    saved = dup(STDERR_FILENO);
    if (saved < 0 || dup2(ends[1], STDERR_FILENO) < 0)
        return -1;
    hf_log_set_level(HF_LOG_INFO);
    return close(ends[1]);
}

static int end_capture(void **state)
{
    (void)state;
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    return close(reader);
}

static const char *take(void)
{
    line_len = read(reader, line, sizeof line - 1);
    line[line_len > 0 ? line_len : 0] = '\0';
    return line;
}

static void a_line_is_time_level_event_and_text(void **state)
{
    (void)state;
    hf_log(HF_LOG_WARN, "link.down", "cause=%s raw=%d", "TLS", -7);
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
    (void)take();
    for (size_t i = 0; i < sizeof form - 1; i++) {
        if (form[i] == 'd')
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], form[i]);
    }
    assert_string_equal(line + sizeof form - 1, "warn link.down cause=TLS raw=-7\n");
}

static void an_event_without_text_leaves_no_blank_behind(void **state)
{
    (void)state;
    hf_log(HF_LOG_INFO, "link.unblocked", "%s", "");
    assert_non_null(strstr(take(), "Z info link.unblocked"));
    const char *nothing = "";
    hf_log(HF_LOG_INFO, "link.unblocked", nothing, 0);
    assert_non_null(strstr(take(), "info link.unblocked\n"));
}

static void lines_above_the_level_are_dropped(void **state)
{
    (void)state;
    hf_log(HF_LOG_DEBUG, "x", "%d", 1);
    assert_string_equal(take(), "");
    hf_log_set_level(HF_LOG_DEBUG);
    hf_log(HF_LOG_DEBUG, "x", "%d", 1);
    assert_non_null(strstr(take(), "debug x 1\n"));
    hf_log_set_level(HF_LOG_ERROR);
    hf_log(HF_LOG_WARN, "x", "%d", 1);
    assert_string_equal(take(), "");
    hf_log(HF_LOG_ERROR, "x", "%d", 1);
    assert_non_null(strstr(take(), "error x 1\n"));
}

static void foreign_text_cannot_break_or_garble_a_line(void **state)
{
    (void)state;
    hf_log(HF_LOG_INFO, "task", "reason=\"%s\"", "one\ntwo\r\x1b[2J\x7f \xc3\xa9 \xff \xc2\x9b");
    assert_non_null(strstr(take(), "reason=\"one?two??[2J? \xc3\xa9 ? ??\"\n"));
}

static void a_long_line_is_cut_at_1_kb_and_stays_a_line_of_utf8(void **state)
{
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        char text[2001];
        for (size_t i = 0; i < 2000; i += 2)
            memcpy(text + i, "\xc3\xa9", 2);
        text[2000] = '\0';
        hf_log(HF_LOG_INFO, "task", "%s%s", shift ? "x" : "", text);
        (void)take();
        assert_in_range(line_len, 1000, 1024);
        assert_int_equal(line[line_len - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + line_len - 1);
        assert_true(hf_utf8_valid(hf_str(line)));
    }
}

static void a_long_event_name_is_cut_too(void **state)
{
    (void)state;
    char name[1501];
    memset(name, 'n', sizeof name - 1);
    name[1500] = '\0';
    hf_log(HF_LOG_INFO, name, "%s", "text");
    (void)take();
    assert_in_range(line_len, 1000, 1024);
    assert_int_equal(line[line_len - 1], '\n');
}

static void a_full_pipe_loses_the_line_and_blocks_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++)
        hf_log(HF_LOG_INFO, "flood", "%s", "0123456789012345678901234567890123456789");
    assert_non_null(strstr(take(), "flood"));
}

static void levels_are_read_by_name(void **state)
{
    (void)state;
    enum hf_log_level level = HF_LOG_DEBUG;
    assert_int_equal(hf_log_parse_level("error", &level), 0);
    assert_int_equal(level, HF_LOG_ERROR);
    assert_int_equal(hf_log_parse_level("debug", &level), 0);
    assert_int_equal(level, HF_LOG_DEBUG);
    assert_int_equal(hf_log_parse_level("warn", &level), 0);
    assert_int_equal(hf_log_parse_level("Info", &level), -1);
    assert_int_equal(hf_log_parse_level("", &level), -1);
    assert_int_equal(level, HF_LOG_WARN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_time_level_event_and_text, begin_capture,
                                        end_capture),
        cmocka_unit_test_setup_teardown(an_event_without_text_leaves_no_blank_behind, begin_capture,
                                        end_capture),
        cmocka_unit_test_setup_teardown(lines_above_the_level_are_dropped, begin_capture,
                                        end_capture),
        cmocka_unit_test_setup_teardown(foreign_text_cannot_break_or_garble_a_line, begin_capture,
                                        end_capture),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_at_1_kb_and_stays_a_line_of_utf8,
                                        begin_capture, end_capture),
        cmocka_unit_test_setup_teardown(a_long_event_name_is_cut_too, begin_capture, end_capture),
        cmocka_unit_test_setup_teardown(a_full_pipe_loses_the_line_and_blocks_nobody, begin_capture,
                                        end_capture),
        cmocka_unit_test(levels_are_read_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
