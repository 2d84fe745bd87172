#ifndef HF_TEST_LINK_CERTS_H
#define HF_TEST_LINK_CERTS_H

/*
 * Certificates for one test program, made by it in a folder of its own:
 *
 *   ca         the broker's authority           server     by it, for localhost and 127.0.0.1
 *   old-ca     one that has expired             elsewhere  by ca, for other names and addresses
 *   other-ca   nobody's                         expired, future, client   by ca, each with that
 * flaw board-ca   what the broker trusts           old        by old-ca, itself in date foreign by
 * other-ca, for localhost board      by board-ca, a client's stranger   by other-ca, a client's
 *
 * Each leaf is NAME.pem; all have the key leaf.key. Authorities are NAME.pem.
 */

#include "../cmocka_all.h"
#include "pki/issue.h"
#include "pki/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static char certs_folder[64];
static mbedtls_pk_context certs_ca_key, certs_leaf_key;

/* Good until the next but three. */
static inline const char *certs_path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", certs_folder, name);
    return path;
}

static inline void certs_put(const char *name, const char *text)
{
    FILE *file = fopen(certs_path(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Seconds of `from_s` on; `until_s` 0: as long as its kind lasts. */
struct certs_span {
    int64_t from_s, until_s;
};

static inline void certs_authority(const char *name, struct certs_span span)
{
    static char pem[HF_PKI_PEM_MAX];
    struct hf_fault fault;
    char file[80];
    const struct hf_pki_request request = {.kind = HF_PKI_CA,
                                           .common_name = name,
                                           .now_s = span.from_s,
                                           .not_after_max_s = span.until_s};
    if (hf_pki_issue(&request, &certs_ca_key, &certs_ca_key, NULL, pem, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    (void)snprintf(file, sizeof file, "%s.pem", name);
    certs_put(file, pem);
}

static inline void certs_leaf(const char *name, const char *authority, enum hf_pki_kind kind,
                              struct certs_span span, const char *const names[2])
{
    static char pem[HF_PKI_PEM_MAX];
    static struct hf_pki_names list;
    struct hf_fault fault;
    char subject[80], file[80];
    list.count = 0;
    for (int i = 0; i < 2 && names != NULL; i++)
        assert_int_equal(hf_pki_names_add(&list, names[i], NULL), HF_ERR_OK);
    const struct hf_pki_request request = {.kind = kind,
                                           .common_name = name,
                                           .names = &list,
                                           .now_s = span.from_s,
                                           .not_after_max_s = span.until_s};
    (void)snprintf(subject, sizeof subject, "CN=%s,O=Holdfast", authority);
    if (hf_pki_issue(&request, &certs_leaf_key, &certs_ca_key, subject, pem, &fault) != HF_ERR_OK)
        fail_msg("%s", fault.text);
    (void)snprintf(file, sizeof file, "%s.pem", name);
    certs_put(file, pem);
}

#define CERTS_PAST   1710000000 /* March 2024 */
#define CERTS_PASSED 1720000000
#define CERTS_FUTURE 4000000000

static inline int certs_make(void **state)
{
    static const char *const here[] = {"localhost", "127.0.0.1"};
    static const char *const there[] = {"broker.example", "2001:db8::7"};
    const struct certs_span now = {.from_s = time(NULL)};
    const struct certs_span passed = {.from_s = CERTS_PAST, .until_s = CERTS_PASSED};
    (void)state;
    (void)snprintf(certs_folder, sizeof certs_folder, "/tmp/holdfast-test-XXXXXX");
    if (mkdtemp(certs_folder) == NULL || hf_pki_key_make(&certs_ca_key, NULL) != HF_ERR_OK ||
        hf_pki_key_make(&certs_leaf_key, NULL) != HF_ERR_OK ||
        hf_pki_key_save(&certs_leaf_key, certs_path("leaf.key"), NULL) != HF_ERR_OK ||
        hf_pki_key_save(&certs_ca_key, certs_path("ca.key"), NULL) != HF_ERR_OK)
        return -1;
    certs_authority("ca", (struct certs_span){.from_s = CERTS_PAST});
    certs_authority("other-ca", now);
    certs_authority("board-ca", now);
    certs_authority("old-ca", passed);
    certs_leaf("server", "ca", HF_PKI_SERVER, now, here);
    certs_leaf("elsewhere", "ca", HF_PKI_SERVER, now, there);
    certs_leaf("expired", "ca", HF_PKI_SERVER, passed, here);
    certs_leaf("future", "ca", HF_PKI_SERVER, (struct certs_span){.from_s = CERTS_FUTURE}, here);
    certs_leaf("client", "ca", HF_PKI_CLIENT, now, here);
    certs_leaf("old", "old-ca", HF_PKI_SERVER, now, here);
    certs_leaf("foreign", "other-ca", HF_PKI_SERVER, now, here);
    certs_leaf("board", "board-ca", HF_PKI_CLIENT, now, NULL);
    certs_leaf("stranger", "other-ca", HF_PKI_CLIENT, now, NULL);
    return 0;
}

static inline int certs_remove(void **state)
{
    (void)state;
    char command[128];
    mbedtls_pk_free(&certs_ca_key);
    mbedtls_pk_free(&certs_leaf_key);
    (void)snprintf(command, sizeof command, "rm -rf %s", certs_folder);
    return system(command); // NOLINT(cert-env33-c): a folder that this program made
}

#endif
