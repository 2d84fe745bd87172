#include "cli/complete.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 48

/* "--name", or the part before the "=" of "--name=value". */
static const struct hf_option *find_option(const struct hf_command *command, const char *word)
{
    size_t len = strcspn(word, "=");
    for (const struct hf_option *o = command->options; o && o->name; o++)
        if (strncmp(word, "--", 2) == 0 && len == strlen(o->name) + 2 &&
            strncmp(word + 2, o->name, len - 2) == 0)
            return o;
    return NULL;
}

static bool takes_next(const struct hf_option *option, const char *word)
{
    return option && option->kind != HF_OPTION_FLAG && !strchr(word, '=');
}

static bool is_file(const char *kind)
{
    static const char *const kinds[] = {"FILE", "FOLDER", "DIR", "PROGRAM", "SCRIPT"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(kind, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

static void print_kind(const struct hf_complete *complete, const char *kind, const char *typed,
                       FILE *to)
{
    if (is_file(kind))
        fputs(HF_COMPLETE_FILES "\n", to);
    else if (strcmp(kind, "COMMAND") == 0)
        for (const struct hf_command_group *g = complete->groups; g->title; g++)
            for (const struct hf_command *const *c = g->commands; *c; c++)
                fprintf(to, "%s\t%s\n", (*c)->name, (*c)->summary);
    else if (complete->values)
        complete->values(complete->context, kind, typed, to);
}

/* "TASK|JOB": either of them. */
static void print_values(const struct hf_complete *complete, const char *kinds, const char *typed,
                         FILE *to)
{
    char one[WORD_MAX];
    for (const char *p = kinds; *p; p += strcspn(p, "|"), p += *p == '|') {
        snprintf(one, sizeof one, "%.*s", (int)strcspn(p, "|"), p);
        if (islower((unsigned char)one[0]))
            fprintf(to, "%s\n", one);
        else
            print_kind(complete, one, typed, to);
    }
}

static void print_options(const struct hf_command *command, FILE *to)
{
    for (const struct hf_option *o = command->options; o && o->name; o++)
        fprintf(to, "--%s\t%.*s\n", o->name, (int)strcspn(o->help, "\n"), o->help);
    fputs("--help\tSay more about this command\n", to);
}

/* --- Operands, from the usage line --- */

static bool repeats(const char *word, const char *end)
{
    while (word < end && *word != ' ')
        word++;
    return word[-1] == '.';
}

/* Behind an optional "[--x Y]..." or a required "--x Y": neither is an operand, but the files of
 * "--each FILE..." are. */
static const char *skip_option(const char *at, const char *end)
{
    bool bracket = *at == '[';
    while (at < end && *at != (bracket ? ']' : ' '))
        at++;
    if (!bracket && at < end && isupper((unsigned char)at[1]) && !repeats(at + 1, end))
        for (at++; at < end && *at != ' ';)
            at++;
    while (at < end && *at != ' ')
        at++;
    return at;
}

/* The next operand of a form as bare text ("JOB", "list|show"); false: there is none. `goes_on`:
 * it stands for any number more. */
static bool next_operand(const char **at, const char *end, char out[WORD_MAX], bool *goes_on)
{
    const char *p = *at;
    size_t len = 0;
    for (;;) {
        while (p < end && *p == ' ')
            p++;
        if (p == end)
            return false;
        if (strncmp(p, "--", 2) != 0 && strncmp(p, "[--", 3) != 0 &&
            strncmp(p, "[OPTIONS]", strlen("[OPTIONS]")) != 0)
            break;
        p = skip_option(p, end);
    }
    for (; p < end && *p != ' '; p++)
        if (len + 1 < WORD_MAX && !strchr("[].", *p))
            out[len++] = *p;
    out[len] = '\0';
    *goes_on = len > 0 && p[-1] == '.';
    *at = p;
    return true;
}

/* Whether `word` may stand for the operand: a value may be anything, a fixed word only itself. */
static bool fits(const char *operand, const char *word)
{
    size_t len = strlen(word);
    if (!islower((unsigned char)operand[0]))
        return true;
    for (const char *p = operand; *p; p += strcspn(p, "|"), p += *p == '|')
        if (strncmp(p, word, len) == 0 && (p[len] == '\0' || p[len] == '|'))
            return true;
    return false;
}

struct operands {
    const char *words[16]; /* those before the cursor */
    size_t count;
    const char *typed; /* at the cursor */
};

static void print_form(const struct hf_complete *complete, const char *form, size_t len,
                       const struct operands *given, FILE *to)
{
    char operand[WORD_MAX] = "";
    const char *at = form;
    bool goes_on = false;
    for (size_t i = 0; i <= given->count; i++) {
        if (!next_operand(&at, form + len, operand, &goes_on) && !goes_on)
            return;
        if (i < given->count && !fits(operand, given->words[i]))
            return;
    }
    print_values(complete, operand, given->typed, to);
}

static void print_operands(const struct hf_complete *complete, const struct hf_command *command,
                           const struct operands *given, FILE *to)
{
    for (const char *form = command->usage;;) {
        size_t len = strcspn(form, "\n");
        print_form(complete, form, len, given, to);
        if (form[len] == '\0')
            return;
        form += len + 1;
    }
}

/* --- A line --- */

static void complete_command(const struct hf_complete *complete, const struct hf_command *command,
                             int count, const char *const *words, FILE *to)
{
    const char *typed = words[count - 1];
    struct operands given = {.typed = typed};
    const struct hf_option *awaits = NULL; /* its value is the next word */
    for (int i = 0; i < count - 1; i++) {
        const struct hf_option *option = awaits ? NULL : find_option(command, words[i]);
        if (!awaits && !option && words[i][0] != '-' &&
            given.count < sizeof given.words / sizeof given.words[0])
            given.words[given.count++] = words[i];
        awaits = takes_next(option, words[i]) ? option : NULL;
    }
    const struct hf_option *joined = strchr(typed, '=') ? find_option(command, typed) : NULL;
    if (awaits)
        print_values(complete, awaits->value, typed, to);
    else if (joined && joined->kind != HF_OPTION_FLAG)
        print_values(complete, joined->value, strchr(typed, '=') + 1, to);
    else if (typed[0] == '-')
        print_options(command, to);
    else
        print_operands(complete, command, &given, to);
}

void hf_complete_print(const struct hf_complete *complete, int count, const char *const *words,
                       FILE *to)
{
    if (count < 1)
        return;
    if (count == 1) {
        print_kind(complete, "COMMAND", words[0], to);
        return;
    }
    const struct hf_command *command = hf_command_find(complete->groups, words[0]);
    if (command)
        complete_command(complete, command, count - 1, words + 1, to);
}
