#ifndef HF_PKI_SUCCESSION_H
#define HF_PKI_SUCCESSION_H

#include "home/home.h"
#include "pki/names.h"

/*
 * New authorities take the place of both that are there, without a moment in which somebody is not
 * believed. The .pem of an authority may list two for that time: who is believed; the first is the
 * one whose key is in .key, which signs.
 *
 *              device-ca.pem   signs   server-ca.pem   signs   broker, manager signed by
 *   before     old             old     old             old     old
 *   overlap    new, old        new     old, new        old     old     boards are renewed now
 *   hand over  new, old        new     new, old        new     new
 *   after      new             new     new             new     new
 *
 * The new ones and copies of the old ones lie beside them (BASE.next, BASE.old), and
 * HF_HOME_SUCCESSION says what is under way. Each step can be done again, and is to be done again
 * when it was cut off: every file is replaced whole. While .pem and .key do not fit each other
 * nothing is signed (pki/authority.h). The caller has the broker read its files again after each
 * step.
 */

#define HF_PKI_NEXT ".next" /* after an authority's base name */
#define HF_PKI_OLD  ".old"

enum hf_pki_succession {
    HF_PKI_SETTLED, /* nothing is under way */
    HF_PKI_OVERLAP,
    HF_PKI_HANDOVER, /* and whatever comes after it, until all is tidy */
};

/* HF_ERR_MALFORMED: the file that says it holds something else. Errors of hf_file_read. */
enum hf_err hf_pki_succession(const struct hf_home *home, enum hf_pki_succession *out,
                              struct hf_fault *fault);

/* -> overlap. HF_ERR_DENIED: a key of the old ones is not there (kept elsewhere). HF_ERR_ILLEGAL:
 * they are being handed over already. Errors of hf_pki_issue, hf_file_write. */
enum hf_err hf_pki_succession_begin(const struct hf_home *home, int64_t now_s,
                                    struct hf_fault *fault);

/* -> hand over; the broker's new certificate is good for `names`. HF_ERR_ILLEGAL: there is no
 * overlap. */
enum hf_err hf_pki_succession_hand_over(const struct hf_home *home,
                                        const struct hf_pki_names *names, int64_t now_s,
                                        struct hf_fault *fault);

/* -> after: the old ones are believed no more, but what is beside stays until the next call. */
enum hf_err hf_pki_succession_drop(const struct hf_home *home, struct hf_fault *fault);

/* Deletes what lay beside, and the list of what the old device CA has revoked. */
enum hf_err hf_pki_succession_tidy(const struct hf_home *home, struct hf_fault *fault);

#endif
