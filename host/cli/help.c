#include "cli/help.h"

#include <string.h>

void hf_help_overview(FILE *to, const struct hf_command *const *commands)
{
    fputs("Holdfast: tasks over RabbitMQ to ARM Linux boards; a task is never lost.\n\n"
          "Usage: holdfast COMMAND [OPTIONS]\n\n"
          "Commands:\n",
          to);
    for (; *commands; commands++)
        fprintf(to, "  %-10s %s\n", (*commands)->name, (*commands)->summary);
    fputs("  help       Say more about a command: holdfast help COMMAND\n"
          "\n"
          "Exit codes:\n"
          "  0  done\n"
          "  1  tried and failed; the reason is on stderr\n"
          "  2  a wrong argument or setting; nothing was tried\n"
          "  3  the broker is out of reach, or refuses the login\n"
          "\n"
          "Data (keys, ledger, the private broker) lies in $HOLDFAST_HOME, by default\n"
          "$XDG_DATA_HOME/holdfast or ~/.local/share/holdfast.\n",
          to);
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

static void print_option(FILE *to, const struct hf_option *option)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? " " : "",
             option->value ? option->value : "");
    const char *line = option->help;
    const char *column = left;
    for (;;) {
        int len = (int)strcspn(line, "\n");
        fprintf(to, "  %-22s %.*s\n", column, len, line);
        if (line[len] == '\0')
            return;
        line += len + 1;
        column = "";
    }
}

void hf_help_command(FILE *to, const struct hf_command *command)
{
    fprintf(to, "%s.\n\n", command->summary);
    print_usage(to, command);
    if (command->options && command->options->name) {
        fputs("\nOptions:\n", to);
        for (const struct hf_option *o = command->options; o->name; o++)
            print_option(to, o);
    }
    if (command->details)
        fprintf(to, "\n%s", command->details);
}
