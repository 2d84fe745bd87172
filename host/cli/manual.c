#include "cli/manual.h"

#include "cli/help.h"

#include <ctype.h>
#include <string.h>

/* Text as roff takes it: a backslash, a hyphen that may be copied, no line that begins a request.
 */
static void print_text(FILE *to, const char *text, size_t len)
{
    bool begins = true;
    for (size_t i = 0; i < len; i++) {
        if (begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", to);
        begins = text[i] == '\n';
        if (text[i] == '\\')
            fputs("\\e", to);
        else if (text[i] == '-')
            fputs("\\-", to);
        else
            putc(text[i], to);
    }
}

static void print_all(FILE *to, const char *text)
{
    print_text(to, text, strlen(text));
}

static void print_forms(FILE *to, const struct hf_command *command)
{
    const char *form = command->usage;
    for (bool first = true;; first = false) {
        size_t len = strcspn(form, "\n");
        fprintf(to, "%s.B holdfast %s\n", first ? "" : ".br\n", command->name);
        print_text(to, form, len);
        fputs(len ? "\n" : "", to);
        if (form[len] == '\0')
            return;
        form += len + 1;
    }
}

static void print_options(FILE *to, const struct hf_command *command)
{
    for (const struct hf_option *o = command->options; o && o->name; o++) {
        fputs(".TP\n.B \\-\\-", to);
        print_all(to, o->name);
        if (o->value)
            fprintf(to, " \\fI%s\\fP", o->value);
        putc('\n', to);
        print_all(to, o->help);
        putc('\n', to);
    }
}

/* Paragraphs are filled, indented blocks (examples) stay as they are. */
static void print_details(FILE *to, const char *text)
{
    bool block = false;
    while (*text) {
        size_t len = strcspn(text, "\n");
        bool indented = isblank((unsigned char)text[0]);
        if (indented != block)
            fputs(indented ? ".nf\n" : ".fi\n", to);
        block = indented;
        if (len == 0)
            fputs(".PP\n", to);
        print_text(to, text, len);
        fputs(len ? "\n" : "", to);
        text += len + (text[len] == '\n');
    }
    fputs(block ? ".fi\n" : "", to);
}

static void print_command(FILE *to, const struct hf_command *command)
{
    fprintf(to, ".SS %s\n", command->name);
    print_all(to, command->summary);
    fputs(".\n.PP\n", to);
    print_forms(to, command);
    print_options(to, command);
    if (!command->details)
        return;
    fputs(".PP\n", to);
    print_details(to, command->details);
}

static void print_exits(FILE *to)
{
    fputs(".SH EXIT STATUS\n", to);
    for (const struct hf_help_exit *e = hf_help_exits; e->text; e++) {
        fprintf(to, ".TP\n.B %d\n", e->code);
        print_all(to, e->text);
        putc('\n', to);
    }
}

static void print_settings(FILE *to)
{
    fputs(".SH ENVIRONMENT\n", to);
    for (const struct hf_help_setting *s = hf_help_settings; s->name; s++) {
        fprintf(to, ".TP\n.B %s\n", s->name);
        print_all(to, s->text);
        putc('\n', to);
    }
}

void hf_manual_print(FILE *to, const struct hf_command_group *groups)
{
    fputs(
        ".TH HOLDFAST 1 \"\" \"Holdfast " HOLDFAST_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nholdfast \\- tasks over RabbitMQ to ARM Linux boards\n"
        ".SH SYNOPSIS\n.B holdfast\n\\fICOMMAND\\fP [\\fIOPTIONS\\fP]\n"
        ".SH DESCRIPTION\n"
        "Hands out work to many small boards through RabbitMQ and takes the results in. What it\n"
        "has taken is in its ledger before it is sent, and what a board reports is in the ledger\n"
        "before it is acked: no task is lost, and none is counted twice.\n",
        to);
    for (; groups->title; groups++) {
        fprintf(to, ".SH COMMANDS: ");
        for (const char *c = groups->title; *c; c++)
            putc(toupper((unsigned char)*c), to);
        putc('\n', to);
        for (const struct hf_command *const *c = groups->commands; *c; c++)
            print_command(to, *c);
    }
    print_exits(to);
    print_settings(to);
}
