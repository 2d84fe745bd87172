#include "../cmocka_all.h"
#include "link/log.h"
#include "wire/utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* The system's log: a datagram socket in a folder of the test's own. */

static char system_folder[64], system_path[96];

static int listen_as_system(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", system_path);
    (void)unlink(system_path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static const char *take_datagram(int fd)
{
    const ssize_t got = recv(fd, line, sizeof line - 1, 0);
    line[got > 0 ? got : 0] = '\0';
    return line;
}

static int begin_system(void **state)
{
    (void)snprintf(system_folder, sizeof system_folder, "/tmp/holdfast-test-XXXXXX");
    if (!mkdtemp(system_folder))
        return -1;
    (void)snprintf(system_path, sizeof system_path, "%s/log", system_folder);
    hf_log_to(system_path);
    return begin_capture(state);
}

static int end_system(void **state)
{
    hf_log_to(NULL);
    (void)unlink(system_path);
    (void)rmdir(system_folder);
    return end_capture(state);
}

static void the_system_gets_a_datagram_with_the_level_and_who_we_are(void **state)
{
    (void)state;
    char wanted[128];
    const int fd = listen_as_system();
    hf_log(HF_LOG_WARN, "link.down", "cause=%s", "TLS");
    (void)snprintf(wanted, sizeof wanted, "<28>holdfast-worker[%d]: warn link.down cause=TLS",
                   (int)getpid());
    assert_string_equal(take_datagram(fd), wanted);
    hf_log(HF_LOG_ERROR, "x", "%d", 1);
    assert_memory_equal(take_datagram(fd), "<27>", 4);
    hf_log(HF_LOG_INFO, "x", "%d", 1);
    assert_memory_equal(take_datagram(fd), "<30>", 4);
    assert_string_equal(take(), ""); /* and nothing on stderr */
    assert_int_equal(close(fd), 0);
}

static void a_line_that_no_system_log_takes_is_on_stderr(void **state)
{
    (void)state;
    hf_log(HF_LOG_INFO, "early", "%d", 1);
    assert_non_null(strstr(take(), "info early 1\n"));
    const int fd = listen_as_system();
    hf_log(HF_LOG_INFO, "heard", "%d", 2);
    assert_non_null(strstr(take_datagram(fd), "info heard 2"));
    assert_int_equal(close(fd), 0);
    hf_log(HF_LOG_INFO, "late", "%d", 3);
    assert_non_null(strstr(take(), "info late 3\n"));
}

static void a_system_log_that_was_started_anew_is_found_again(void **state)
{
    (void)state;
    const int old = listen_as_system();
    hf_log(HF_LOG_INFO, "one", "%d", 1);
    assert_non_null(strstr(take_datagram(old), "info one 1"));
    assert_int_equal(close(old), 0);
    const int new = listen_as_system();
    hf_log(HF_LOG_INFO, "two", "%d", 2);
    assert_non_null(strstr(take_datagram(new), "info two 2"));
    assert_string_equal(take(), "");
    assert_int_equal(close(new), 0);
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
        cmocka_unit_test_setup_teardown(the_system_gets_a_datagram_with_the_level_and_who_we_are,
                                        begin_system, end_system),
        cmocka_unit_test_setup_teardown(a_line_that_no_system_log_takes_is_on_stderr, begin_system,
                                        end_system),
        cmocka_unit_test_setup_teardown(a_system_log_that_was_started_anew_is_found_again,
                                        begin_system, end_system),
        cmocka_unit_test(levels_are_read_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
