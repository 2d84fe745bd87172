#include "../cmocka_all.h"
#include "deploy/advice.h"
#include "wire/fault.h"

#include <stdio.h>
#include <string.h>

static void what_is_known_to_help_stands_behind_what_was_said(void **state)
{
    (void)state;
    static const struct {
        const char *said, *advice;
    } CASES[] = {
        {"root@10.0.0.7: Permission denied (publickey).", "; try giving it your key: ssh-copy-id "
                                                          "root@10.0.0.7"},
        {"ssh: connect to host 10.0.0.7 port 22: Connection timed out", ": ping 10.0.0.7"},
        {"Host key for 10.0.0.7 has changed and you have requested strict checking. Host key "
         "verification failed.",
         "ssh-keygen -R 10.0.0.7"},
        {"Host key verification failed.", "by hand: ssh root@10.0.0.7"},
        {"cat: write error: No space left on device", "df -h"},
    };
    char out[HF_ADVICE_MAX];
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        hf_advice_add("root@10.0.0.7", CASES[i].said, out);
        assert_memory_equal(out, CASES[i].said, strlen(CASES[i].said));
        assert_non_null(strstr(out, CASES[i].advice));
    }
}

static void what_is_not_known_is_said_as_it_is(void **state)
{
    (void)state;
    char out[HF_ADVICE_MAX];
    hf_advice_add("root@10.0.0.7", "the moon is full", out);
    assert_string_equal(out, "the moon is full");
}

static void advice_stands_behind_the_end_of_a_long_text(void **state)
{
    (void)state;
    char said[600], out[HF_ADVICE_MAX], target[256];
    memset(said, 'x', sizeof said);
    (void)snprintf(said + 500, sizeof said - 500, ": Read-only file system");
    memset(target, 'h', sizeof target);
    target[255] = '\0';
    hf_advice_add(target, said, out);
    assert_memory_equal(out, "... x", 5);
    assert_non_null(strstr(out, "Read-only file system; try making it writable there"));
    assert_true(strlen(out) < sizeof((struct hf_fault){0}).text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_to_help_stands_behind_what_was_said),
        cmocka_unit_test(what_is_not_known_is_said_as_it_is),
        cmocka_unit_test(advice_stands_behind_the_end_of_a_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
