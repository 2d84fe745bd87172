#include "pki/succession.h"

#include "home/file.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "pki/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 65536 /* bytes of an authority's file */

static const char *const bases[] = {HF_HOME_DEVICE_CA, HF_HOME_SERVER_CA};

#define BASES (sizeof bases / sizeof bases[0])

static const char *const phases[] = {
    [HF_PKI_SETTLED] = "", [HF_PKI_OVERLAP] = "overlap\n", [HF_PKI_HANDOVER] = "hand over\n"};

/* --- Files of an authority: BASE, then ".next", ".old" or nothing, then ".pem" or ".key" --- */

static void path_of(const struct hf_home *home, const char *base, const char *which,
                    const char *kind, char path[HF_PATH_MAX + 1])
{
    char suffix[16];
    snprintf(suffix, sizeof suffix, "%s%s", which, kind);
    hf_home_path(home, base, suffix, path);
}

static bool has(const struct hf_home *home, const char *base, const char *which, const char *kind)
{
    char path[HF_PATH_MAX + 1];
    path_of(home, base, which, kind, path);
    return hf_file_exists(path);
}

static enum hf_err read_text(const struct hf_home *home, const char *base, const char *which,
                             const char *kind, char **text, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    path_of(home, base, which, kind, path);
    enum hf_err err = hf_file_read(path, LIST_MAX, text, NULL, fault);
    if (err == HF_ERR_NOT_FOUND)
        err = hf_fault_set(fault, HF_ERR_DENIED, 0,
                           "%s is not there: put the authority's file back for as long as this "
                           "takes",
                           path);
    return err;
}

static enum hf_err write_text(const struct hf_home *home, const char *base, const char *which,
                              const char *kind, const char *text, struct hf_fault *fault)
{
    const mode_t mode = strcmp(kind, ".key") == 0 ? 0600 : 0644;
    char path[HF_PATH_MAX + 1];
    path_of(home, base, which, kind, path);
    return hf_file_write(path, text, strlen(text), mode, fault);
}

static enum hf_err copy(const struct hf_home *home, const char *base, const char *from,
                        const char *to, const char *kind, struct hf_fault *fault)
{
    char *text = NULL;
    enum hf_err err = read_text(home, base, from, kind, &text, fault);
    if (!err)
        err = write_text(home, base, to, kind, text, fault);
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    return err;
}

/* Who is believed: these two, the first of which signs. */
static enum hf_err believe(const struct hf_home *home, const char *base, const char *first,
                           const char *second, struct hf_fault *fault)
{
    char *one = NULL, *other = NULL, both[2 * LIST_MAX];
    enum hf_err err = read_text(home, base, first, ".pem", &one, fault);
    if (!err)
        err = read_text(home, base, second, ".pem", &other, fault);
    if (!err) {
        snprintf(both, sizeof both, "%s%s", one, other);
        err = write_text(home, base, "", ".pem", both, fault);
    }
    free(one);
    free(other);
    return err;
}

/* --- What is under way --- */

enum hf_err hf_pki_succession(const struct hf_home *home, enum hf_pki_succession *out,
                              struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1], *text = NULL;
    *out = HF_PKI_SETTLED;
    hf_home_path(home, HF_HOME_SUCCESSION, "", path);
    if (!hf_file_exists(path))
        return HF_ERR_OK;
    enum hf_err err = hf_file_read(path, 64, &text, NULL, fault);
    if (err)
        return err;
    if (strcmp(text, phases[HF_PKI_OVERLAP]) == 0)
        *out = HF_PKI_OVERLAP;
    else if (strcmp(text, phases[HF_PKI_HANDOVER]) == 0)
        *out = HF_PKI_HANDOVER;
    else
        err = hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                           "%s says neither \"overlap\" nor \"hand over\"", path);
    free(text);
    return err;
}

static enum hf_err enter(const struct hf_home *home, enum hf_pki_succession phase,
                         struct hf_fault *fault)
{
    return write_text(home, HF_HOME_SUCCESSION, "", "", phases[phase], fault);
}

/* --- The steps --- */

static enum hf_err set_out(const struct hf_home *home, int64_t now_s, struct hf_fault *fault)
{
    enum hf_err err = hf_pki_setup_next(home, now_s, fault);
    for (size_t i = 0; !err && i < BASES; i++) {
        err = copy(home, bases[i], "", HF_PKI_OLD, ".key", fault);
        if (!err)
            err = copy(home, bases[i], "", HF_PKI_OLD, ".pem", fault);
    }
    return err ? err : enter(home, HF_PKI_OVERLAP, fault);
}

enum hf_err hf_pki_succession_begin(const struct hf_home *home, int64_t now_s,
                                    struct hf_fault *fault)
{
    enum hf_pki_succession phase;
    enum hf_err err = hf_pki_succession(home, &phase, fault);
    if (!err && phase == HF_PKI_HANDOVER)
        err = hf_fault_set(fault, HF_ERR_ILLEGAL, 0,
                           "the new authorities are taking over already: holdfast rotate ca "
                           "--finish");
    if (!err && phase == HF_PKI_SETTLED)
        err = set_out(home, now_s, fault);
    if (!err)
        err = believe(home, HF_HOME_SERVER_CA, HF_PKI_OLD, HF_PKI_NEXT, fault);
    if (!err)
        err = believe(home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, HF_PKI_OLD, fault);
    return err ? err : copy(home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, "", ".key", fault);
}

/* The new ones are deleted first when all is done: without them only tidying is left. */
static bool is_over(const struct hf_home *home)
{
    return !has(home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, ".pem");
}

enum hf_err hf_pki_succession_hand_over(const struct hf_home *home,
                                        const struct hf_pki_names *names, int64_t now_s,
                                        struct hf_fault *fault)
{
    enum hf_pki_succession phase;
    enum hf_err err = hf_pki_succession(home, &phase, fault);
    if (!err && phase == HF_PKI_SETTLED)
        err = hf_fault_set(fault, HF_ERR_ILLEGAL, 0,
                           "no new authorities are being put in place: holdfast rotate ca");
    if (err || (phase == HF_PKI_HANDOVER && is_over(home)))
        return err;
    err = enter(home, HF_PKI_HANDOVER, fault);
    if (!err)
        err = believe(home, HF_HOME_SERVER_CA, HF_PKI_NEXT, HF_PKI_OLD, fault);
    if (!err)
        err = copy(home, HF_HOME_SERVER_CA, HF_PKI_NEXT, "", ".key", fault);
    return err ? err : hf_pki_setup_leaves_of_next(home, names, now_s, fault);
}

enum hf_err hf_pki_succession_drop(const struct hf_home *home, struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && !is_over(home) && i < BASES; i++)
        err = copy(home, bases[i], HF_PKI_NEXT, "", ".pem", fault);
    return err;
}

static enum hf_err forget(const struct hf_home *home, const char *base, const char *which,
                          const char *kind, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    path_of(home, base, which, kind, path);
    return hf_file_remove_tree(path, fault);
}

static enum hf_err forget_list(const struct hf_home *home, struct hf_fault *fault)
{
    char authority[HF_PATH_MAX + 1], folder[HF_PATH_MAX + 1];
    const struct hf_pki_revocation list = {.authority = authority, .folder = folder};
    hf_home_path(home, HF_HOME_DEVICE_CA, HF_PKI_OLD, authority);
    hf_home_path(home, HF_HOME_CRL, "", folder);
    return has(home, HF_HOME_DEVICE_CA, HF_PKI_OLD, ".pem") ? hf_pki_revocation_remove(&list, fault)
                                                            : HF_ERR_OK;
}

enum hf_err hf_pki_succession_tidy(const struct hf_home *home, struct hf_fault *fault)
{
    enum hf_err err = forget(home, HF_HOME_DEVICE_CA, HF_PKI_NEXT, ".pem", fault);
    if (!err)
        err = forget_list(home, fault);
    for (size_t i = 0; !err && i < BASES; i++) {
        err = forget(home, bases[i], HF_PKI_OLD, ".pem", fault);
        if (!err)
            err = forget(home, bases[i], HF_PKI_OLD, ".key", fault);
        if (!err)
            err = forget(home, bases[i], HF_PKI_NEXT, ".pem", fault);
        if (!err)
            err = forget(home, bases[i], HF_PKI_NEXT, ".key", fault);
    }
    return err ? err : forget(home, HF_HOME_SUCCESSION, "", "", fault);
}
