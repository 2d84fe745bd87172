#include "../ledger/fixture.h"
#include "ledger/boards.h"
#include "manager/ready.h"

static char text[HF_READY_TEXT_MAX + 1];

static const char *look(struct fixture *f, enum hf_target_kind kind, const char *name,
                        const char *handler)
{
    struct hf_target target = {.kind = kind};
    snprintf(target.name, sizeof target.name, "%s", name);
    assert_ok(f, hf_ready_look(f->ledger, &target, handler, NOW, text, &f->fault));
    return text;
}

static void hear(struct fixture *f, int64_t at_ms)
{
    struct hf_event presence = {.kind = HF_EVENT_PRESENCE, .presence = {.state = "idle"}};
    struct hf_event facts = {.kind = HF_EVENT_FACTS, .facts = {.handlers = "echo sha256"}};
    assert_ok(f, hf_boards_heard(f->ledger, "pi-1", &presence, at_ms, &f->fault));
    assert_ok(f, hf_boards_heard(f->ledger, "pi-1", &facts, at_ms, &f->fault));
}

static void it_warns_of_what_is_missing_and_of_nothing_else(void **state)
{
    struct fixture *f = *state;
    assert_non_null(strstr(look(f, HF_TARGET_POOL, "lab", "echo"), "no board is enrolled"));
    assert_ok(f, hf_boards_enrolled(f->ledger, "pi-1", "lab", NOW, &f->fault));
    assert_non_null(strstr(look(f, HF_TARGET_POOL, "lab", "echo"), "online"));
    hear(f, NOW - 10000);
    assert_string_equal(look(f, HF_TARGET_POOL, "lab", "echo"), "");
    assert_string_equal(look(f, HF_TARGET_POOL, "lab", ""), "");
    assert_string_equal(look(f, HF_TARGET_BOARD, "pi-1", "sha256"), "");
    assert_string_equal(look(f, HF_TARGET_BOARD, "*", "echo"), "");
    assert_string_equal(look(f, HF_TARGET_QUEUE, "theirs", "any"), "");
    assert_non_null(strstr(look(f, HF_TARGET_POOL, "lab", "sha"), "handler \"sha\""));
    assert_non_null(strstr(look(f, HF_TARGET_POOL, "other", "echo"), "no board is enrolled"));
    assert_non_null(strstr(look(f, HF_TARGET_BOARD, "pi-2", "echo"), "not enrolled"));
}

static void a_board_that_is_silent_or_retired_is_nobody(void **state)
{
    struct fixture *f = *state;
    assert_ok(f, hf_boards_enrolled(f->ledger, "pi-1", "lab", NOW, &f->fault));
    hear(f, NOW - 91000);
    assert_non_null(strstr(look(f, HF_TARGET_BOARD, "pi-1", "echo"), "not online"));
    hear(f, NOW);
    assert_string_equal(look(f, HF_TARGET_BOARD, "pi-1", "echo"), "");
    assert_ok(f, hf_boards_retired(f->ledger, "pi-1", NOW, &f->fault));
    assert_non_null(strstr(look(f, HF_TARGET_BOARD, "pi-1", "echo"), "not enrolled"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_warns_of_what_is_missing_and_of_nothing_else),
        TEST(a_board_that_is_silent_or_retired_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
