#ifndef HF_MANAGER_SUCCESSION_H
#define HF_MANAGER_SUCCESSION_H

#include "manager/site.h"

/*
 * New authorities for a private broker and its boards while all are at work (pki/succession.h has
 * the steps of the files). The caller renews the boards in between (manager/rotate.h), and holds
 * the lock of `up`. Cut off anywhere, each call can be made again and goes on.
 */

/* From here on boards are given certificates of the new authority, and the broker takes those of
 * both. HF_ERR_INVALID: the broker is elsewhere. Errors of hf_pki_succession_begin,
 * hf_revocation_follow, hf_node_reread_certificates. */
enum hf_err hf_succession_begin(const struct hf_site *site, struct hf_fault *fault);

/* Whether the board needs the old authorities no more: it has used a certificate of the new one
 * (one that signs no results: was given one). */
enum hf_err hf_succession_renewed(const struct hf_site *site, const char *board, bool *renewed,
                                  struct hf_fault *fault);

/* What that board has of the old authority is revoked: it will have to be enrolled anew. */
enum hf_err hf_succession_give_up(const struct hf_site *site, const char *board,
                                  struct hf_fault *fault);

/* The old authorities are believed no more, whoever still needs them. Errors as of begin. */
enum hf_err hf_succession_finish(const struct hf_site *site, struct hf_fault *fault);

#endif
