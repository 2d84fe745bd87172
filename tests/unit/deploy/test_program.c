#include "../cmocka_all.h"
#include "deploy/program.h"
#include "deploy/script.h"

#include <elf.h>
#include <string.h>

static void make(char head[64], unsigned char bits, unsigned char machine)
{
    static const char MAGIC[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3};
    memset(head, 0, 64);
    for (size_t i = 0; i < sizeof MAGIC; i++)
        head[i] = MAGIC[i];
    head[EI_CLASS] = (char)bits;
    head[EI_DATA] = ELFDATA2LSB;
    head[18] = (char)machine;
}

static void a_program_goes_only_where_its_processor_is(void **state)
{
    (void)state;
    static const struct {
        const char *machine;
        unsigned char bits, number;
        enum hf_err err;
    } CASES[] = {
        {"armv6l", ELFCLASS32, EM_ARM, HF_ERR_OK},
        {"armv7l", ELFCLASS64, EM_AARCH64, HF_ERR_INVALID},
        {"aarch64", ELFCLASS64, EM_AARCH64, HF_ERR_OK},
        {"aarch64", ELFCLASS32, EM_ARM, HF_ERR_OK},
        {"aarch64", ELFCLASS64, EM_X86_64, HF_ERR_INVALID},
        {"x86_64", ELFCLASS64, EM_X86_64, HF_ERR_OK},
        {"riscv64", ELFCLASS64, EM_RISCV, HF_ERR_OK},
        {"mips", ELFCLASS32, EM_MIPS, HF_ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char head[64];
        make(head, CASES[i].bits, CASES[i].number);
        assert_int_equal(hf_program_check(head, sizeof head, CASES[i].machine, NULL), CASES[i].err);
    }
}

static void what_is_no_program_is_refused(void **state)
{
    (void)state;
    struct hf_fault fault;
    char head[64];
    make(head, ELFCLASS32, EM_ARM);
    assert_int_equal(hf_program_check(head, 20, "armv6l", &fault), HF_ERR_INVALID);
    assert_int_equal(hf_program_check("#!/bin/sh\necho a script that is long enough to look at, is "
                                      "it not\n",
                                      64, "armv6l", &fault),
                     HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "no Linux program"));
    head[EI_DATA] = ELFDATA2MSB;
    assert_int_equal(hf_program_check(head, sizeof head, "armv6l", &fault), HF_ERR_INVALID);
}

static void every_kind_of_machine_in_boards_has_a_worker(void **state)
{
    (void)state;
    static const char *const MACHINES[] = {"armv5tejl", "armv6l",  "armv7l",
                                           "aarch64",   "riscv64", "x86_64"};
    for (size_t i = 0; i < sizeof MACHINES / sizeof *MACHINES; i++) {
        const struct hf_deploy_machine *row = hf_deploy_machines;
        while (row->machine && strncmp(row->machine, MACHINES[i], strlen(row->machine)) != 0)
            row++;
        assert_non_null(row->machine);
    }
}

static void a_machine_that_no_board_is_like_is_said(void **state)
{
    (void)state;
    struct hf_program program;
    struct hf_fault fault;
    assert_int_equal(hf_program_find("sparc64", NULL, NULL, NULL, NULL, &program, &fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "\"sparc64\""));
    assert_int_equal(hf_program_find("x86_64", NULL, "/nonexistent", NULL, NULL, &program, &fault),
                     HF_ERR_NOT_FOUND);
}

static void the_script_is_whole(void **state)
{
    (void)state;
    assert_non_null(strstr(hf_deploy_script, "set -eu\n"));
    assert_string_equal(hf_deploy_script + strlen(hf_deploy_script) - 6, "\n\"$@\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_goes_only_where_its_processor_is),
        cmocka_unit_test(what_is_no_program_is_refused),
        cmocka_unit_test(every_kind_of_machine_in_boards_has_a_worker),
        cmocka_unit_test(a_machine_that_no_board_is_like_is_said),
        cmocka_unit_test(the_script_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
