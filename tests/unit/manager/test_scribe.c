#include "../ledger/fixture.h"
#include "link/digest.h"
#include "manager/parcel.h"
#include "manager/pass.h"
#include "pki/signing.h"

/* Through the pass that it works for, with a key in the fixture's folder. */

#define TASKS ((HF_SCRIBE_PAGES + 3) * HF_PASS_PAGE + 7)

static struct hf_pass pass;
static struct hf_seal_signer *signer;
static struct hf_seal_verifier *verifier;

static const char *in_folder(const struct fixture *f, const char *name)
{
    static char path[160];
    snprintf(path, sizeof path, "%s/pki/%s", f->folder, name);
    return path;
}

static int setup(void **state)
{
    struct hf_home home = {0};
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    assert_ok(f, hf_pki_setup_signing(&home, &f->fault));
    assert_ok(f, hf_seal_signer_load(in_folder(f, "signing.key"), &signer, &f->fault));
    assert_ok(f, hf_seal_verifier_load(in_folder(f, "signing.pub"), &verifier, &f->fault));
    pass = (struct hf_pass){0};
    assert_ok(f, hf_scribe_new(signer, f->ledger, &pass.scribe, &f->fault));
    hf_seal_signer_free(signer); /* the scribe's copy is its own */
    signer = NULL;
    hf_pass_begin(&pass);
    return 0;
}

static int teardown(void **state)
{
    hf_scribe_free(pass.scribe);
    hf_seal_verifier_free(verifier);
    return fixture_teardown(state);
}

static void payload_of(int64_t seq, char text[32])
{
    snprintf(text, 32, "payload %lld", (long long)seq);
}

static void add(struct fixture *f, int count, bool plain)
{
    struct hf_job job = fixture_job(f, "job-a");
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 1; i <= count; i++) {
        char id[24], text[32];
        snprintf(id, sizeof id, "task-%d", i);
        payload_of(i, text);
        struct hf_entry entry = entry_of(&job, i, id);
        const struct hf_body payload = {.size = strlen(text), .bytes = text};
        entry.task.plain = plain;
        assert_ok(f, hf_tasks_add(f->ledger, &entry, &payload, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
}

static const struct hf_entry *peek(struct fixture *f)
{
    const struct hf_entry *entry = NULL;
    assert_ok(f, hf_pass_peek(&pass, f->ledger, &entry, &f->fault));
    return entry;
}

static bool is_signed(const struct hf_entry *entry)
{
    char text[32];
    uint8_t hash[HF_SHA256_BYTES];
    struct hf_seal seal;
    payload_of(entry->seq, text);
    hf_digest_of(text, strlen(text), hash);
    hf_parcel_seal(entry, hash, &seal);
    return hf_seal_check(verifier, &seal, entry->task.signature);
}

static void each_task_of_many_comes_with_the_signature_of_what_it_is(void **state)
{
    struct fixture *f = *state;
    add(f, TASKS, false);
    for (int i = 1; i <= TASKS; i++, hf_pass_skip(&pass)) {
        assert_int_equal(peek(f)->seq, i);
        assert_true(is_signed(peek(f)));
    }
    assert_null(peek(f));
}

static void a_pass_that_begins_anew_anywhere_forgets_what_was_ahead(void **state)
{
    struct fixture *f = *state;
    add(f, TASKS, false);
    for (int stop = 1; stop < TASKS; stop += 37) {
        hf_pass_begin(&pass);
        for (int i = 1; i <= stop; i++, hf_pass_skip(&pass)) {
            assert_int_equal(peek(f)->seq, i);
            assert_true(is_signed(peek(f)));
        }
    }
}

static void few_tasks_are_left_to_whoever_sends_them(void **state)
{
    struct fixture *f = *state;
    add(f, 3, false);
    assert_string_equal(peek(f)->task.signature, "");
}

static void plain_tasks_are_left_to_whoever_sends_them(void **state)
{
    struct fixture *f = *state;
    add(f, HF_PASS_PAGE, true);
    assert_string_equal(peek(f)->task.signature, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_task_of_many_comes_with_the_signature_of_what_it_is,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_pass_that_begins_anew_anywhere_forgets_what_was_ahead,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(few_tasks_are_left_to_whoever_sends_them, setup, teardown),
        cmocka_unit_test_setup_teardown(plain_tasks_are_left_to_whoever_sends_them, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
