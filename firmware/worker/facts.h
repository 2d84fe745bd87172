#ifndef HF_WORKER_FACTS_H
#define HF_WORKER_FACTS_H

#include "wire/event.h"

/*
 * What the kernel tells of this machine, from /proc and /sys. Everything that is not there, cannot
 * be read or makes no sense is absent; nothing here is an error.
 *
 * `root` stands before every path: "" on a board; tests give a folder of their own. Nothing is
 * kept open or in memory between two calls. Reading a sensor may take its driver some ms.
 */

/*
 * Fills the readings of the machine: machine_uptime_s, load_milli, memory_kb, memory_free_kb,
 * disk_free_kb of where `folder` is (NULL: absent; not under `root`), temperature_mc (the hottest
 * thermal zone, without one the hottest hwmon sensor), throttled. The rest of `out` is left.
 */
void hf_facts_readings(const char *root, const char *folder, struct hf_presence *out);

/* Fills arch, kernel, cores and memory_kb; the rest of `out` is left. */
void hf_facts_machine(const char *root, struct hf_facts *out);

/*
 * Fills handlers and handlers_more: the built-ins, then the programs in `pushed` ("": no such
 * folder) and those in `folder` that have no namesake there, in the order in which the folders have
 * them, that can be executed and that no built-in hides; of them those that `allowed` lets run
 * (handlers/table.h).
 */
void hf_facts_handlers(const char *pushed, const char *folder, const char *allowed,
                       struct hf_facts *out);

#endif
