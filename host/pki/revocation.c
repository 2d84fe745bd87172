#include "pki/revocation.h"

#include "home/file.h"
#include "home/home.h"
#include "pki/inspect.h"
#include "pki/issue.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX   (64 * 1024 * 1024) /* bytes; some 40 an entry */
#define CRL_V2     1
#define FORGET_S   (HF_PKI_LEAF_DAYS * INT64_C(86400)) /* no leaf of that time is good any more */
#define FILE_BYTES (HF_PATH_MAX + 32)

static enum hf_err fail(struct hf_fault *fault, enum hf_err err, const char *what, const char *path)
{
    const unsigned long code = ERR_peek_error();
    const char *words = ERR_reason_error_string(code);
    ERR_clear_error();
    return hf_fault_set(fault, err, (int)ERR_GET_REASON(code), "%s %s%s%s", path, what,
                        words ? ": " : "", words ? words : "");
}

/* --- Files --- */

/* The library would ask on the terminal. */
static int no_password(char *text, int size, int writing, void *context)
{
    (void)text, (void)size, (void)writing, (void)context;
    return -1;
}

static enum hf_err open_text(const char *path, BIO **out, char **text, struct hf_fault *fault)
{
    size_t len = 0;
    enum hf_err err = hf_file_read(path, LIST_MAX, text, &len, fault);
    if (err)
        return err;
    *out = BIO_new_mem_buf(*text, (int)len);
    return *out ? HF_ERR_OK : fail(fault, HF_ERR_NO_MEMORY, "cannot be held in memory", path);
}

static void close_text(BIO *bio, char *text)
{
    BIO_free(bio);
    free(text);
}

static enum hf_err load_certificate(const char *authority, X509 **out, struct hf_fault *fault)
{
    char path[FILE_BYTES], *text = NULL;
    BIO *bio = NULL;
    snprintf(path, sizeof path, "%s.pem", authority);
    enum hf_err err = open_text(path, &bio, &text, fault);
    if (!err && !(*out = PEM_read_bio_X509(bio, NULL, no_password, NULL)))
        err = fail(fault, HF_ERR_MALFORMED, "holds no certificate in PEM", path);
    close_text(bio, text);
    return err;
}

static enum hf_err load_key(const char *authority, EVP_PKEY **out, struct hf_fault *fault)
{
    char path[FILE_BYTES], *text = NULL;
    BIO *bio = NULL;
    snprintf(path, sizeof path, "%s.key", authority);
    enum hf_err err = open_text(path, &bio, &text, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = hf_fault_set(fault, HF_ERR_DENIED, 0,
                           "%s is not there, so the list of revoked certificates cannot be signed: "
                           "put the authority's key back, then holdfast up",
                           path);
    else if (!err && !(*out = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)))
        err = fail(fault, HF_ERR_MALFORMED, "holds no unencrypted private key", path);
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    close_text(bio, text);
    return err;
}

static void name_list(const char *folder, X509 *authority, char path[FILE_BYTES])
{
    const unsigned long hash =
        X509_NAME_hash_ex(X509_get_subject_name(authority), NULL, NULL, NULL);
    snprintf(path, FILE_BYTES, "%s/%08lx.r0", folder, hash);
}

/* --- The list that is there --- */

static enum hf_err judge(X509_CRL *crl, X509 *authority, int64_t now_s, const char *path,
                         struct hf_fault *fault)
{
    const ASN1_TIME *until = X509_CRL_get0_nextUpdate(crl);
    if (X509_CRL_verify(crl, X509_get0_pubkey(authority)) != 1) {
        ERR_clear_error();
        return hf_fault_set(fault, HF_ERR_TLS_UNKNOWN_CA, 0,
                            "%s, the list of revoked certificates, is not signed by the authority "
                            "of the boards' certificates",
                            path);
    }
    if (!until || ASN1_TIME_cmp_time_t(until, (time_t)now_s) <= 0 ||
        ASN1_TIME_cmp_time_t(X509_CRL_get0_lastUpdate(crl), (time_t)now_s) > 0)
        return hf_fault_set(fault, HF_ERR_TLS_EXPIRED, 0,
                            "%s, the list of revoked certificates, has ended or has not begun",
                            path);
    return HF_ERR_OK;
}

static enum hf_err load_list(const char *path, X509 *authority, int64_t now_s, X509_CRL **out,
                             struct hf_fault *fault)
{
    char *text = NULL;
    BIO *bio = NULL;
    enum hf_err err = open_text(path, &bio, &text, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = hf_fault_set(fault, err, 0,
                           "there is no list of revoked certificates (%s), so nobody can log in",
                           path);
    else if (!err && !(*out = PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL)))
        err = fail(fault, HF_ERR_MALFORMED, "holds no list of revoked certificates", path);
    close_text(bio, text);
    return err ? err : judge(*out, authority, now_s, path, fault);
}

/* NULL: it is not on it. */
static const X509_REVOKED *find(X509_CRL *crl, const char *serial)
{
    X509_REVOKED *entry = NULL;
    BIGNUM *number = NULL;
    ASN1_INTEGER *integer = NULL;
    bool found = BN_hex2bn(&number, serial) > 0 && (integer = BN_to_ASN1_INTEGER(number, NULL)) &&
                 X509_CRL_get0_by_serial(crl, &entry, integer) == 1;
    ASN1_INTEGER_free(integer);
    BN_free(number);
    return found ? entry : NULL;
}

enum hf_err hf_pki_revocation_check(const struct hf_pki_revocation *list, struct hf_fault *fault)
{
    char path[FILE_BYTES];
    X509 *authority = NULL;
    X509_CRL *crl = NULL;
    const struct hf_pki_revoked *missing = NULL;
    enum hf_err err = load_certificate(list->authority, &authority, fault);
    if (!err) {
        name_list(list->folder, authority, path);
        err = load_list(path, authority, list->now_s, &crl, fault);
    }
    for (size_t i = 0; i < list->count; i++) {
        list->revoked[i].listed = !err && find(crl, list->revoked[i].serial);
        if (!list->revoked[i].listed)
            missing = &list->revoked[i];
    }
    if (!err && missing)
        err = hf_fault_set(fault, HF_ERR_MISSING, 0,
                           "%s, the list of revoked certificates, lacks %s", path, missing->serial);
    X509_CRL_free(crl);
    X509_free(authority);
    return err;
}

/* --- A new one --- */

static bool set_times(X509_CRL *crl, X509 *authority, int64_t now_s)
{
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now_s - HF_PKI_BACKDATE_S));
    bool done = from && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
                X509_CRL_set1_nextUpdate(crl, X509_get0_notAfter(authority)) == 1;
    ASN1_TIME_free(from);
    return done;
}

/* A list is told from the one before by its number: the second that it was made in. */
static bool set_extensions(X509_CRL *crl, X509 *authority, int64_t now_s)
{
    X509V3_CTX context;
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    X509V3_set_ctx(&context, authority, NULL, NULL, crl, 0);
    X509_EXTENSION *keyid =
        X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    bool done = keyid && number && X509_CRL_add_ext(crl, keyid, -1) == 1 &&
                ASN1_INTEGER_set_int64(number, now_s) == 1 &&
                X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;
    X509_EXTENSION_free(keyid);
    ASN1_INTEGER_free(number);
    return done;
}

static bool add_entry(X509_CRL *crl, const ASN1_INTEGER *serial, const ASN1_TIME *when)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    if (entry && serial && when &&
        X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)serial) == 1 &&
        X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)when) == 1 &&
        X509_CRL_add0_revoked(crl, entry) == 1)
        return true;
    X509_REVOKED_free(entry);
    return false;
}

static bool add_revoked(X509_CRL *crl, const struct hf_pki_revoked *revoked)
{
    BIGNUM *number = NULL;
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)revoked->revoked_s);
    ASN1_INTEGER *serial =
        BN_hex2bn(&number, revoked->serial) > 0 ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    bool done = add_entry(crl, serial, when);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(when);
    BN_free(number);
    return done;
}

static bool is_kept(const X509_REVOKED *entry, int64_t now_s)
{
    const ASN1_TIME *when = X509_REVOKED_get0_revocationDate(entry);
    return ASN1_TIME_cmp_time_t(when, (time_t)(now_s - FORGET_S)) > 0;
}

static bool keep_old(X509_CRL *crl, X509_CRL *old, int64_t now_s)
{
    STACK_OF(X509_REVOKED) *entries = old ? X509_CRL_get_REVOKED(old) : NULL;
    bool done = true;
    for (int i = 0; done && i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        if (is_kept(entry, now_s))
            done = add_entry(crl, X509_REVOKED_get0_serialNumber(entry),
                             X509_REVOKED_get0_revocationDate(entry));
    }
    return done;
}

static bool add_new(X509_CRL *crl, X509_CRL *old, const struct hf_pki_revocation *list)
{
    bool done = true;
    for (size_t i = 0; done && i < list->count; i++) {
        const X509_REVOKED *there = old ? find(old, list->revoked[i].serial) : NULL;
        if (!there || !is_kept(there, list->now_s))
            done = add_revoked(crl, &list->revoked[i]);
    }
    return done;
}

static bool fill(X509_CRL *crl, X509_CRL *old, X509 *authority,
                 const struct hf_pki_revocation *list)
{
    return X509_CRL_set_version(crl, CRL_V2) == 1 &&
           X509_CRL_set_issuer_name(crl, X509_get_subject_name(authority)) == 1 &&
           set_times(crl, authority, list->now_s) && set_extensions(crl, authority, list->now_s) &&
           keep_old(crl, old, list->now_s) && add_new(crl, old, list) && X509_CRL_sort(crl) == 1;
}

static enum hf_err save(X509_CRL *crl, const char *path, struct hf_fault *fault)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    enum hf_err err;
    if (!bio || PEM_write_bio_X509_CRL(bio, crl) != 1) {
        err = fail(fault, HF_ERR_TLS, "cannot be made", path);
    } else {
        const long len = BIO_get_mem_data(bio, &text);
        err = hf_file_write(path, text, (size_t)len, 0644, fault);
    }
    BIO_free(bio);
    return err;
}

static enum hf_err check_serials(const struct hf_pki_revocation *list, struct hf_fault *fault)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *serial = list->revoked[i].serial;
        if (!serial[0] || strspn(serial, "0123456789ABCDEFabcdef") != strlen(serial))
            return hf_fault_set(fault, HF_ERR_INVALID, 0,
                                "\"%s\" is no serial number of a certificate", serial);
    }
    return HF_ERR_OK;
}

/* What is not there, is no list, or is another authority's has nothing to be kept. */
static enum hf_err load_old(const char *path, X509 *authority, int64_t now_s, X509_CRL **out,
                            struct hf_fault *fault)
{
    struct hf_fault why = {0};
    const enum hf_err err = load_list(path, authority, now_s, out, &why);
    if (err == HF_ERR_TLS_UNKNOWN_CA) {
        X509_CRL_free(*out);
        *out = NULL;
    }
    if (!err || err == HF_ERR_NOT_FOUND || err == HF_ERR_MALFORMED ||
        err == HF_ERR_TLS_UNKNOWN_CA || err == HF_ERR_TLS_EXPIRED)
        return HF_ERR_OK;
    return hf_fault_set(fault, err, why.raw,
                        "what is revoked already cannot be read, and is not to be lost: %s",
                        why.text);
}

static enum hf_err make(const struct hf_pki_revocation *list, X509 *authority, EVP_PKEY *key,
                        struct hf_fault *fault)
{
    char path[FILE_BYTES];
    X509_CRL *old = NULL, *crl = X509_CRL_new();
    name_list(list->folder, authority, path);
    enum hf_err err = load_old(path, authority, list->now_s, &old, fault);
    if (!err &&
        (!crl || !fill(crl, old, authority, list) || X509_CRL_sign(crl, key, EVP_sha256()) <= 0))
        err = fail(fault, HF_ERR_TLS, "cannot be made", path);
    if (!err)
        err = save(crl, path, fault);
    X509_CRL_free(old);
    X509_CRL_free(crl);
    return err;
}

enum hf_err hf_pki_revocation_write(const struct hf_pki_revocation *list, struct hf_fault *fault)
{
    X509 *authority = NULL;
    EVP_PKEY *key = NULL;
    enum hf_err err = check_serials(list, fault);
    if (!err)
        err = load_certificate(list->authority, &authority, fault);
    if (!err)
        err = load_key(list->authority, &key, fault);
    if (!err)
        err = hf_pki_key_fits(list->authority, fault);
    if (!err)
        err = hf_file_make_dir(list->folder, fault);
    if (!err)
        err = make(list, authority, key, fault);
    EVP_PKEY_free(key);
    X509_free(authority);
    return err;
}

enum hf_err hf_pki_revocation_remove(const struct hf_pki_revocation *list, struct hf_fault *fault)
{
    char path[FILE_BYTES];
    X509 *authority = NULL;
    enum hf_err err = load_certificate(list->authority, &authority, fault);
    if (!err) {
        name_list(list->folder, authority, path);
        err = hf_file_remove_tree(path, fault);
    }
    X509_free(authority);
    return err;
}
