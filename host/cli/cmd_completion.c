#include "cli/complete.h"
#include "cli/known.h"
#include "cli/output.h"

#include <string.h>

struct options {
    bool words;
};

static const struct hf_option options[] = {
    {"words", HF_OPTION_FLAG, offsetof(struct options, words), NULL,
     "What may stand for the last of the given words: the scripts\n"
     "ask this.",
     0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Prints a script that completes commands, options, files, and what the ledger knows:\n"
    "boards, pools, labels, handlers, jobs, tasks, schedules. It asks this program each\n"
    "time, so it never falls behind; the broker is not asked.\n"
    "\n"
    "Examples:\n"
    "  source <(holdfast completion bash)             in ~/.bashrc\n"
    "  holdfast completion zsh >\"${fpath[1]}/_holdfast\"\n";

static const char bash_script[] =
    "_holdfast() {\n"
    "    local line word typed cur=${COMP_WORDS[COMP_CWORD]}\n"
    "    local -a words=()\n"
    "    COMPREPLY=()\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
    "        [[ $word == = ]] || words+=(\"$word\")\n" /* bash has cut --option=value */
    "    done\n"
    "    [[ $cur != = ]] || words+=(\"\")\n"
    "    words=(\"${words[@]#[\\\"\\']}\")\n"
    "    words=(\"${words[@]//\\\\/}\")\n"
    "    typed=${words[${#words[@]} - 1]}\n"
    "    while IFS= read -r line; do\n"
    "        if [[ $line == " HF_COMPLETE_FILES " ]]; then\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            mapfile -t COMPREPLY < <(compgen -f -- \"$typed\")\n"
    "            return\n"
    "        fi\n"
    "        word=${line%%$'\\t'*}\n"
    "        [[ $word == \"$typed\"* ]] || continue\n"
    "        [[ $word != */ ]] || compopt -o nospace 2>/dev/null\n"
    "        [[ $cur == [\\\"\\']* ]] || printf -v word %q \"$word\"\n"
    "        COMPREPLY+=(\"$word\")\n"
    "    done < <(\"${COMP_WORDS[0]}\" completion --words -- \"${words[@]}\" 2>/dev/null)\n"
    "    compopt -o nosort 2>/dev/null\n"
    "}\n"
    "complete -F _holdfast holdfast\n";

static const char zsh_script[] =
    "#compdef holdfast\n"
    "_holdfast() {\n"
    "    local line\n"
    "    local -a found further\n"
    "    for line in \"${(@f)$(\"${words[1]}\" completion --words -- \"${(@Q)words[2,CURRENT]}\""
    " 2>/dev/null)}\"; do\n"
    "        if [[ $line == " HF_COMPLETE_FILES " ]]; then\n"
    "            compset -P '--*='\n"
    "            _files\n"
    "            return\n"
    "        fi\n"
    "        [[ -n $line ]] || continue\n"
    "        if [[ ${line%%$'\\t'*} == */ ]]; then\n"
    "            further+=(\"${${line//:/\\\\:}/$'\\t'/:}\")\n"
    "        else\n"
    "            found+=(\"${${line//:/\\\\:}/$'\\t'/:}\")\n"
    "        fi\n"
    "    done\n"
    "    compset -P '--*='\n"
    "    _describe -V holdfast found -- further -S ''\n"
    "}\n"
    "if [[ $funcstack[1] == _holdfast ]]; then\n"
    "    _holdfast \"$@\"\n"
    "else\n"
    "    compdef _holdfast holdfast\n"
    "fi\n";

static int print_script(const struct hf_command *command, int operands, char **argv)
{
    struct hf_fault fault = {0};
    if (operands == 1 && strcmp(argv[0], "bash") == 0) {
        fputs(bash_script, stdout);
    } else if (operands == 1 && strcmp(argv[0], "zsh") == 0) {
        fputs(zsh_script, stdout);
    } else {
        hf_fault_set(&fault, HF_ERR_INVALID, 0, "which shell: bash or zsh?");
        return hf_out_usage(command, &fault);
    }
    return HF_EXIT_OK;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault))
        return hf_out_usage(command, &fault);
    if (!given.words)
        return print_script(command, operands, argv);
    const struct hf_complete complete = {.groups = hf_command_groups, .values = hf_known_print};
    hf_complete_print(&complete, operands, (const char *const *)argv, stdout);
    return HF_EXIT_OK;
}

const struct hf_command hf_command_completion = {
    .name = "completion",
    .summary = "Print a script that completes commands and names in a shell",
    .usage = "bash|zsh\n--words -- [WORD]...",
    .options = options,
    .details = details,
    .run = run,
};
