#include "../cmocka_all.h"
#include "cli/command.h"
#include "cli/manual.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What every command owes its users, checked over the table that the program itself uses. */

static void each_command(void (*check)(const struct hf_command *command))
{
    int count = 0;
    for (const struct hf_command_group *g = hf_command_groups; g->title; g++)
        for (const struct hf_command *const *c = g->commands; *c; c++, count++)
            check(*c);
    assert_true(count > 7);
}

static void check_words(const struct hf_command *command)
{
    size_t len = strlen(command->summary);
    print_message("%s\n", command->name);
    assert_ptr_equal(hf_command_find(hf_command_groups, command->name), command);
    assert_true(strlen(command->name) <= 11);
    assert_true(len > 10 && len <= 78 && command->summary[len - 1] != '.');
    assert_true(isupper((unsigned char)command->summary[0]));
    assert_non_null(command->usage);
    assert_non_null(command->run);
}

static void check_examples(const struct hf_command *command)
{
    char begin[32];
    const char *examples = strstr(command->details, "\nExamples:\n");
    snprintf(begin, sizeof begin, "holdfast %s", command->name);
    print_message("%s\n", command->name);
    assert_non_null(examples);
    assert_non_null(strstr(examples, begin));
    assert_int_equal(command->details[strlen(command->details) - 1], '\n');
}

static void check_widths(const struct hf_command *command)
{
    for (const char *line = command->details; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 92)
            fail_msg("%s: too wide: %.100s", command->name, line);
}

static void check_options(const struct hf_command *command)
{
    for (const struct hf_option *o = command->options; o && o->name; o++) {
        print_message("%s --%s\n", command->name, o->name);
        assert_true(o->help && o->help[0]);
        assert_int_equal(o->kind == HF_OPTION_FLAG, o->value == NULL);
        for (const struct hf_option *other = o + 1; other->name; other++)
            assert_string_not_equal(o->name, other->name);
    }
}

static void every_command_has_a_summary_and_is_found(void **state)
{
    (void)state;
    each_command(check_words);
}

static void every_command_has_examples_of_itself(void **state)
{
    (void)state;
    each_command(check_examples);
    each_command(check_widths);
}

static void every_option_is_explained_and_there_once(void **state)
{
    (void)state;
    each_command(check_options);
}

static void mistyped_command_is_guessed(void **state)
{
    (void)state;
    assert_string_equal(hf_command_guess(hf_command_groups, "sumbit"), "submit");
    assert_null(hf_command_guess(hf_command_groups, "zzzzzz"));
}

static void manual_page_has_every_command_and_no_line_that_roff_would_take_for_a_request(
    void **state)
{
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *to = open_memstream(&text, &len);
    hf_manual_print(to, hf_command_groups);
    fclose(to);
    for (const struct hf_command_group *g = hf_command_groups; g->title; g++)
        for (const struct hf_command *const *c = g->commands; *c; c++) {
            char heading[64];
            snprintf(heading, sizeof heading, "\n.SS %s\n", (*c)->name);
            assert_non_null(strstr(text, heading));
        }
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        static const char *const known[] = {".TH ",  ".SH ",  ".SS ",  ".B ",  ".br\n",
                                            ".TP\n", ".PP\n", ".nf\n", ".fi\n"};
        bool ok = line[0] != '.' && line[0] != '\'';
        for (size_t i = 0; !ok && i < sizeof known / sizeof known[0]; i++)
            ok = strncmp(line, known[i], strlen(known[i])) == 0;
        if (!ok)
            fail_msg("a strange line: %.60s", line);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_summary_and_is_found),
        cmocka_unit_test(every_command_has_examples_of_itself),
        cmocka_unit_test(every_option_is_explained_and_there_once),
        cmocka_unit_test(mistyped_command_is_guessed),
        cmocka_unit_test(
            manual_page_has_every_command_and_no_line_that_roff_would_take_for_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
