#include "home/home.h"

#include "home/file.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *user_dir(void)
{
    const char *home = getenv("HOME");
    if (home && home[0])
        return home;
    struct passwd *user = getpwuid(getuid());
    return user ? user->pw_dir : "";
}

static enum hf_err adopt(struct hf_home *out, const char *variable, const char *base,
                         const char *rest, struct hf_fault *fault)
{
    if (base[0] != '/')
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is \"%s\", but the data folder must be an absolute path: "
                            "set HOLDFAST_HOME=/some/folder",
                            variable, base);
    int len = snprintf(out->dir, sizeof out->dir, "%s%s", base, rest);
    if (len < 0 || (size_t)len >= sizeof out->dir)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s gives a data folder of more than %d bytes: set HOLDFAST_HOME to "
                            "a shorter path",
                            variable, HF_HOME_DIR_MAX);
    while (len > 1 && out->dir[len - 1] == '/')
        out->dir[--len] = '\0';
    return HF_ERR_OK;
}

enum hf_err hf_home_find(struct hf_home *out, struct hf_fault *fault)
{
    const char *named = getenv("HOLDFAST_HOME");
    if (named && named[0])
        return adopt(out, "HOLDFAST_HOME", named, "", fault);
    const char *data = getenv("XDG_DATA_HOME");
    if (data && data[0] == '/') /* the XDG specification: a relative one is to be ignored */
        return adopt(out, "XDG_DATA_HOME", data, "/holdfast", fault);
    return adopt(out, "HOME", user_dir(), "/.local/share/holdfast", fault);
}

enum hf_err hf_home_open(struct hf_home *out, struct hf_fault *fault)
{
    enum hf_err err = hf_home_find(out, fault);
    return err ? err : hf_file_make_dir(out->dir, fault);
}

void hf_home_path(const struct hf_home *home, const char *name, const char *suffix,
                  char out[HF_PATH_MAX + 1])
{
    snprintf(out, HF_PATH_MAX + 1, "%s/%s%s", home->dir, name, suffix);
}
