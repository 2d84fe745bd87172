#include "worker/upkeep.h"

#include "worker/pushed.h"
#include "worker/renewal.h"
#include "worker/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>

const struct hf_upkeep_row hf_upkeep_rows[] = {
    {"hf-update", hf_upkeep_update, "becomes another version of this program", false, true},
    {"hf-handlers", hf_upkeep_handlers, "takes a set of handler programs", true, true},
    {"hf-csr", hf_renewal_request, "make a key and a request for a certificate", false, false},
    {"hf-renew", hf_renewal_install, "use that certificate from now on", true, false},
    {NULL, NULL, NULL, false, false},
};

const struct hf_upkeep_row *hf_upkeep_find(const char *name)
{
    for (const struct hf_upkeep_row *row = hf_upkeep_rows; row->name; row++) {
        if (strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

/* Where the disk knows no such lock, a network's, slots are not kept apart. */
int hf_upkeep_run(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    const int state = open(upkeep->config->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (flock(state, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return upkeep->row->run(io, upkeep);
}
