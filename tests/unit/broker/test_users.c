#include "../cmocka_all.h"
#include "broker/users.h"
#include "fake_api.h"

static const struct fake_answer unknown_user[] = {
    {"GET /api/users/board-01", 404, "{\"reason\": \"Not Found\"}"}, {NULL, 0, NULL}};

static void a_board_gets_no_password_its_limits_and_its_permissions(void **state)
{
    (void)state;
    fake.script = unknown_user;
    assert_int_equal(hf_users_declare_board(fake.client, "board-01", "lab", NULL), HF_ERR_OK);
    assert_non_null(
        strstr(fake.log, "PUT /api/users/board-01 {\"password_hash\":\"\",\"tags\":\"\"}\n"));
    assert_non_null(
        strstr(fake.log, "PUT /api/user-limits/board-01/max-connections {\"value\":8}\n"));
    assert_non_null(
        strstr(fake.log, "PUT /api/user-limits/board-01/max-channels {\"value\":16}\n"));
    assert_non_null(strstr(fake.log, "PUT /api/permissions/holdfast/board-01 "
                                     "{\"configure\":\"^$\","));
    assert_non_null(strstr(fake.log, "PUT /api/topic-permissions/holdfast/board-01 "
                                     "{\"exchange\":\"hf.results\","));
    assert_non_null(strstr(fake.log, "PUT /api/topic-permissions/holdfast/board-01 "
                                     "{\"exchange\":\"hf.events\","));
}

static void a_board_may_write_only_after_its_keys_are_restricted(void **state)
{
    (void)state;
    fake.script = unknown_user;
    hf_users_declare_board(fake.client, "board-01", "lab", NULL);
    const char *events = strstr(fake.log, "\"exchange\":\"hf.events\"");
    const char *results = strstr(fake.log, "\"exchange\":\"hf.results\"");
    const char *write = strstr(fake.log, "PUT /api/permissions/");
    assert_true(events && results && write && events < write && results < write);
}

static void enrolling_a_board_again_is_no_error(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/users/board-01", 200, "{\"password_hash\": \"\", \"tags\": []}"},
        {NULL, 0, NULL}};
    (void)state;
    fake.script = script;
    assert_int_equal(hf_users_declare_board(fake.client, "board-01", "lab", NULL), HF_ERR_OK);
}

static void somebody_elses_user_is_never_touched(void **state)
{
    static const struct fake_answer password[] = {
        {"GET /api/users/board-01", 200, "{\"password_hash\": \"abc\", \"tags\": []}"},
        {NULL, 0, NULL}};
    static const struct fake_answer tag[] = {
        {"GET /api/users/board-01", 200, "{\"password_hash\": \"\", \"tags\": [\"monitoring\"]}"},
        {NULL, 0, NULL}};
    static const struct fake_answer old_tag[] = {
        {"GET /api/users/board-01", 200, "{\"password_hash\": \"\", \"tags\": \"administrator\"}"},
        {NULL, 0, NULL}};
    const struct fake_answer *const scripts[] = {password, tag, old_tag};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct hf_fault fault;
        fake.script = scripts[i];
        assert_int_equal(hf_users_declare_board(fake.client, "board-01", "lab", &fault),
                         HF_ERR_EXISTS);
        assert_non_null(strstr(fault.text, "board-01"));
    }
    assert_null(strstr(fake.log, "PUT"));
}

static void a_refused_step_ends_it(void **state)
{
    static const struct fake_answer script[] = {
        {"GET /api/users/board-01", 404, "{}"},
        {"PUT /api/topic-permissions/holdfast/board-01", 400, "{\"reason\": \"no such vhost\"}"},
        {NULL, 0, NULL}};
    struct hf_fault fault;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_users_declare_board(fake.client, "board-01", "lab", &fault), HF_ERR_HTTP);
    assert_non_null(strstr(fault.text, "no such vhost"));
    assert_null(strstr(fake.log, "PUT /api/permissions/"));
}

static void who_has_nothing_open_is_hung_up_on_without_an_error(void **state)
{
    static const struct fake_answer script[] = {
        {"DELETE /api/connections/username/board-01", 404, "{}"}, {NULL, 0, NULL}};
    (void)state;
    fake.script = script;
    assert_int_equal(hf_users_hang_up(fake.client, "board-01", NULL), HF_ERR_OK);
    assert_non_null(strstr(fake.log, "DELETE /api/connections/username/board-01"));
}

static void a_connection_that_ends_just_then_is_asked_for_again(void **state)
{
    static const struct fake_answer script[] = {
        {"DELETE /api/connections/username/board-01", 500, "{}"}, {NULL, 0, NULL}};
    const char *second;
    (void)state;
    fake.script = script;
    assert_int_equal(hf_users_hang_up(fake.client, "board-01", NULL), HF_ERR_HTTP);
    second = strstr(fake.log, "DELETE");
    assert_non_null(second);
    assert_non_null(strstr(second + 1, "DELETE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(a_board_gets_no_password_its_limits_and_its_permissions),
        FAKE_TEST(a_board_may_write_only_after_its_keys_are_restricted),
        FAKE_TEST(enrolling_a_board_again_is_no_error),
        FAKE_TEST(somebody_elses_user_is_never_touched),
        FAKE_TEST(a_refused_step_ends_it),
        FAKE_TEST(a_connection_that_ends_just_then_is_asked_for_again),
        FAKE_TEST(who_has_nothing_open_is_hung_up_on_without_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
