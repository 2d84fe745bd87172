#include "cli/help.h"

#include "cli/interrupt.h"

#include <string.h>

#define OPTION_WIDTH 22 /* of the column of options, or more where one is longer */

const struct hf_help_exit hf_help_exits[] = {
    {HF_EXIT_OK, "done"},
    {HF_EXIT_FAILED, "tried and failed; the reason is on stderr"},
    {HF_EXIT_USAGE, "a wrong argument or setting; nothing was tried"},
    {HF_EXIT_UNREACHABLE, "the broker is out of reach, refuses the login, or none is known"},
    {HF_EXIT_INTERRUPTED, "Ctrl-C while waiting; what was begun goes on"},
    {0, NULL},
};

const struct hf_help_setting hf_help_settings[] = {
    {"HOLDFAST_HOME", "where all data is (keys, ledger, the private broker); else it is\n"
                      "$XDG_DATA_HOME/holdfast, else ~/.local/share/holdfast"},
    {"HOLDFAST_RABBITMQ", "folder of RabbitMQ's programs (/usr/lib/rabbitmq/bin)"},
    {"NO_COLOR", "no colours, whatever it is set to; there are none but on a\n"
                 "terminal anyway"},
    {NULL, NULL},
};

/* `text` in a column of its own, line by line, with `left` before the first. */
static void print_beside(FILE *to, int width, const char *left, const char *text)
{
    for (;;) {
        int len = (int)strcspn(text, "\n");
        fprintf(to, "  %-*s %.*s\n", width, left, len, text);
        if (text[len] == '\0')
            return;
        text += len + 1;
        left = "";
    }
}

void hf_help_overview(FILE *to, const struct hf_command_group *groups)
{
    char code[16];
    fputs("Holdfast: tasks over RabbitMQ to ARM Linux boards; a task is never lost.\n\n"
          "Usage: holdfast COMMAND [OPTIONS]\n",
          to);
    for (; groups->title; groups++) {
        fprintf(to, "\n%s:\n", groups->title);
        for (const struct hf_command *const *c = groups->commands; *c; c++)
            print_beside(to, 11, (*c)->name, (*c)->summary);
    }
    fputs("\nMore about a command, with examples: holdfast help COMMAND\n\nExit codes:\n", to);
    for (const struct hf_help_exit *e = hf_help_exits; e->text; e++) {
        snprintf(code, sizeof code, "%d", e->code);
        print_beside(to, 4, code, e->text);
    }
    fputs("\nEnvironment:\n", to);
    for (const struct hf_help_setting *s = hf_help_settings; s->name; s++)
        print_beside(to, 18, s->name, s->text);
}

static void print_usage(FILE *to, const struct hf_command *command)
{
    const char *form = command->usage;
    const char *lead = "Usage:";
    for (;;) {
        int len = (int)strcspn(form, "\n");
        fprintf(to, "%-6s holdfast %s%s%.*s\n", lead, command->name, len ? " " : "", len, form);
        if (form[len] == '\0')
            return;
        form += len + 1;
        lead = "";
    }
}

/* Its width. */
static int left_of(const struct hf_option *option, char out[64])
{
    return snprintf(out, 64, "--%s%s%s", option->name, option->value ? " " : "",
                    option->value ? option->value : "");
}

static void print_options(FILE *to, const struct hf_option *options)
{
    char left[64];
    int width = OPTION_WIDTH;
    for (const struct hf_option *o = options; o->name; o++)
        if (left_of(o, left) > width)
            width = left_of(o, left);
    fputs("\nOptions:\n", to);
    for (const struct hf_option *o = options; o->name; o++) {
        (void)left_of(o, left);
        print_beside(to, width, left, o->help);
    }
}

void hf_help_command(FILE *to, const struct hf_command *command)
{
    fprintf(to, "%s.\n\n", command->summary);
    print_usage(to, command);
    if (command->options && command->options->name)
        print_options(to, command->options);
    if (command->details)
        fprintf(to, "\n%s", command->details);
}
