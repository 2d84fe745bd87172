#include "deploy/advice.h"

#include <stdio.h>
#include <string.h>

#define SAID_MAX 110 /* a fault holds 240 bytes: the advice has to fit behind it */

enum object { NOTHING, TARGET, HOST };

/* The first that fits is taken. */
static const struct {
    const char *words, *advice;
    enum object object; /* what the advice ends in */
} ROWS[] = {
    {"ssh cannot be started", "install the ssh client (openssh-client)", NOTHING},
    {"Could not resolve hostname", "the board's address, if the name is right", NOTHING},
    {"Connection refused",
     "starting an ssh server there, or its port when it has another: --ssh Port=N", NOTHING},
    {"No route to host", "whether it is on and in this network: ping ", HOST},
    {"Network is unreachable", "whether this machine has a network: ping ", HOST},
    {"timed out", "whether it is on and in this network: ping ", HOST},
    /* Above it stands a warning that fills a screen. */
    {"has changed and you have requested strict checking",
     "when the board was set up anew, forget its old key: ssh-keygen -R ", HOST},
    {"Host key verification failed", "to accept its key once by hand: ssh ", TARGET},
    {"Permission denied (", "giving it your key: ssh-copy-id ", TARGET},
    {"Too many authentication failures",
     "naming the key: --ssh IdentityFile=FILE --ssh IdentitiesOnly=yes", NOTHING},
    {"No space left on device", "making room there; what takes it: df -h", NOTHING},
    {"Read-only file system", "making it writable there: mount -o remount,rw /", NOTHING},
};

static const char *host_of(const char *target)
{
    const char *at = strrchr(target, '@');
    return at ? at + 1 : target;
}

void hf_advice_add(const char *target, const char *said, char out[HF_ADVICE_MAX])
{
    const size_t len = strlen(said);
    const char *shown = len > SAID_MAX ? said + (len - SAID_MAX) : said; /* causes come last */
    size_t i = 0;
    while (i < sizeof ROWS / sizeof *ROWS && !strstr(said, ROWS[i].words))
        i++;
    if (i == sizeof ROWS / sizeof *ROWS) {
        (void)snprintf(out, HF_ADVICE_MAX, "%s", said);
        return;
    }
    while (shown > said && ((unsigned char)*shown & 0xc0) == 0x80) /* no half character */
        shown++;
    (void)snprintf(out, HF_ADVICE_MAX, "%s%s; try %s%.120s", shown > said ? "... " : "", shown,
                   ROWS[i].advice,
                   ROWS[i].object == TARGET ? target
                   : ROWS[i].object == HOST ? host_of(target)
                                            : "");
}
