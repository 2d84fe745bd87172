#include "fixture.h"
#include "ledger/strays.h"

static enum hf_err note(void *context, const struct hf_stray *stray)
{
    struct hf_stray *last = context;
    *last = *stray;
    last->body.bytes = NULL;
    return HF_ERR_OK;
}

static void a_stray_is_kept_with_its_reason_and_body(void **state)
{
    struct fixture *f = *state;
    struct hf_stray stray = {.received_ms = NOW,
                             .queue = "hf.q.results",
                             .sender = "pi-7",
                             .task = "42",
                             .reason = "no task of that id",
                             .body = {.size = 3, .bytes = "out"}};
    struct hf_stray out = {0};
    int64_t count = 0;
    assert_ok(f, hf_strays_add(f->ledger, &stray, &f->fault));
    fixture_reopen(f);
    assert_ok(f, hf_strays_list(f->ledger, 10, note, &out, &f->fault));
    assert_string_equal(out.queue, "hf.q.results");
    assert_string_equal(out.sender, "pi-7");
    assert_string_equal(out.task, "42");
    assert_string_equal(out.reason, "no task of that id");
    assert_int_equal(out.received_ms, NOW);
    assert_int_equal(out.body.size, 3);
    assert_ok(f, hf_strays_count(f->ledger, &count, &f->fault));
    assert_int_equal(count, 1);
}

static void a_flood_of_strays_is_bounded_and_the_newest_stay_and_those_in_files(void **state)
{
    struct fixture *f = *state;
    struct hf_stray stray = {.queue = "hf.q.results"};
    struct hf_stray newest = {0};
    int64_t count = 0;
    const struct hf_stray in_a_file = {.queue = "hf.q.results", .body = {.size = 1, .hash = "f"}};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_strays_add(f->ledger, &in_a_file, &f->fault));
    for (int i = 0; i < HF_STRAYS_MAX + 50; i++) {
        stray.received_ms = i;
        assert_ok(f, hf_strays_add(f->ledger, &stray, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    assert_ok(f, hf_strays_count(f->ledger, &count, &f->fault));
    assert_int_equal(count, HF_STRAYS_MAX + 1);
    assert_ok(f, hf_strays_list(f->ledger, 1, note, &newest, &f->fault));
    assert_int_equal(newest.received_ms, HF_STRAYS_MAX + 49);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_stray_is_kept_with_its_reason_and_body),
        TEST(a_flood_of_strays_is_bounded_and_the_newest_stay_and_those_in_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
