#include "folder.h"
#include "handlers/table.h"
#include "link/log.h"
#include "worker/renewal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * hf-csr, hf-renew and the trial after them, with the power cut before every single change of the
 * state folder. What was not synced is lost then, or only the names are kept, or all of it. What is
 * judged is what the next start finds, and that the same tasks, delivered again, come to their end.
 */

#define CUT       99 /* exit code of a worker that lost its power; one more: hf-renew had answered */
#define FILES_MAX 64
#define BYTES_MAX 16384

enum loss { LOSES_ALL, KEEPS_NAMES, KEEPS_ALL, LOSSES };

struct entry {
    char name[64];
    ino_t inode;
};

struct names {
    size_t count;
    struct entry list[FILES_MAX];
};

static char state_folder[96];

/* The medium, in a worker only. */
static struct {
    bool on;    /* changes are counted */
    long power; /* until the cut; -1: none */
    long count; /* changes so far */
    int exit_code;
    enum loss loss;
    struct names names; /* as of the folder's last sync */
    struct {
        ino_t inode;
        size_t len;
        char bytes[BYTES_MAX];
    } safe[FILES_MAX]; /* each file as of its own */
    size_t files;
} card;

/* --- The model --- */

static void list_names(struct names *out)
{
    DIR *dir = opendir(state_folder);
    struct dirent *at;
    out->count = 0;
    assert_non_null(dir);
    while ((at = readdir(dir))) {
        if (at->d_name[0] == '.')
            continue;
        assert_true(out->count < FILES_MAX);
        struct entry *entry = &out->list[out->count++];
        (void)snprintf(entry->name, sizeof entry->name, "%.63s", at->d_name);
        entry->inode = at->d_ino;
    }
    (void)closedir(dir);
}

static void path_in(const char *name, char path[256])
{
    (void)snprintf(path, 256, "%s/%s", state_folder, name);
}

static size_t find_safe(ino_t inode)
{
    size_t i = 0;
    while (i < card.files && card.safe[i].inode != inode)
        i++;
    return i;
}

static void make_safe(int fd, ino_t inode)
{
    char path[64];
    size_t i = find_safe(inode);
    if (i == card.files)
        card.files++;
    assert_true(i < FILES_MAX);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = pread(again, card.safe[i].bytes, BYTES_MAX, 0);
    assert_true(len >= 0 && len < BYTES_MAX);
    (void)close(again);
    card.safe[i].inode = inode;
    card.safe[i].len = (size_t)len;
}

static void put_back(const struct names *names)
{
    struct names there;
    char path[256];
    list_names(&there);
    for (size_t i = 0; i < there.count; i++) {
        path_in(there.list[i].name, path);
        (void)unlink(path);
    }
    for (size_t i = 0; i < names->count; i++) {
        const size_t at = find_safe(names->list[i].inode);
        path_in(names->list[i].name, path);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        if (at < card.files)
            assert_int_equal(write(fd, card.safe[at].bytes, card.safe[at].len), card.safe[at].len);
        (void)close(fd);
    }
}

static void lose_power(int exit_code)
{
    struct names now;
    card.on = false;
    list_names(&now);
    if (card.loss == LOSES_ALL)
        put_back(&card.names);
    else if (card.loss == KEEPS_NAMES)
        put_back(&now);
    _exit(exit_code);
}

static void insert_card(long power, enum loss loss)
{
    card.power = power;
    card.loss = loss;
    card.exit_code = CUT;
    card.files = 0;
    list_names(&card.names);
    for (size_t i = 0; i < card.names.count; i++) {
        char path[256];
        path_in(card.names.list[i].name, path);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        make_safe(fd, card.names.list[i].inode);
        (void)close(fd);
    }
    card.on = true;
}

static void change(void)
{
    if (card.power == card.count)
        lose_power(card.exit_code);
    card.count++;
}

static bool is_ours(const char *path)
{
    return card.on && strncmp(path, state_folder, strlen(state_folder)) == 0;
}

static bool is_open_there(int fd)
{
    char path[64], target[256] = "";
    if (!card.on)
        return false;
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return readlink(path, target, sizeof target - 1) > 0 && is_ours(target);
}

/* --- What the worker calls --- */

ssize_t write(int fd, const void *buf, size_t n)
{
    if (is_open_there(fd))
        change();
    return syscall(SYS_write, fd, buf, n);
}

int fsync(int fd)
{
    struct stat about;
    const bool ours = is_open_there(fd);
    if (ours)
        change();
    if (ours && fstat(fd, &about) == 0) {
        if (S_ISDIR(about.st_mode))
            list_names(&card.names);
        else
            make_safe(fd, about.st_ino);
    }
    return (int)syscall(SYS_fsync, fd);
}

int rename(const char *old, const char *new)
{
    if (is_ours(old))
        change();
    return (int)syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
}

int unlink(const char *name)
{
    if (is_ours(name))
        change();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

/* --- A board, and its manager --- */

static struct hf_config config;
static const struct hf_upkeep UPKEEP = {.config = &config};
static char request_path[128], answer_path[128];

static void read_settings(void)
{
    config = (struct hf_config){.board = "kitchen"};
    (void)snprintf(config.state, sizeof config.state, "%s", state_folder);
    (void)snprintf(config.tls.ca, sizeof config.tls.ca, "%s/ca.pem", folder);
    (void)snprintf(config.tls.cert, sizeof config.tls.cert, "%s/cert.pem", folder);
    (void)snprintf(config.tls.key, sizeof config.tls.key, "%s/key.pem", folder);
}

/* As main() does it. */
static struct hf_tls_context *start(bool *on_trial)
{
    struct hf_tls_context *tls = NULL;
    read_settings();
    const struct hf_tls_files files = {
        .ca = config.tls.ca, .cert = config.tls.cert, .key = config.tls.key};
    assert_int_equal(hf_tls_context_load(&files, &tls, NULL), HF_ERR_OK);
    *on_trial = hf_renewal_choose(&config, &tls);
    assert_non_null(tls);
    return tls;
}

#define QUIETLY " 2>openssl.log || { cat openssl.log >&2; exit 1; }"
#define NEW_KEY "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
#define SIGN    "openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 "

static void openssl(const char *words)
{
    char line[512];
    (void)snprintf(line, sizeof line, "cd %s && %s", folder, words);
    assert_int_equal(shell(line), 0);
}

static int set_up(void **state)
{
    assert_int_equal(folder_make(state), 0);
    (void)snprintf(state_folder, sizeof state_folder, "%s/state", folder);
    (void)snprintf(request_path, sizeof request_path, "%s/request.pem", folder);
    (void)snprintf(answer_path, sizeof answer_path, "%s/answer.pem", folder);
    assert_int_equal(mkdir(state_folder, 0700), 0);
    openssl(NEW_KEY "-x509 -days 99 -subj /CN=ca -keyout ca.key -out ca.pem" QUIETLY);
    openssl(NEW_KEY "-new -subj /CN=kitchen -keyout key.pem -out old.pem" QUIETLY);
    openssl(SIGN "-in old.pem -out cert.pem" QUIETLY);
    return 0;
}

/* The manager's part: answers the request that the board has made. */
static void answer(void)
{
    openssl(SIGN "-in request.pem -out answer.pem" QUIETLY);
}

/* --- Its tasks, in a process of their own --- */

static int ask(void)
{
    struct hf_handler_io io = {.in = -1, .log = STDERR_FILENO, .progress = -1};
    io.out = open(request_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    read_settings();
    return hf_renewal_request(&io, &UPKEEP);
}

static int renew(void)
{
    bool on_trial = false;
    struct hf_handler_io io = {.out = -1, .log = STDERR_FILENO, .progress = -1};
    io.in = open(answer_path, O_RDONLY | O_CLOEXEC);
    read_settings();
    if (hf_renewal_install(&io, &UPKEEP) != 0)
        return 1;
    card.exit_code = CUT + 1;
    hf_tls_context_free(start(&on_trial));
    if (on_trial)
        hf_renewal_proven(&config);
    return 0;
}

/* The exit code; without a cut on the way the power goes when it is done, with 0. */
static int live(int (*task)(void), long power, enum loss loss)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        insert_card(power, loss);
        if (task() != 0)
            _exit(1);
        lose_power(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), 1);
    return WEXITSTATUS(status);
}

/* Whatever is there can be used. Whether the new one is. */
static bool comes_back_with_the_new_one(void)
{
    static const char *const names[] = {"identity.pem", "identity.new.pem"};
    bool on_trial = false;
    hf_tls_context_free(start(&on_trial));
    const bool is_new = strstr(config.tls.cert, "/identity.") != NULL;
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        struct hf_tls_context *tls = NULL;
        path_in(names[i], path);
        read_settings();
        const struct hf_tls_files files = {.ca = config.tls.ca, .cert = path, .key = path};
        if (access(path, F_OK) == 0)
            assert_int_equal(hf_tls_context_load(&files, &tls, NULL), HF_ERR_OK);
        hf_tls_context_free(tls);
    }
    return is_new;
}

/* A key file with a key that is in use would have the next request be for the same one. */
static void assert_the_next_key_is_another(void)
{
    char line[256];
    assert_int_equal(live(ask, -1, KEEPS_ALL), 0);
    (void)snprintf(
        line, sizeof line,
        "cd %s && key=$(cat identity.key) && case $(cat identity*.pem) in *\"$key\"*) exit 1; esac",
        state_folder);
    assert_int_equal(shell(line), 0);
}

static void start_over(void)
{
    openssl("rm -f state/*");
}

static void a_cut_while_the_key_is_made_leaves_the_old_one_at_work(void **state)
{
    (void)state;
    for (int loss = 0; loss < LOSSES; loss++) {
        long power = 0;
        for (int code = CUT; code == CUT; power++) {
            code = live(ask, power, (enum loss)loss);
            assert_false(comes_back_with_the_new_one());
            if (code == CUT)
                assert_int_equal(live(ask, -1, (enum loss)loss), 0);
            answer();
            assert_int_equal(live(renew, -1, (enum loss)loss), 0);
            assert_true(comes_back_with_the_new_one());
            start_over();
        }
        assert_true(power > 4);
    }
}

static void a_cut_while_the_certificate_is_put_in_place_leaves_the_old_or_the_new_one(void **state)
{
    (void)state;
    for (int loss = 0; loss < LOSSES; loss++) {
        long power = 0;
        for (int code = CUT; code != 0; power++) {
            assert_int_equal(live(ask, -1, (enum loss)loss), 0);
            answer();
            code = live(renew, power, (enum loss)loss);
            const bool is_new = comes_back_with_the_new_one();
            if (code != CUT) /* it had answered that all is well */
                assert_true(is_new);
            assert_int_equal(live(renew, -1, (enum loss)loss), 0); /* delivered again */
            assert_true(comes_back_with_the_new_one());
            assert_the_next_key_is_another();
            start_over();
        }
        assert_true(power > 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cut_while_the_key_is_made_leaves_the_old_one_at_work,
                                        set_up, folder_delete),
        cmocka_unit_test_setup_teardown(
            a_cut_while_the_certificate_is_put_in_place_leaves_the_old_or_the_new_one, set_up,
            folder_delete),
    };
    hf_log_set_level(HF_LOG_WARN); /* a line a renewal is too much */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
