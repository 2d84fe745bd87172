/*
 * New authorities, with the power cut before each file gets its name or loses it: what is there
 * then works as it is, and doing it again goes through to the end.
 */
#include "../cmocka_all.h"
#include "../scratch.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "pki/succession.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1800000000)
#define CUT 99 /* exit code of a process that was cut off */

/* In a child only: so many changes to the folder until it ends; negative: never. */
static int changes_left = -1;

static void maybe_cut(void)
{
    if (changes_left == 0)
        _exit(CUT);
    if (changes_left > 0)
        changes_left--;
}

int rename(const char *old, const char *new)
{
    maybe_cut();
    return (int)syscall(SYS_renameat, AT_FDCWD, old, AT_FDCWD, new);
}

int link(const char *from, const char *to)
{
    maybe_cut();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int remove(const char *filename)
{
    maybe_cut();
    return unlink(filename) == 0 ? 0 : rmdir(filename);
}

static struct hf_pki_names names;
static char old_device[HF_PKI_PEM_MAX], old_server[HF_PKI_PEM_MAX];

static const char *path_of(const char *name)
{
    static char path[4][HF_PATH_MAX + 1];
    static unsigned next;
    next = (next + 1) % 4;
    hf_home_path(&scratch, name, "", path[next]);
    return path[next];
}

static void keep(const char *name, char text[HF_PKI_PEM_MAX])
{
    char *read = NULL;
    assert_int_equal(hf_file_read(path_of(name), HF_PKI_PEM_MAX - 1, &read, NULL, NULL), HF_ERR_OK);
    snprintf(text, HF_PKI_PEM_MAX, "%s", read);
    free(read);
}

static int set_up(void **state)
{
    if (scratch_make(state) != 0)
        return -1;
    names.count = 0;
    hf_pki_names_add(&names, "localhost", NULL);
    if (hf_pki_setup(&scratch, &names, NOW, NULL, NULL) != HF_ERR_OK)
        return -1;
    keep("pki/device-ca.pem", old_device);
    keep("pki/server-ca.pem", old_server);
    return 0;
}

static enum hf_err begin(void)
{
    return hf_pki_succession_begin(&scratch, NOW, NULL);
}

static enum hf_err finish(void)
{
    enum hf_err err = hf_pki_succession_hand_over(&scratch, &names, NOW, NULL);
    if (!err)
        err = hf_pki_succession_drop(&scratch, NULL);
    return err ? err : hf_pki_succession_tidy(&scratch, NULL);
}

/* True when it was cut off after so many changes. */
static bool cut_off(enum hf_err (*step)(void), int changes)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        changes_left = changes;
        _exit(step() == HF_ERR_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == CUT;
}

static bool signs(const char *ca, const char *leaf)
{
    char pem[HF_PKI_PEM_MAX];
    keep(leaf, pem);
    return hf_pki_is_signed_by(pem, path_of(ca));
}

static bool believes(const char *ca, const char *pem)
{
    char text[HF_PKI_PEM_MAX];
    keep(ca, text);
    return strstr(text, pem) != NULL;
}

/* Each side believes the other, and what boards have of before is believed too. */
static void assert_at_work(bool old_counts)
{
    assert_true(signs("pki/device-ca", "pki/manager.pem"));
    assert_true(signs("pki/server-ca", "pki/broker.pem"));
    if (old_counts) {
        assert_true(believes("pki/device-ca.pem", old_device));
        assert_true(believes("pki/server-ca.pem", old_server));
    }
}

static void assert_settled_anew(void)
{
    enum hf_pki_succession phase = HF_PKI_OVERLAP;
    static const char *const gone[] = {
        "pki/device-ca.next.pem", "pki/device-ca.next.key", "pki/server-ca.next.pem",
        "pki/server-ca.next.key", "pki/device-ca.old.pem",  "pki/device-ca.old.key",
        "pki/server-ca.old.pem",  "pki/server-ca.old.key",
    };
    assert_int_equal(hf_pki_succession(&scratch, &phase, NULL), HF_ERR_OK);
    assert_int_equal(phase, HF_PKI_SETTLED);
    assert_at_work(false);
    assert_false(believes("pki/device-ca.pem", old_device));
    assert_false(believes("pki/server-ca.pem", old_server));
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        assert_false(hf_file_exists(path_of(gone[i])));
    assert_true(hf_pki_pair_good(path_of("pki/device-ca"), path_of("pki/manager"), NOW, NOW));
    assert_true(hf_pki_pair_good(path_of("pki/server-ca"), path_of("pki/broker"), NOW, NOW));
    assert_int_equal(hf_pki_key_fits(path_of("pki/device-ca"), NULL), HF_ERR_OK);
    assert_int_equal(hf_pki_key_fits(path_of("pki/server-ca"), NULL), HF_ERR_OK);
}

static void new_authorities_take_over_from_the_old_ones(void **state)
{
    (void)state;
    assert_int_equal(begin(), HF_ERR_OK);
    assert_at_work(true);
    assert_true(signs("pki/device-ca.old", "pki/manager.pem"));
    assert_int_equal(finish(), HF_ERR_OK);
    assert_settled_anew();
}

static void cut_off_anywhere_in_the_beginning_it_goes_on(void **state)
{
    int changes = 0;
    for (bool cut = true; cut; changes++) {
        cut = cut_off(begin, changes);
        assert_at_work(true);
        assert_int_equal(begin(), HF_ERR_OK);
        assert_at_work(true);
        assert_int_equal(finish(), HF_ERR_OK);
        assert_settled_anew();
        scratch_drop(state);
        assert_int_equal(set_up(state), 0);
    }
    assert_true(changes > 10);
}

static void cut_off_anywhere_in_the_end_it_goes_on(void **state)
{
    int changes = 0;
    for (bool cut = true; cut; changes++) {
        assert_int_equal(begin(), HF_ERR_OK);
        cut = cut_off(finish, changes);
        assert_at_work(false);
        if (cut)
            assert_int_equal(finish(), HF_ERR_OK);
        assert_settled_anew();
        scratch_drop(state);
        assert_int_equal(set_up(state), 0);
    }
    assert_true(changes > 15);
}

static void doing_it_again_in_the_middle_makes_no_other_authorities(void **state)
{
    char first[HF_PKI_PEM_MAX], second[HF_PKI_PEM_MAX];
    (void)state;
    assert_int_equal(begin(), HF_ERR_OK);
    keep("pki/device-ca.pem", first);
    assert_int_equal(begin(), HF_ERR_OK);
    keep("pki/device-ca.pem", second);
    assert_string_equal(first, second);
}

static void what_was_not_begun_cannot_be_finished(void **state)
{
    (void)state;
    assert_int_equal(finish(), HF_ERR_ILLEGAL);
    assert_int_equal(begin(), HF_ERR_OK);
    assert_int_equal(hf_pki_succession_hand_over(&scratch, &names, NOW, NULL), HF_ERR_OK);
    assert_int_equal(begin(), HF_ERR_ILLEGAL);
}

static void a_key_that_is_kept_elsewhere_is_asked_for(void **state)
{
    struct hf_fault fault = {0};
    (void)state;
    unlink(path_of("pki/device-ca.key"));
    assert_int_equal(hf_pki_succession_begin(&scratch, NOW, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "device-ca.key"));
    assert_at_work(true);
}

static void nothing_is_signed_while_key_and_certificate_do_not_fit(void **state)
{
    struct hf_fault fault = {0};
    const struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = "kitchen", .now_s = NOW};
    (void)state;
    assert_int_equal(begin(), HF_ERR_OK);
    assert_int_equal(rename(path_of("pki/device-ca.old.key"), path_of("pki/device-ca.key")), 0);
    assert_int_equal(hf_pki_leaf_make(path_of("pki/device-ca"), &request, path_of("a.pem"),
                                      path_of("a.key"), &fault),
                     HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "do it again"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, scratch_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_authorities_take_over_from_the_old_ones),
        TEST(cut_off_anywhere_in_the_beginning_it_goes_on),
        TEST(cut_off_anywhere_in_the_end_it_goes_on),
        TEST(doing_it_again_in_the_middle_makes_no_other_authorities),
        TEST(what_was_not_begun_cannot_be_finished),
        TEST(a_key_that_is_kept_elsewhere_is_asked_for),
        TEST(nothing_is_signed_while_key_and_certificate_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
