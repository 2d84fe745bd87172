#include "../cmocka_all.h"
#include "cli/csv.h"
#include "cli/outfiles.h"

#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_with_commas_quotes_and_line_ends_are_quoted),
        cmocka_unit_test(bytes_that_are_no_text_come_as_base64_and_large_ones_as_a_file),
        cmocka_unit_test(the_header_has_as_many_fields_as_a_line),
        cmocka_unit_test(a_name_never_leads_out_of_the_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
