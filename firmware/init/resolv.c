#include "init/resolv.h"

#include "init/say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RESOLV "/run/resolv.conf"

struct place {
    const char *servers, *coming, *link; /* of a kind; the others are its own for a moment */
};

static const struct place PLACES[] = {
    [HF_NIC_CABLE] = {"/run/resolv.cable", "/run/resolv.cable.new", "/run/resolv.cable.link"},
    [HF_NIC_RADIO] = {"/run/resolv.radio", "/run/resolv.radio.new", "/run/resolv.radio.link"},
};

static bool write_servers(const struct place *place, const uint32_t dns[HF_NIC_DNS_MAX])
{
    FILE *file = fopen(place->coming, "we");
    if (!file)
        return false;
    for (size_t i = 0; i < HF_NIC_DNS_MAX && dns[i] != 0; i++)
        (void)fprintf(file, "nameserver %s\n", inet_ntoa((struct in_addr){.s_addr = dns[i]}));
    return fclose(file) == 0 && rename(place->coming, place->servers) == 0;
}

static const char *best(void)
{
    return PLACES[access(PLACES[HF_NIC_CABLE].servers, F_OK) == 0 ? HF_NIC_CABLE : HF_NIC_RADIO]
        .servers;
}

/* Again where another process has changed what is best meanwhile. */
static bool point_at_best(const char *link)
{
    const char *target;
    do {
        target = best();
        (void)unlink(link);
        if (symlink(target, link) != 0 || rename(link, RESOLV) != 0)
            return false;
    } while (best() != target);
    return true;
}

void hf_resolv_set(enum hf_nic_kind kind, const uint32_t dns[HF_NIC_DNS_MAX])
{
    const struct place *place = &PLACES[kind];
    const bool some = dns && dns[0] != 0;
    if ((some ? !write_servers(place, dns) : unlink(place->servers) != 0 && errno != ENOENT) ||
        !point_at_best(place->link))
        hf_say("name servers: %s", strerror(errno));
}
