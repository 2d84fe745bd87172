#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/overview.h"
#include "cli/terminal.h"
#include "link/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define STEP_MS       100
#define EVERY_DEFAULT 1000

struct options {
    int64_t every_ms;
    bool once, json;
};

static const struct hf_option options[] = {
    {"every", HF_OPTION_DURATION_MS, offsetof(struct options, every_ms), "TIME",
     "How often it is drawn (1s).", 100, 3600000},
    {"once", HF_OPTION_FLAG, offsetof(struct options, once), NULL,
     "Print it once and leave, also where there is no terminal.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL,
     "Print one JSON object a line, each time anew.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Fleet and jobs on the whole screen, drawn again and again, while tasks go out and\n"
    "results come in. q or Ctrl-C leaves; nothing stops by that.\n"
    "\n"
    "Examples:\n"
    "  holdfast watch\n"
    "  holdfast watch --once\n"
    "  holdfast watch --json --every 10s >>fleet.jsonl\n";

struct screen {
    bool full; /* the terminal's other screen is on */
    struct termios before;
    bool keys; /* `before` is to be restored */
};

static void enter(struct screen *screen)
{
    struct termios raw;
    screen->full = true;
    fputs("\033[?1049h\033[?25l", stdout);
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &screen->before) != 0)
        return;
    raw = screen->before;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    screen->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void leave(struct screen *screen)
{
    if (screen->keys)
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
    if (screen->full)
        fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
}

static bool is_quit(const struct screen *screen)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    char key = 0;
    return screen->keys && poll(&ready, 1, 0) > 0 && read(STDIN_FILENO, &key, 1) == 1 &&
           (key == 'q' || key == 'Q' || key == 3);
}

static enum hf_err draw(struct hf_desk *desk, const struct screen *screen, bool json,
                        struct hf_fault *fault)
{
    const struct hf_terminal terminal = hf_terminal_of(stdout);
    if (json) {
        cJSON *object = NULL;
        enum hf_err err = hf_overview_json(desk, &object, fault);
        return err ? err : hf_json_line(object) ? HF_ERR_IO : HF_ERR_OK;
    }
    if (!screen->full)
        return hf_overview_print(desk, 120, 0, stdout, fault);
    return hf_overview_print(desk, terminal.columns, terminal.rows, stdout, fault);
}

/* The broker may be away: the ledger is shown all the same. */
static enum hf_err carry(struct hf_desk *desk, int64_t *again_ms, struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_mono_ms();
    if (!desk->courier && now_ms >= *again_ms) {
        struct hf_courier_config config = {
            .home = &desk->home, .ledger = desk->ledger, .events = true, .name = "holdfast watch"};
        enum hf_err err = hf_courier_new(&config, &desk->courier, fault);
        if (err)
            return err;
    }
    if (!desk->courier) {
        (void)poll(NULL, 0, STEP_MS);
        return HF_ERR_OK;
    }
    if (hf_courier_step(desk->courier, now_ms + STEP_MS, fault) == HF_ERR_OK)
        return HF_ERR_OK;
    hf_courier_free(desk->courier);
    desk->courier = NULL;
    *again_ms = now_ms + 5000;
    return HF_ERR_OK;
}

/* HF_ERR_UNREACHABLE: it was shown once, but without the broker. */
static enum hf_err show(struct hf_desk *desk, const struct options *given,
                        const struct screen *screen, struct hf_fault *fault)
{
    int64_t again_ms = 0;
    int64_t due_ms = hf_clock_mono_ms() + 3 * STEP_MS; /* what waits comes in first */
    enum hf_err err = HF_ERR_OK;
    bool over = false;
    while (!err && !over && !hf_interrupt_seen() && !is_quit(screen)) {
        err = carry(desk, &again_ms, fault);
        int64_t now_ms = hf_clock_mono_ms();
        if (err || now_ms < due_ms)
            continue;
        due_ms = now_ms + given->every_ms;
        err = draw(desk, screen, given->json, fault);
        fflush(stdout);
        over = given->once || ferror(stdout);
    }
    if (!err && given->once && !desk->courier)
        err = hf_fault_set(fault, HF_ERR_UNREACHABLE, 0,
                           "the broker is out of reach: this is what the ledger knew before");
    return err;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.every_ms = EVERY_DEFAULT};
    struct hf_fault fault = {0};
    struct hf_desk desk;
    struct screen screen = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    if (!given.once && !given.json && !isatty(STDOUT_FILENO)) {
        hf_fault_set(&fault, HF_ERR_INVALID, 0,
                     "there is no terminal to draw on: --once or --json");
        return hf_out_usage(command, &fault);
    }
    hf_interrupt_catch();
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK) {
        if (!given.once && !given.json)
            enter(&screen);
        enum hf_err err = show(&desk, &given, &screen, &fault);
        leave(&screen);
        code = err ? hf_out_setting(command, &fault) : HF_EXIT_OK;
    }
    hf_desk_close(&desk);
    return code;
}

const struct hf_command hf_command_watch = {
    .name = "watch",
    .summary = "Show fleet and jobs on the whole screen, live",
    .usage = "[--every TIME] [--once] [--json]",
    .options = options,
    .details = details,
    .run = run,
};
