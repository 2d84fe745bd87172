#include "hostile.h"
#include "link/clock.h"
#include "link/pem.h"
#include "link/signature.h"
#include "worker/upkeep_proof.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>

/* What is root's, and stays as it is whatever a worker that was taken over asks for. */

#define MANAGERS_KEY                                                                               \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEIKrtzNhi2Gd3nTrrKxwxntklCo0RBMd/COdz1iUDlIcjoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEDGwnM7R1fdv0dz11IPVgxquLespv0NotQQ+A2ZHbqKXu20/Yymed\n"                           \
    "Kx13mVPNO4ktWk6w/eH6V6vQQa1AmBj8VQ==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"

static int forge_upkeep(int fd)
{
    static const char *const NAMES[] = {"hf-update", "hf-handlers"};
    static const char *const SIGNATURES[] = {
        "", "no base64 at all",
        "MEUCIQDpNDTgDxuRVrmVnqkTFpj5fIDuAGNh3VkGjjtHlGcrAwIgeVQHDh6aFX3WCjFTdyKzfTvzTSMuGgQRQYpL"
        "ZMQkXzo="};
    char out[256], log[256];
    for (size_t i = 0; i < 6; i++) {
        prepare(NAMES[i % 2], "a payload");
        (void)snprintf(petition.task.signature, sizeof petition.task.signature, "%s",
                       SIGNATURES[i / 2]);
        must(ask(fd) == HF_ERR_OK);
        must(end_of(out, log, sizeof out) == EX_NOPERM);
        must(strstr(log, "hf-sig is not the manager's for this task and board unit-") != NULL);
    }
    return 0;
}

static void upkeep_that_the_manager_did_not_sign_changes_nothing_of_roots(void **state)
{
    (void)state;
    expect(forge_upkeep);
    assert_int_equal(entries_in(folder_path("state/agent")), 0);
    assert_int_equal(entries_in(folder_path("state/handlers")), 0);
}

/* Else the worker's own descriptor would stay in place, to be filled after the check. */
static void signed_upkeep_without_a_payload_is_not_done(void **state)
{
    (void)state;
    struct hf_signer *manager = NULL;
    struct hf_task order = {.id = "task", .handler = "hf-handlers", .attempt = 1};
    struct hf_seal seal;
    uint8_t digest[HF_SHA256_BYTES];
    char target[HF_SEAL_TARGET_MAX + 1], log[256] = "";
    if (geteuid() != 0)
        skip();
    const struct hf_upkeep upkeep = {.row = hf_upkeep_find(order.handler),
                                     .config = &config,
                                     .order = &order,
                                     .worker = &privilege};
    const struct hf_handler_io io = {.in = memfd_create("payload", MFD_CLOEXEC),
                                     .log = memfd_create("log", MFD_CLOEXEC)};
    folder_put("manager.key", 0600, MANAGERS_KEY);
    (void)snprintf(target, sizeof target, "board %s", config.board);
    hf_digest_of("", 0, digest);
    hf_seal_task(&seal, &order, target, digest);
    assert_int_equal(hf_signer_load(folder_path("manager.key"), &manager, &fault), HF_ERR_OK);
    assert_int_equal(hf_signer_sign(manager, &seal, order.signature), HF_ERR_OK);
    hf_signer_free(manager);
    assert_int_equal(hf_upkeep_prove(&io, &upkeep), EX_DATAERR);
    assert_true(pread(io.log, log, sizeof log - 1, 0) > 0);
    assert_string_equal(log, "an empty payload\n");
    (void)close(io.in);
    (void)close(io.log);
}

static int ask_for_upkeep(int fd)
{
    prepare("hf-update", "");
    must(ask(fd) == HF_ERR_DENIED);
    return 0;
}

static void there_is_no_upkeep_where_no_signature_is_required(void **state)
{
    (void)state;
    config.require_signature[0] = '\0';
    expect(ask_for_upkeep);
}

static int change_roots_files(int fd)
{
    char from[560], to[600];
    struct hf_pem key;
    static const char *const ROOTS[] = {"agent", "handlers", "work", "work/0"};
    must(geteuid() == worker_uid && getuid() == worker_uid);
    must(setresuid(0, 0, 0) != 0 && setgid(0) != 0);
    must(open(config.tls.key, O_RDONLY) < 0 && errno == EACCES);
    must(hf_pem_read(config.tls.key, &key, NULL) == HF_ERR_OK); /* was opened before */
    must(strcmp((const char *)key.text, "the key") == 0);
    hf_pem_free(&key);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(from, sizeof from, "%s/%s", config.state, ROOTS[i]);
        (void)snprintf(to, sizeof to, "%s/elsewhere", config.state);
        must(rename(from, to) != 0 && rmdir(from) != 0 && chmod(from, 0777) != 0);
        (void)snprintf(to, sizeof to, "%s/planted", from);
        must(mkdir(to, 0700) != 0);
    }
    must(chmod(config.state, 0777) != 0);
    (void)snprintf(to, sizeof to, "%s/mine", config.state);
    const int mine = open(to, O_RDWR | O_CREAT | O_EXCL, 0600);
    must(mine >= 0 && unlink(to) == 0);
    return fd < 0;
}

static void what_root_trusts_is_not_the_workers_to_change(void **state)
{
    (void)state;
    expect(change_roots_files);
}

static int look_for_a_terminal(int fd)
{
    must(open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 && errno == ENXIO);
    return fd < 0;
}

/* In a process that has one. Its exit status. */
static int live_at_a_terminal(void)
{
    enum hf_monitor_end end;
    (void)setsid();
    const int other_end = posix_openpt(O_RDWR | O_CLOEXEC);
    if (other_end < 0 || grantpt(other_end) != 0 || unlockpt(other_end) != 0 ||
        open(ptsname(other_end), O_RDWR | O_CLOEXEC) < 0 ||
        open("/dev/tty", O_RDWR | O_CLOEXEC) < 0)
        return 2;
    return live(&end, look_for_a_terminal) == 0 && end == HF_MONITOR_LEFT ? 0 : 1;
}

static void monitors_terminal_is_not_the_workers_to_type_on(void **state)
{
    (void)state;
    int status = -1;
    if (geteuid() != 0)
        skip();
    const pid_t child = fork();
    if (child == 0)
        _exit(live_at_a_terminal());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static bool was_open[256]; /* before the monitor began */

static int find_what_is_open(int fd)
{
    struct stat info;
    for (int other = 3; other < 256; other++) {
        const bool held = fstat(other, &info) == 0 && S_ISREG(info.st_mode) &&
                          (fcntl(other, F_GETFL) & O_ACCMODE) == O_RDONLY; /* hf_privilege_hold */
        must(other == fd || was_open[other] || held || fcntl(other, F_GETFD) < 0);
    }
    return 0;
}

static void nothing_that_the_monitor_has_open_is_the_workers(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
    if (geteuid() == 0)
        assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    for (int fd = 0; fd < 256; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    config.slots = 2;
    expect(find_what_is_open);
    (void)unsetenv("NOTIFY_SOCKET");
    (void)close(manager);
}

static int64_t before_ms;

static int set_the_clock(int fd)
{
    must(!hf_monitor_set_clock(fd, before_ms + 3600000) && errno == EPERM);
    must(hf_clock_unix_ms() < before_ms + 1800000);
    return 0;
}

static void the_clock_is_not_set_where_the_settings_do_not_say_so(void **state)
{
    (void)state;
    before_ms = hf_clock_unix_ms();
    expect(set_the_clock);
}

static int tell_lies(int fd)
{
    hf_monitor_tell(fd, HF_SERVICE_WORDS);
    hf_monitor_tell(fd, (enum hf_service_word) - 1);
    hf_monitor_tell(fd, (enum hf_service_word)INT32_MAX);
    hf_monitor_tell(fd, HF_SERVICE_FED);
    return 0;
}

static void a_service_manager_hears_no_other_words(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", folder);
    if (geteuid() == 0)
        assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    expect(tell_lies);
    (void)unsetenv("NOTIFY_SOCKET");
    assert_true(recv(manager, heard, sizeof heard - 1, 0) > 0);
    assert_string_equal(heard, "WATCHDOG=1");
    assert_true(recv(manager, heard, sizeof heard - 1, 0) < 0);
    (void)close(manager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(upkeep_that_the_manager_did_not_sign_changes_nothing_of_roots),
        HOSTILE(signed_upkeep_without_a_payload_is_not_done),
        HOSTILE(there_is_no_upkeep_where_no_signature_is_required),
        HOSTILE(what_root_trusts_is_not_the_workers_to_change),
        HOSTILE(monitors_terminal_is_not_the_workers_to_type_on),
        HOSTILE(nothing_that_the_monitor_has_open_is_the_workers),
        HOSTILE(the_clock_is_not_set_where_the_settings_do_not_say_so),
        HOSTILE(a_service_manager_hears_no_other_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
