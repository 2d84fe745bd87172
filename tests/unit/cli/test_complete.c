#include "../cmocka_all.h"
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

static const struct hf_option options[] = {
    {"state", HF_OPTION_TEXT, 0, "STATE", "Only those.", 0, 0},
    {"out", HF_OPTION_TEXT, 0, "FOLDER", "Where to.", 0, 0},
    {"each", HF_OPTION_FLAG, 0, NULL, "One a file.\nMore.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const struct hf_command list = {
    .name = "list", .summary = "List them", .usage = "[JOB] [--state STATE]", .options = options};
static const struct hf_command dead = {.name = "dead",
                                       .summary = "See the dead",
                                       .usage = "list [--state STATE]\nshow|drop TASK|JOB...",
                                       .options = options};
static const struct hf_command hand = {.name = "hand",
                                       .summary = "Hand out",
                                       .usage = "HANDLER --each FILE... [OPTIONS]",
                                       .options = options};
static const struct hf_command *const commands[] = {&list, &dead, &hand, NULL};
static const struct hf_command_group groups[] = {{"All", commands}, {NULL, NULL}};

static void values(void *context, const char *kind, const char *typed, FILE *to)
{
    (void)context;
    fprintf(to, "<%s%s%s>\n", kind, typed[0] ? " " : "", typed);
}

/* Words are separated by a blank; a blank at the end begins a new one. */
static char *complete(const char *line)
{
    static const struct hf_complete by = {groups, values, NULL};
    static char text[512];
    char copy[128];
    const char *words[16];
    int count = 0;
    FILE *to = fmemopen(text, sizeof text, "w");
    snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy;; at++) {
        words[count++] = at;
        at += strcspn(at, " ");
        if (*at == '\0')
            break;
        *at = '\0';
    }
    hf_complete_print(&by, count, words, to);
    fputc('\0', to);
    fclose(to);
    return text;
}

static void first_word_is_a_command(void **state)
{
    (void)state;
    assert_string_equal(complete("li"), "list\tList them\ndead\tSee the dead\nhand\tHand out\n");
}

static void dash_begins_an_option_and_its_value_is_of_its_kind(void **state)
{
    (void)state;
    assert_string_equal(complete("list --"),
                        "--state\tOnly those.\n--out\tWhere to.\n--each\tOne a file.\n"
                        "--help\tSay more about this command\n");
    assert_string_equal(complete("list --state "), "<STATE>\n");
    assert_string_equal(complete("list --out "), HF_COMPLETE_FILES "\n");
}

static void a_value_behind_an_equals_sign_is_that_options(void **state)
{
    (void)state;
    assert_string_equal(complete("list --state=do"), "<STATE do>\n");
    assert_string_equal(complete("list --out="), HF_COMPLETE_FILES "\n");
    assert_string_equal(complete("list --state=done 1"), "<JOB 1>\n");
}

static void operands_come_from_the_usage_line_wherever_options_stand(void **state)
{
    (void)state;
    assert_string_equal(complete("list "), "<JOB>\n");
    assert_string_equal(complete("list --state done "), "<JOB>\n");
    assert_string_equal(complete("list 12 "), "");
    assert_string_equal(complete("hand sha256 --each "), HF_COMPLETE_FILES "\n");
    assert_string_equal(complete("hand sha256 --each a b "), HF_COMPLETE_FILES "\n");
}

static void fixed_words_choose_the_form_that_goes_on(void **state)
{
    (void)state;
    assert_string_equal(complete("dead "), "list\nshow\ndrop\n");
    assert_string_equal(complete("dead list "), "");
    assert_string_equal(complete("dead drop "), "<TASK>\n<JOB>\n");
    assert_string_equal(complete("dead show a 12/"), "<TASK 12/>\n<JOB 12/>\n");
}

static void unknown_command_has_nothing(void **state)
{
    (void)state;
    assert_string_equal(complete("lost "), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_word_is_a_command),
        cmocka_unit_test(dash_begins_an_option_and_its_value_is_of_its_kind),
        cmocka_unit_test(a_value_behind_an_equals_sign_is_that_options),
        cmocka_unit_test(operands_come_from_the_usage_line_wherever_options_stand),
        cmocka_unit_test(fixed_words_choose_the_form_that_goes_on),
        cmocka_unit_test(unknown_command_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
