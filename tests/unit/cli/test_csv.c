#include "../cmocka_all.h"
#include "cli/csv.h"
#include "cli/outfiles.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char *line_of(const struct hf_ending *ending)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    hf_csv_result(ending, "/bodies", to);
    fclose(to);
    return text;
}

static struct hf_ending ending_of(const char *bytes, size_t size)
{
    struct hf_ending ending = {.entry = {.job = 3, .seq = 1, .state = HF_STATE_DONE}};
    snprintf(ending.entry.task.id, sizeof ending.entry.task.id, "id");
    snprintf(ending.entry.name, sizeof ending.entry.name, "a,\"b\".txt");
    ending.body = (struct hf_body){.size = size, .bytes = bytes};
    return ending;
}

static void fields_with_commas_quotes_and_line_ends_are_quoted(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("one\n\"two\"", 9);
    char *line = line_of(&ending);
    assert_string_equal(line, "id,,3,1,\"a,\"\"b\"\".txt\",,done,,,0,0,0,0,0,0,0,9,text,"
                              "\"one\n\"\"two\"\"\"\n");
    free(line);
}

static void bytes_that_are_no_text_come_as_base64_and_large_ones_as_a_file(void **state)
{
    (void)state;
    struct hf_ending ending = ending_of("\xff\0", 2);
    char *line = line_of(&ending);
    assert_non_null(strstr(line, ",2,base64,/wA=\n"));
    free(line);
    ending.body = (struct hf_body){.size = 70000, .hash = "abc"};
    line = line_of(&ending);
    assert_non_null(strstr(line, ",70000,file,/bodies/abc\n"));
    free(line);
}

static void the_header_has_as_many_fields_as_a_line(void **state)
{
    (void)state;
    char *header = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&header, &size);
    assert_non_null(to);
    hf_csv_header(to);
    fclose(to);
    struct hf_ending ending = ending_of("x", 1);
    ending.entry.name[0] = '\0';
    char *line = line_of(&ending);
    int commas[2] = {0};
    for (const char *c = header; *c; c++)
        commas[0] += *c == ',';
    for (const char *c = line; *c; c++)
        commas[1] += *c == ',';
    assert_int_equal(commas[0], commas[1]);
    free(line);
    free(header);
}

static void a_name_never_leads_out_of_the_folder(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"photos/a.jpg", "photos/a.jpg"},
        {"/etc/passwd", "etc/passwd"},
        {"../../x", "x"},
        {"a/../b", "a/b"},
        {"./a//b/", "a/b"},
        {"..", "12"},
        {"", "12"},
        {"...", "..."},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct hf_entry entry = {.seq = 12};
        char out[HF_OUTFILES_NAME_MAX];
        snprintf(entry.name, sizeof entry.name, "%s", names[i][0]);
        hf_outfiles_name(&entry, false, out);
        assert_string_equal(out, names[i][1]);
    }
    struct hf_entry entry = {.seq = 12, .name = "a.jpg"};
    char out[HF_OUTFILES_NAME_MAX];
    hf_outfiles_name(&entry, true, out);
    assert_string_equal(out, "a.jpg.12");
}

/* A terminal that shows bytes as they are; its far end, and what reached that. */
static FILE *open_terminal(int *far)
{
    struct termios rules;
    *far = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*far >= 0 && grantpt(*far) == 0 && unlockpt(*far) == 0);
    const int near = open(ptsname(*far), O_RDWR | O_NOCTTY);
    assert_int_equal(tcgetattr(near, &rules), 0);
    cfmakeraw(&rules);
    assert_int_equal(tcsetattr(near, TCSANOW, &rules), 0);
    return fdopen(near, "w");
}

static void read_all(FILE *near, int far, char *out, size_t size)
{
    size_t got = 0;
    ssize_t n = 0;
    fclose(near); /* from then on a read comes to an end */
    while (got + 1 < size && (n = read(far, out + got, size - got - 1)) > 0)
        got += (size_t)n;
    out[got] = '\0';
    close(far);
}

static void an_output_gives_a_terminal_no_orders(void **state)
{
    static const char output[] = "a\033[2J\302\233\303\251\n";
    const struct hf_ending ending = ending_of(output, sizeof output - 1);
    char seen[512];
    int far = -1;
    (void)state;
    FILE *near = open_terminal(&far);
    assert_int_equal(hf_outfiles_show(NULL, &ending.body, near, NULL), HF_ERR_OK);
    read_all(near, far, seen, sizeof seen);
    assert_string_equal(seen, "a\\x1b[2J\\xc2\\x9b\303\251\n");
    near = open_terminal(&far);
    hf_csv_result(&ending, "/bodies", near);
    read_all(near, far, seen, sizeof seen);
    assert_null(strchr(seen, '\033'));
    assert_non_null(strstr(seen, "text,\"a\\x1b[2J"));
}

static void a_long_output_comes_to_a_terminal_without_a_character_cut(void **state)
{
    static char output[40000], seen[45000];
    struct hf_body body = {.size = sizeof output, .bytes = output};
    int far = -1;
    (void)state;
    for (size_t i = 0; i < sizeof output; i++)
        output[i] = i % 2 ? '\251' : '\303';
    output[0] = output[1] = 'x'; /* and no piece of even length begins with a character */
    memmove(output + 1, output + 2, sizeof output - 2);
    output[sizeof output - 1] = 'x';
    FILE *near = open_terminal(&far);
    const pid_t writer = fork();
    if (writer == 0) {
        const enum hf_err err = hf_outfiles_show(NULL, &body, near, NULL);
        _exit(fclose(near) != 0 || err != HF_ERR_OK);
    }
    read_all(near, far, seen, sizeof seen);
    int status = -1;
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    assert_int_equal(strlen(seen), sizeof output);
    assert_memory_equal(seen, output, sizeof output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_with_commas_quotes_and_line_ends_are_quoted),
        cmocka_unit_test(bytes_that_are_no_text_come_as_base64_and_large_ones_as_a_file),
        cmocka_unit_test(the_header_has_as_many_fields_as_a_line),
        cmocka_unit_test(a_name_never_leads_out_of_the_folder),
        cmocka_unit_test(an_output_gives_a_terminal_no_orders),
        cmocka_unit_test(a_long_output_comes_to_a_terminal_without_a_character_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
