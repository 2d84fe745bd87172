#include "../ledger/fixture.h"
#include "ledger/certificates.h"
#include "link/clock.h"
#include "link/request.h"
#include "manager/rotate.h"
#include "pki/authority.h"

#define BOARD "kitchen"

static struct hf_home home;

static int setup(void **state)
{
    struct hf_pki_names names = {0};
    fixture_setup(state);
    const struct fixture *f = *state;
    snprintf(home.dir, sizeof home.dir, "%s", f->folder);
    hf_pki_names_add(&names, "localhost", NULL);
    return hf_pki_setup(&home, &names, hf_clock_unix_ms() / 1000, NULL, NULL) == HF_ERR_OK ? 0 : -1;
}

static enum hf_err count(void *context, const struct hf_certificate *row)
{
    size_t *rows = context;
    (void)row;
    ++*rows;
    return HF_ERR_OK;
}

static size_t certificates(struct fixture *f)
{
    size_t rows = 0;
    assert_ok(f, hf_certificates_of(f->ledger, BOARD, count, &rows, &f->fault));
    return rows;
}

static enum hf_err keep(void *context, const struct hf_entry *entry)
{
    *(struct hf_entry *)context = *entry;
    return HF_ERR_OK;
}

/* The task under way is done, with that output. */
static void answer(struct fixture *f, const struct hf_rotate_board *board, const char *output)
{
    struct hf_entry entry = {0};
    const struct hf_tasks_filter filter = {.job = board->job, .limit = 1};
    assert_ok(f, hf_tasks_list(f->ledger, &filter, keep, &entry, &f->fault));
    struct hf_report report = report_of(entry.task.id, HF_STATUS_DONE, 1);
    const struct hf_body body = {.size = strlen(output), .bytes = output};
    report.body = &body;
    snprintf(report.result.board, sizeof report.result.board, BOARD);
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
}

/* A board that has answered with a request; `size` of the file of authorities that it is to get. */
static enum hf_err look(struct fixture *f, size_t size, struct hf_rotate_board *board)
{
    char request[HF_REQUEST_MAX + 1], key[96], authorities[96];
    bool made = false;
    snprintf(key, sizeof key, "%s/board.key", f->folder);
    snprintf(authorities, sizeof authorities, "%s/authorities.pem", f->folder);
    char *text = calloc(1, size);
    assert_non_null(text);
    memset(text, 'x', size);
    assert_ok(f, hf_file_write(authorities, text, size, 0644, &f->fault));
    free(text);
    const struct hf_rotate rotate = {
        .home = &home, .ledger = f->ledger, .authorities = authorities, .patience_ms = 60000};
    *board = (struct hf_rotate_board){.name = BOARD};
    assert_ok(f, hf_request_make(BOARD, key, request, &made, &f->fault));
    assert_ok(f, hf_rotate_begin(&rotate, board, &f->fault));
    answer(f, board, request);
    hf_fault_clear(&f->fault);
    return hf_rotate_look(&rotate, board, &f->fault);
}

static void a_board_that_made_a_request_is_sent_its_certificate(void **state)
{
    struct fixture *f = *state;
    struct hf_rotate_board board;
    assert_int_equal(look(f, 2000, &board), HF_ERR_OK);
    assert_int_equal(board.step, HF_ROTATE_SENT);
    assert_int_equal(certificates(f), 1);
}

static void a_certificate_that_cannot_be_sent_is_not_in_the_ledger(void **state)
{
    struct fixture *f = *state;
    struct hf_rotate_board board;
    assert_int_equal(look(f, 8000, &board), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(f->fault.text, "authorities.pem is too long for boards"));
    assert_int_equal(certificates(f), 0);
    assert_int_equal(board.step, HF_ROTATE_ASKED);
}

/* What the broker says without a signature: that nobody took the task under way. */
static void dead_letter(struct fixture *f, const struct hf_rotate_board *board)
{
    struct hf_entry entry = {0};
    const struct hf_tasks_filter filter = {.job = board->job, .limit = 1};
    assert_ok(f, hf_tasks_list(f->ledger, &filter, keep, &entry, &f->fault));
    struct hf_report report = report_of(entry.task.id, HF_STATUS_DONE, 1);
    report.dead_letter = true;
    assert_int_equal(fixture_take(f, &report), HF_VERDICT_ENDED);
}

static void add_certificate(struct fixture *f, const char *serial)
{
    struct hf_certificate row = {.board = BOARD, .issued_ms = NOW, .signs = true};
    snprintf(row.serial, sizeof row.serial, "%s", serial);
    assert_ok(f, hf_certificates_add(f->ledger, &row, &f->fault));
}

static void a_certificate_that_nobody_took_is_revoked_and_the_one_before_stays(void **state)
{
    struct fixture *f = *state;
    const struct hf_rotate rotate = {.home = &home, .ledger = f->ledger};
    struct hf_rotate_board board;
    add_certificate(f, "01");
    assert_int_equal(look(f, 2000, &board), HF_ERR_OK);
    assert_int_equal(certificates(f), 2);
    dead_letter(f, &board);
    assert_ok(f, hf_rotate_look(&rotate, &board, &f->fault));
    assert_int_equal(board.step, HF_ROTATE_FAILED);
    assert_int_equal(certificates(f), 1);
}

static void a_dead_letter_takes_no_board_the_certificate_that_it_uses(void **state)
{
    struct fixture *f = *state;
    const struct hf_rotate rotate = {.home = &home, .ledger = f->ledger};
    struct hf_rotate_board board;
    add_certificate(f, "01");
    assert_int_equal(look(f, 2000, &board), HF_ERR_OK);
    assert_ok(f, hf_certificates_revoke(f->ledger, BOARD, board.serial, NOW, &f->fault));
    dead_letter(f, &board);
    assert_ok(f, hf_rotate_look(&rotate, &board, &f->fault));
    assert_int_equal(certificates(f), 1);
    assert_int_equal(board.step, HF_ROTATE_DONE);
    assert_true(board.proven);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_board_that_made_a_request_is_sent_its_certificate),
        TEST(a_certificate_that_cannot_be_sent_is_not_in_the_ledger),
        TEST(a_certificate_that_nobody_took_is_revoked_and_the_one_before_stays),
        TEST(a_dead_letter_takes_no_board_the_certificate_that_it_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
