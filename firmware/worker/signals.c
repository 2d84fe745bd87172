#include "worker/signals.h"

#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t terminations;
static volatile sig_atomic_t reload;
static sigset_t unblocked;

static void on_terminate(int number)
{
    (void)number;
    if (terminations < 2)
        terminations++;
}

static void on_reload(int number)
{
    (void)number;
    reload = 1;
}

static void on_child(int number)
{
    (void)number; /* its work is done by waking ppoll() */
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

/* SIGUSR1 and SIGUSR2 also where nobody sends them: what is forked after this is sent them. */
void hf_signals_init(bool by_monitor)
{
    static const int OURS[] = {SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2};
    sigset_t ours;
    (void)sigemptyset(&ours);
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        (void)sigaddset(&ours, OURS[i]);
    (void)sigprocmask(SIG_BLOCK, &ours, &unblocked);
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        (void)sigdelset(&unblocked, OURS[i]);
    handle(SIGTERM, by_monitor ? SIG_IGN : on_terminate);
    handle(SIGINT, by_monitor ? SIG_IGN : on_terminate);
    handle(SIGHUP, by_monitor ? SIG_IGN : on_reload);
    handle(SIGUSR1, by_monitor ? on_terminate : SIG_IGN);
    handle(SIGUSR2, by_monitor ? on_reload : SIG_IGN);
    handle(SIGCHLD, on_child);
    handle(SIGPIPE, SIG_IGN);
}

const sigset_t *hf_signals_mask(void)
{
    return &unblocked;
}

int hf_signals_terminations(void)
{
    return terminations;
}

bool hf_signals_take_reload(void)
{
    const bool asked = reload != 0;
    reload = 0;
    return asked;
}
