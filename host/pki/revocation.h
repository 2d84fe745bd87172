#ifndef HF_PKI_REVOCATION_H
#define HF_PKI_REVOCATION_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an authority has signed and revoked (a CRL, RFC 5280), as the one file by which a TLS server
 * looks it up: FOLDER/HASH.r0 in PEM, HASH being OpenSSL's of the authority's subject. A server
 * that finds no list, or one that it cannot use, lets nobody in: so a list never ends before its
 * authority does, and is replaced whole.
 *
 * What was on a list stays on it, whatever the caller knows, until any leaf of that time has ended.
 */

struct hf_pki_revoked {
    const char *serial; /* hex digits */
    int64_t revoked_s;  /* Unix time */
    bool listed;        /* set by hf_pki_revocation_check */
};

struct hf_pki_revocation {
    const char *authority; /* a base path: .pem, and .key for writing */
    const char *folder;
    int64_t now_s;
    struct hf_pki_revoked *revoked;
    size_t count;
};

/*
 * Whether the list that is there can be used and has all of `list`. HF_ERR_NOT_FOUND: there is
 * none, or no authority. HF_ERR_MALFORMED: it is none. HF_ERR_TLS_UNKNOWN_CA: another signed it.
 * HF_ERR_TLS_EXPIRED: it has ended, or does not begin before `now_s`. HF_ERR_MISSING: it lacks one.
 * Errors of hf_file_read. With each of them but HF_ERR_MISSING none counts as listed.
 */
enum hf_err hf_pki_revocation_check(const struct hf_pki_revocation *list, struct hf_fault *fault);

/*
 * Makes a new one of `list` and of what the one that is there has, if it is the authority's.
 * HF_ERR_DENIED: the authority's key is not there (kept elsewhere), or another's. HF_ERR_INVALID: a
 * serial is no hex number. Errors of hf_file_read but HF_ERR_NOT_FOUND: a list is there and cannot
 * be read. HF_ERR_TLS, HF_ERR_NO_MEMORY, errors of hf_file_write. What is there then stays.
 */
enum hf_err hf_pki_revocation_write(const struct hf_pki_revocation *list, struct hf_fault *fault);

/* Deletes the list. HF_ERR_NOT_FOUND: there is no authority; errors of hf_file_remove_tree. */
enum hf_err hf_pki_revocation_remove(const struct hf_pki_revocation *list, struct hf_fault *fault);

#endif
