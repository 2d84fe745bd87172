#ifndef HF_WIRE_SEAL_H
#define HF_WIRE_SEAL_H

#include "wire/result.h"
#include "wire/task.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What exactly is signed: the text that stands for a task, a command or a result. Pure; keys and
 * hashes are of link/signature.h and link/digest.h.
 *
 * The text is lines of "name value" in a fixed order, the first of them saying what it is and in
 * which version, so that no signature of one kind passes for another. Every value is in a form
 * without line feeds, so no two messages have the same text. The body stands there as its SHA-256,
 * which can be made while it comes in. PROTOCOL.md, section 12, is the specification.
 */

#define HF_SEAL_TEXT_MAX   1023 /* bytes of the longest text, without the final 0 */
#define HF_SEAL_TARGET_MAX 140  /* bytes of "queue " and the longest name */
#define HF_SHA256_BYTES    32

struct hf_seal {
    size_t len;
    char text[HF_SEAL_TEXT_MAX + 1];
};

/*
 * `task` as it travels: its handler is empty when it names none. `target` is who is to do it: "pool
 * NAME", "board NAME" or "queue NAME". A board gives what it itself is, not what a message says: so
 * a task for another board has another text. `body` is the SHA-256 of the message's body.
 */
void hf_seal_task(struct hf_seal *seal, const struct hf_task *task, const char *target,
                  const uint8_t body[HF_SHA256_BYTES]);

/* `key` is whom it is for: "device.NAME", "pool.NAME" or "all". */
void hf_seal_control(struct hf_seal *seal, const char *key, const uint8_t body[HF_SHA256_BYTES]);

/*
 * A result as it travels, all of it but its signature. `words` is the SHA-256 of hf-reason, one 0
 * byte and hf-log-tail, which may have line feeds and are not cleaned or cut before they are
 * hashed.
 */
void hf_seal_result(struct hf_seal *seal, const struct hf_result *result,
                    const uint8_t words[HF_SHA256_BYTES], const uint8_t body[HF_SHA256_BYTES]);

#endif
