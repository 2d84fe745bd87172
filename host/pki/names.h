#ifndef HF_PKI_NAMES_H
#define HF_PKI_NAMES_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The names and addresses that a broker's certificate is good for (subjectAltName). Whoever
 * connects by another one is refused.
 */

#define HF_PKI_NAMES_MAX 96
#define HF_PKI_NAME_MAX  253 /* bytes of a DNS name */

struct hf_pki_name {
    char text[HF_PKI_NAME_MAX + 1]; /* DNS name in lower case, or the address as text */
    uint8_t address[16];            /* in network order */
    size_t address_len;             /* 4, 16, or 0: a DNS name */
};

struct hf_pki_names {
    size_t count;
    struct hf_pki_name items[HF_PKI_NAMES_MAX];
};

/*
 * Adds a DNS name, an IPv4 or an IPv6 address; one that is there already is not added again.
 * HF_ERR_INVALID: neither of them; HF_ERR_TOO_LARGE: the list is full. `names` is then untouched.
 */
enum hf_err hf_pki_names_add(struct hf_pki_names *names, const char *text, struct hf_fault *fault);

/*
 * localhost, the loopback addresses, this machine's name (with .local beside it, as mDNS has it)
 * and every address of its interfaces. What does not fit or is no proper name is left out.
 */
void hf_pki_names_of_machine(struct hf_pki_names *names);

/* Whether each name of `wanted` is in `have`. */
bool hf_pki_names_cover(const struct hf_pki_names *have, const struct hf_pki_names *wanted);

#endif
