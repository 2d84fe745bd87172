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

void hf_signals_init(void)
{
    sigset_t ours;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGTERM);
    (void)sigaddset(&ours, SIGINT);
    (void)sigaddset(&ours, SIGCHLD);
    (void)sigaddset(&ours, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ours, &unblocked);
    (void)sigdelset(&unblocked, SIGTERM);
    (void)sigdelset(&unblocked, SIGINT);
    (void)sigdelset(&unblocked, SIGCHLD);
    (void)sigdelset(&unblocked, SIGHUP);
    handle(SIGTERM, on_terminate);
    handle(SIGINT, on_terminate);
    handle(SIGHUP, on_reload);
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
