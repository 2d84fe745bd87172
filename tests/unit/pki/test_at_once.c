/* Several first commands of one data folder: each finds no keys, and makes what it needs. */
#include "../crowd.h"
#include "../scratch.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "pki/signing.h"

#include <stdio.h>
#include <unistd.h>

#define NOW    INT64_C(1800000000)
#define ROUNDS 25
#define CROWD  6
#define PEM    4096

static const char *of_board(int number, const char *suffix)
{
    static char name[32];
    snprintf(name, sizeof name, "board-%d%s", number, suffix);
    return scratch_path(name);
}

static enum hf_err copy_signing_key(int number, struct hf_fault *fault)
{
    char *pem = NULL;
    size_t len = 0;
    enum hf_err err = hf_file_read(scratch_path(HF_HOME_SIGNING ".pub"), PEM, &pem, &len, fault);
    if (!err)
        err = hf_file_write(of_board(number, ".pub"), pem, len, 0644, fault);
    free(pem);
    return err;
}

/* As "enroll" does it, with a broker elsewhere. */
static enum hf_err enroll(int number, struct hf_fault *fault)
{
    const struct hf_pki_request request = {
        .kind = HF_PKI_CLIENT, .common_name = "board", .now_s = NOW};
    enum hf_err err = hf_pki_setup_devices(&scratch, NOW, fault);
    if (!err)
        err = hf_pki_setup_signing(&scratch, fault);
    if (!err)
        err = copy_signing_key(number, fault);
    return err ? err
               : hf_pki_leaf_make(scratch_path(HF_HOME_DEVICE_CA), &request,
                                  of_board(number, ".pem"), of_board(number, ".key"), fault);
}

static void enroll_one(void *context, int number)
{
    struct hf_fault fault = {0};
    (void)context;
    if (enroll(number, &fault) == HF_ERR_OK)
        return;
    fprintf(stderr, "board %d: %s\n", number, fault.text);
    _exit(1);
}

static void enroll_all_at_once(void)
{
    int status[CROWD] = {0};
    crowd_run(CROWD, enroll_one, NULL, status);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(status[i], 0);
}

static char *read_pem(const char *path)
{
    char *pem = NULL;
    assert_int_equal(hf_file_read(path, PEM, &pem, NULL, NULL), HF_ERR_OK);
    return pem;
}

/* The public half, made anew from the key that stayed. */
static char *signing_key(void)
{
    assert_int_equal(unlink(scratch_path(HF_HOME_SIGNING ".pub")), 0);
    assert_int_equal(hf_pki_setup_signing(&scratch, NULL), HF_ERR_OK);
    return read_pem(scratch_path(HF_HOME_SIGNING ".pub"));
}

static void boards_that_are_enrolled_at_once_have_one_authority_and_one_signing_key(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        enroll_all_at_once();
        char *signing = signing_key();
        for (int i = 0; i < CROWD; i++) {
            char *known = read_pem(of_board(i, ".pub"));
            assert_string_equal(known, signing);
            assert_true(hf_pki_pair_good(scratch_path(HF_HOME_DEVICE_CA), of_board(i, ""), NOW,
                                         NOW + HF_PKI_RENEW_S));
            free(known);
        }
        free(signing);
        assert_int_equal(hf_file_remove_tree(scratch_path(HF_HOME_PKI), NULL), HF_ERR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(boards_that_are_enrolled_at_once_have_one_authority_and_one_signing_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
