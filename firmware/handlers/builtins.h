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

#endif
