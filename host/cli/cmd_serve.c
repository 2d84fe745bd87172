#include "cli/desk.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "manager/serve.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct options {
    const char *hook;
    bool unit;
};

static const struct hf_option options[] = {
    {"hook", HF_OPTION_TEXT, offsetof(struct options, hook), "SCRIPT",
     "Run this (by /bin/sh) when a job has ended or a board is\n"
     "missed.",
     0, 0},
    {"unit", HF_OPTION_FLAG, offsetof(struct options, unit), NULL,
     "Print a unit for systemd that serves this data folder.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Sends what is pending, collects results, hands out what --at and --every have\n"
    "ordered, and notes which boards are missed, until it is stopped (Ctrl-C, SIGTERM).\n"
    "Every command does the same while it runs; with serve it goes on by itself. When the\n"
    "broker is gone it stays and tries again. One serves a data folder at a time.\n"
    "\n"
    "The hook gets HOLDFAST_EVENT, \"job-ended\" with HOLDFAST_JOB, _JOB_ID, _JOB_NAME,\n"
    "_TASKS, _DONE and _FAILED, or \"board-lost\" with HOLDFAST_BOARD, and the same as a line\n"
    "of JSON on its standard input. It is ended after 60 s. For a job it runs at least\n"
    "once: again, when serve was killed before it was over.\n"
    "\n"
    "Examples:\n"
    "  holdfast serve\n"
    "  holdfast serve --hook 'notify-send \"$HOLDFAST_EVENT $HOLDFAST_JOB$HOLDFAST_BOARD\"'\n"
    "  holdfast serve --unit > ~/.config/systemd/user/holdfast.service\n"
    "  systemctl --user enable --now holdfast\n";

/* In a unit a % stands for itself when it is doubled, and so does a $. */
static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '%' || *text == '$')
            putchar(*text);
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static int print_unit(const struct hf_command *command, const struct options *given)
{
    struct hf_home home;
    struct hf_fault fault = {0};
    char program[PATH_MAX + 1];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (hf_home_find(&home, &fault))
        return hf_out_setting(command, &fault);
    program[len > 0 ? len : 0] = '\0';
    fputs("[Unit]\nDescription=Holdfast manager\nAfter=network-online.target\n"
          "Wants=network-online.target\n\n[Service]\nType=notify\nExecStart=",
          stdout);
    print_quoted(program);
    fputs(" serve", stdout);
    if (given->hook) {
        fputs(" --hook ", stdout);
        print_quoted(given->hook);
    }
    fputs("\nEnvironment=", stdout);
    char setting[HF_HOME_DIR_MAX + 32];
    snprintf(setting, sizeof setting, "HOLDFAST_HOME=%s", home.dir);
    print_quoted(setting);
    fputs("\nRestart=always\nRestartSec=5\nWatchdogSec=120\n\n"
          "[Install]\nWantedBy=default.target\n",
          stdout);
    return HF_EXIT_OK;
}

static int serve(const struct hf_command *command, const struct options *given)
{
    struct hf_desk desk;
    struct hf_fault fault = {0};
    int code = hf_desk_open(command, &desk);
    struct hf_serve_config config = {
        .home = &desk.home, .ledger = desk.ledger, .hook = given->hook, .stop = hf_interrupt_seen};
    hf_interrupt_catch();
    if (code == HF_EXIT_OK) {
        enum hf_err err = hf_serve_run(&config, &fault);
        if (err == HF_ERR_NOT_FOUND)
            code = hf_out_setting(command, &fault);
        else if (err != HF_ERR_OK)
            code = hf_out_fault(command, &fault);
    }
    hf_desk_close(&desk);
    return code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_fault fault = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    return given.unit ? print_unit(command, &given) : serve(command, &given);
}

const struct hf_command hf_command_serve = {
    .name = "serve",
    .summary = "Send, collect and schedule, all the time",
    .usage = "[--hook SCRIPT]\n--unit [--hook SCRIPT]",
    .options = options,
    .details = details,
    .run = run,
};
