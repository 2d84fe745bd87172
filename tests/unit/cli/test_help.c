#include "../cmocka_all.h"
#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>

static void help_of_a_command_shows_each_form_option_and_example(void **state)
{
    static const struct hf_option options[] = {
        {"pool", HF_OPTION_TEXT, 0, "POOL", "Whose tasks.\nA second line.", 0, 0},
        {"json", HF_OPTION_FLAG, 0, NULL, "As JSON.", 0, 0},
        {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
    };
    const struct hf_command command = {.name = "do",
                                       .summary = "Do it",
                                       .usage = "NAME\n--all",
                                       .options = options,
                                       .details = "Examples:\n  holdfast do x\n"};
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *to = open_memstream(&text, &len);
    hf_help_command(to, &command);
    fclose(to);
    assert_string_equal(text, "Do it.\n\n"
                              "Usage: holdfast do NAME\n"
                              "       holdfast do --all\n\n"
                              "Options:\n"
                              "  --pool POOL            Whose tasks.\n"
                              "                         A second line.\n"
                              "  --json                 As JSON.\n\n"
                              "Examples:\n  holdfast do x\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_of_a_command_shows_each_form_option_and_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
