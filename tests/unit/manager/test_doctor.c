#include "../ledger/fixture.h"
#include "ledger/boards.h"
#include "manager/doctor.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

static struct hf_findings findings;

static const struct hf_finding *judge(const char *version)
{
    findings.count = 0;
    hf_doctor_judge_version(&findings, version);
    assert_int_equal(findings.count, 1);
    return &findings.list[0];
}

static void versions_are_judged_by_what_they_can(void **state)
{
    (void)state;
    assert_int_equal(judge("3.9.29")->state, HF_FINDING_BAD);
    assert_int_equal(judge("3.10.8")->state, HF_FINDING_NOTE);
    assert_int_equal(judge("3.13.0")->state, HF_FINDING_NOTE);
    assert_int_equal(judge("4.0.5")->state, HF_FINDING_FINE);
    assert_int_equal(judge("4.1.3")->state, HF_FINDING_BAD);
    assert_non_null(strstr(judge("4.1.0")->mend, "4.1.4"));
    assert_int_equal(judge("4.1.4")->state, HF_FINDING_FINE);
    assert_int_equal(judge("4.3.6-1")->state, HF_FINDING_FINE);
    assert_int_equal(judge("banana")->state, HF_FINDING_WARNING);
}

static bool has(const struct hf_findings *all, enum hf_finding_state state, const char *text,
                const char *mend)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].state == state && strstr(all->list[i].text, text) &&
            strstr(all->list[i].mend, mend))
            return true;
    return false;
}

static void silent_boards_and_ending_certificates_are_told_with_what_mends_them(void **state)
{
    struct fixture *f = *state;
    static struct hf_doctor doctor;
    struct hf_event event = {.kind = HF_EVENT_PRESENCE, .presence = {.state = "idle"}};
    doctor = (struct hf_doctor){.ledger = f->ledger, .now_ms = NOW};
    assert_ok(f, hf_boards_enrolled(f->ledger, "old", "lab", NOW - 800 * DAY_MS, &f->fault));
    assert_ok(f, hf_boards_enrolled(f->ledger, "late", "lab", NOW - 900 * DAY_MS, &f->fault));
    assert_ok(f, hf_boards_enrolled(f->ledger, "new", "lab", NOW - DAY_MS, &f->fault));
    assert_ok(f, hf_boards_enrolled(f->ledger, "gone", "lab", NOW - DAY_MS, &f->fault));
    assert_ok(f, hf_boards_retired(f->ledger, "gone", NOW, &f->fault));
    assert_ok(f, hf_boards_heard(f->ledger, "old", &event, NOW - 3 * DAY_MS, &f->fault));
    hf_doctor_look_at_boards(&doctor);
    assert_true(
        has(&doctor.findings, HF_FINDING_WARNING, "old is silent for 3 days", "retire old"));
    assert_true(
        has(&doctor.findings, HF_FINDING_WARNING, "certificate of board old", "rotate old"));
    assert_true(has(&doctor.findings, HF_FINDING_BAD, "certificate of board late ended",
                    "enroll late --pool lab --force"));
    assert_true(has(&doctor.findings, HF_FINDING_WARNING, "new was enrolled and never", "--check"));
    assert_false(has(&doctor.findings, HF_FINDING_WARNING, "gone", ""));
    assert_true(has(&doctor.findings, HF_FINDING_FINE, "0 of 3", ""));
}

static void findings_over_the_limit_are_left_out(void **state)
{
    (void)state;
    findings.count = 0;
    for (int i = 0; i < HF_FINDINGS_MAX + 5; i++)
        hf_findings_add(&findings, HF_FINDING_NOTE, "many", NULL, "%d", i);
    assert_int_equal(hf_findings_count(&findings, HF_FINDING_NOTE), HF_FINDINGS_MAX);
}

static void a_finding_that_quotes_the_broker_gives_a_terminal_no_orders(void **state)
{
    (void)state;
    findings.count = 0;
    hf_findings_add(&findings, HF_FINDING_BAD, "broker", "see %s", "queue %s", "\033[2J");
    assert_string_equal(findings.list[0].text, "queue ?[2J");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_judged_by_what_they_can),
        cmocka_unit_test_setup_teardown(
            silent_boards_and_ending_certificates_are_told_with_what_mends_them, fixture_setup,
            fixture_teardown),
        cmocka_unit_test(a_finding_that_quotes_the_broker_gives_a_terminal_no_orders),
        cmocka_unit_test(findings_over_the_limit_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
