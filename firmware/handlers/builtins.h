#ifndef HF_HANDLERS_BUILTINS_H
#define HF_HANDLERS_BUILTINS_H

#include "handlers/table.h"

/* The built-ins, one a file; table.c lists them. A new one is a file, a line here and a row there.
 */

/* Payload -> result, as it is. */
hf_handler_fn hf_handler_echo;

/*
 * Payload: seconds as decimal text ("30", "0.25"), at most 7 days. Does nothing for so long, with
 * progress; the result is empty. EX_DATAERR for any other payload.
 */
hf_handler_fn hf_handler_sleep;

/* The SHA-256 of the payload as 64 lower-case hex digits, without a line feed; with progress. */
hf_handler_fn hf_handler_sha256;

/*
 * Payload: a JSON object of at most 64 KiB,
 *
 *   {"start":0, "end":1000000, "base":"", "content":"text", "prefix":"0000", "algorithm":"sha256"}
 *
 * Finds the smallest nonce from start to end, both included, for which the hex digest of the nonce
 * in decimal, then base, then content begins with prefix. start, end, prefix and algorithm ("md5"
 * or "sha256") are required; base and content are empty when absent. Result:
 * {"nonce":N,"digest":"..."}, or {"nonce":null} when there is none. EX_DATAERR for any other
 * payload, with the field named.
 */
hf_handler_fn hf_handler_nonce_search;

/*
 * What the board can do besides computing. EX_UNAVAILABLE (69): it has nothing of the kind, or the
 * worker's user may not use it; the log says which device. EX_DATAERR: the payload, with the field
 * named.
 */

/*
 * Payload: a JSON object,
 *
 *   {"chip":0, "line":4, "do":"get"}                               -> {"value":1}
 *   {"line":4, "do":"set", "value":1, "for_ms":500}                -> {"value":0}
 *   {"line":4, "do":"wait", "edge":"rising", "timeout_s":60}       -> {"edge":"rising",
 *                                                                      "monotonic_ns":N}
 *
 * A line of /dev/gpiochip<chip> (0 when absent), through the character device of Linux 5.10. With
 * for_ms a line gets the other value after that time. edge is both when absent; timeout_s 60, and
 * {"edge":null} is the result when nothing comes. "pull" (off, up, down) and "active_low" (0, 1)
 * are as the kernel has them. A line is let go afterwards; most chips then leave an output as it
 * is, but that is the driver's to decide. EX_TEMPFAIL: another program holds the line.
 */
hf_handler_fn hf_handler_gpio;

/*
 * Payload: {"bus":1, "address":"0x48", "register":0, "bytes":2}. Reads so many bytes (1 to 256; 1
 * when absent) from a device on /dev/i2c-<bus>, after telling it the register, which may be left
 * out; with "register_bytes":2 in two bytes, the high one first. Result: {"hex":"1900"}.
 */
hf_handler_fn hf_handler_i2c_read;

/*
 * Payload: empty, or part of a sensor's name. Result: {"sensors":[{"name":"cpu-thermal",
 * "celsius":47.238,"source":"/sys/class/..."}]}, of all thermal zones and hwmon chips.
 */
hf_handler_fn hf_handler_temperature;

/*
 * The payload is ignored. Result: a JSON object of model, system, host, kernel, arch, cores,
 * memory_kb, memory_free_kb, disk_kb, disk_free_kb (of /), uptime_s and load; what cannot be found
 * out is left out.
 */
hf_handler_fn hf_handler_sysinfo;

/*
 * Payload: the path of a file or folder. Result: the file's bytes; of a folder a line of JSON for
 * each entry, {"name","type","bytes","modified_s"}. Only what lies, links followed, in /var/log or
 * in a folder that /etc/holdfast/files names, one a line; else EX_NOPERM. EX_NOINPUT: not there.
 */
hf_handler_fn hf_handler_files;

#endif
