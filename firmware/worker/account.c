#include "worker/account.h"

#include "wire/number.h"
#include "wire/str.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASSWD         "/etc/passwd"
#define GROUP          "/etc/group"
#define FILE_BYTES_MAX (64 * 1024)
#define ID_MAX         (INT64_C(4294967295) - 1) /* the highest means "no change" to the kernel */
#define FIELDS         4                         /* name:password:number:group or members */

#ifdef SYS_setresuid32 /* where those of the plain names take 16 bits */
#define SET_GROUPS SYS_setgroups32
#define SET_GID    SYS_setresgid32
#define SET_UID    SYS_setresuid32
#else
#define SET_GROUPS SYS_setgroups
#define SET_GID    SYS_setresgid
#define SET_UID    SYS_setresuid
#endif

/* The whole file, terminated by 0, the caller's to free; NULL: there is none. */
static char *read_file(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd < 0 ? NULL : malloc(FILE_BYTES_MAX + 1);
    size_t len = 0;
    ssize_t got = text ? 1 : 0;
    while (got > 0 && len < FILE_BYTES_MAX) {
        got = read(fd, text + len, FILE_BYTES_MAX - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (text)
        text[len] = '\0';
    if (fd >= 0)
        (void)close(fd);
    return text;
}

/* The fields of the line at `*text`, which moves to the next. False: no line is left. */
static bool next_line(const char **text, struct hf_str fields[FIELDS])
{
    const char *at = *text;
    if (*at == '\0')
        return false;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = (struct hf_str){at, strcspn(at, ":\n")};
        at += fields[i].len;
        at += *at == ':';
    }
    at += strcspn(at, "\n");
    *text = at + (*at == '\n');
    return true;
}

static bool read_id(struct hf_str text, uint32_t *out)
{
    int64_t number = 0;
    if (text.len == 0 || hf_number_parse(text, 0, ID_MAX, &number) != HF_ERR_OK)
        return false;
    *out = (uint32_t)number;
    return true;
}

/* `name` becomes the one that the file has for a number. */
static bool find_user(const char *passwd, struct hf_str *name, char *buffer, size_t size,
                      struct hf_account *out)
{
    uint32_t wanted = 0, uid = 0, gid = 0;
    struct hf_str fields[FIELDS];
    const bool numeric = read_id(*name, &wanted);
    bool found = false;
    char *text = read_file(passwd);
    for (const char *at = text; at && !found && next_line(&at, fields);) {
        if (!read_id(fields[2], &uid) || !read_id(fields[3], &gid))
            continue;
        found = hf_str_equal(fields[0], *name) || (numeric && uid == wanted);
    }
    if (found) {
        out->uid = uid;
        out->gid = gid;
        if (hf_str_copy(buffer, size, fields[0]))
            *name = hf_str(buffer);
    }
    free(text);
    return found;
}

static bool is_member(struct hf_str members, struct hf_str name)
{
    while (members.len > 0) {
        const char *comma = memchr(members.data, ',', members.len);
        const size_t len = comma ? (size_t)(comma - members.data) : members.len;
        if (hf_str_equal((struct hf_str){members.data, len}, name))
            return true;
        members.data += len + (comma != NULL);
        members.len -= len + (comma != NULL);
    }
    return false;
}

static void find_groups(const char *group, struct hf_str name, struct hf_account *out)
{
    struct hf_str fields[FIELDS];
    uint32_t gid = 0;
    char *text = read_file(group);
    for (const char *at = text;
         at && out->group_count < HF_ACCOUNT_GROUPS_MAX && next_line(&at, fields);) {
        if (read_id(fields[2], &gid) && is_member(fields[3], name))
            out->groups[out->group_count++] = gid;
    }
    free(text);
}

enum hf_err hf_account_find(const char *passwd, const char *group, const char *name,
                            struct hf_account *out)
{
    char known_as[64];
    struct hf_str user = hf_str(name);
    struct hf_account found = {0};
    uint32_t number = HF_ACCOUNT_NOBODY;
    if (!find_user(passwd, &user, known_as, sizeof known_as, &found)) {
        if (!read_id(user, &number) && !hf_str_equal(user, hf_str("nobody")))
            return HF_ERR_INVALID;
        found.uid = found.gid = number;
    }
    find_groups(group, user, &found);
    *out = found;
    return HF_ERR_OK;
}

enum hf_err hf_account_named(const char *key, const char *name, struct hf_account *out,
                             struct hf_fault *fault)
{
    if (hf_account_find(PASSWD, GROUP, name, out) == HF_ERR_OK)
        return HF_ERR_OK;
    return hf_fault_set(
        fault, HF_ERR_INVALID, 0,
        "%s is \"%.64s\", and " PASSWD " has no such user: add it, or give a number", key, name);
}

enum hf_err hf_account_refuse(const char *key, const char *name, struct hf_fault *fault)
{
    return hf_fault_set(fault, HF_ERR_INVALID, 0,
                        "%s is \"%.64s\", and only a worker that is started as root can have "
                        "another user: start it as root, or leave %s out",
                        key, name, key);
}

/* Straight to the kernel: the C library would have every thread do it, and there is but one. */
bool hf_account_become(const struct hf_account *account)
{
    const gid_t gid = account->gid;
    const uid_t uid = account->uid;
    return syscall(SET_GROUPS, account->group_count, account->groups) == 0 &&
           syscall(SET_GID, gid, gid, gid) == 0 && syscall(SET_UID, uid, uid, uid) == 0;
}
