#include "card.h"
#include "worker/update.h"

#include <elf.h>
#include <sys/mman.h>
#include <sysexits.h>

/*
 * hf-update on a card whose power is cut before every single write, in every way that card.h
 * knows. What is judged is what the next start would do.
 */

static struct hf_agent agent;
static struct hf_config config;
static int payload_fd, out_fd, log_fd;
static const struct hf_upkeep_row ROW = {.name = "hf-update"};
static struct hf_upkeep upkeep = {
    .row = &ROW, .config = &config, .config_path = "none", .task = "t-1", .attempt = 1};
static char program[64];

static void open_agent(const struct hf_disk *disk)
{
    hf_agent_init(&agent, "/nowhere", disk);
    (void)snprintf(agent.folder, sizeof agent.folder, "%s", folder);
}

/* A small static program of this machine that passes every self test: it ends with 0. */
static const char SOURCE[] = "const char padding[16384] = {1};\n"
                             "void _start(void)\n"
                             "{\n"
                             "#ifdef __x86_64__\n"
                             "    __asm__ volatile(\"syscall\" : : \"a\"(60), \"D\"(0));\n"
                             "#else\n"
                             "    __asm__ volatile(\"mov x8, 93; mov x0, 0; svc 0\");\n"
                             "#endif\n"
                             "}\n";

static int make_program(void **state)
{
    char line[256];
    (void)snprintf(program, sizeof program, "/tmp/holdfast-program-%d", (int)getpid());
    if (folder_make(state) != 0)
        return -1;
    folder_put("program.c", 0600, SOURCE);
    (void)snprintf(line, sizeof line, "cc -static -nostdlib -O1 -o %s %s", program,
                   folder_path("program.c"));
    return shell(line);
}

static int drop_program(void **state)
{
    (void)unlink(program);
    return folder_delete(state);
}

static int set_up(void **state)
{
    (void)state;
    card_insert();
    payload_fd = open(program, O_RDONLY | O_CLOEXEC);
    out_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    log_fd = memfd_create("log", MFD_CLOEXEC);
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    upkeep.task = "t-1";
    return payload_fd < 0 || log_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)close(payload_fd);
    (void)close(out_fd);
    (void)close(log_fd);
    card_insert();
    return 0;
}

static int update(const struct hf_disk *disk)
{
    const struct hf_handler_io io = {
        .in = payload_fd, .out = out_fd, .log = log_fd, .progress = out_fd};
    open_agent(disk);
    (void)lseek(payload_fd, 0, SEEK_SET);
    return hf_update_with(&io, &upkeep, &agent);
}

static bool log_has(const char *words)
{
    char text[2048] = "";
    return pread(log_fd, text, sizeof text - 1, 0) > 0 && strstr(text, words) != NULL;
}

/* What the base would do now; a program that is to be run must be whole. */
static enum hf_agent_choice next_start(void)
{
    bool changed = false;
    open_agent(&hf_disk_real);
    assert_int_equal(hf_agent_know(&agent, NULL), HF_ERR_OK);
    const enum hf_err err = hf_agent_read(&agent, NULL);
    assert_true(err == HF_ERR_OK);
    if (!hf_agent_is_set(&agent.mark.base))
        return HF_AGENT_STAY;
    const enum hf_agent_choice choice =
        hf_agent_decide(&agent.mark, &agent.self, agent.is_base, &changed);
    if (choice == HF_AGENT_RUN_TRIAL)
        assert_null(hf_agent_doubt(&agent, &agent.mark.trial));
    return choice;
}

static void a_fit_program_is_put_on_trial(void **state)
{
    (void)state;
    assert_int_equal(update(&CARD), HF_UPKEEP_BECOME);
    assert_int_equal(next_start(), HF_AGENT_RUN_TRIAL);
    assert_string_equal(agent.mark.task, "t-1");
    assert_string_equal(agent.mark.base_path, agent.self_path);
}

static void wherever_the_power_is_cut_the_next_start_has_a_whole_program(void **state)
{
    (void)state;
    long cuts = 0, tried = 0, length = 0;
    (void)update(&CARD);
    length = card.writes;
    for (long power = 0; power <= length; power++) {
        for (int cut = 0; cut < CARD_CUTS; cut++, cuts++) {
            card_insert();
            card.power = power;
            const int code = update(&CARD);
            card_power_cycle((enum card_cut)cut);
            const bool ran = next_start() == HF_AGENT_RUN_TRIAL;
            tried += ran;
            assert_true(code != HF_UPKEEP_BECOME || ran); /* what was promised is on the medium */
        }
    }
    print_message("%ld operations, %ld cuts, %ld led to the new program\n", length, cuts, tried);
    assert_true(cuts > 60 && tried > 0 && tried < cuts);
}

static void a_full_disk_is_a_reason_to_try_again_later_and_leaves_nothing(void **state)
{
    (void)state;
    card.fail_at = 3;
    card.fail_times = 1;
    card.fail_error = ENOSPC;
    assert_int_equal(update(&CARD), EX_TEMPFAIL);
    assert_int_equal(next_start(), HF_AGENT_STAY);
    assert_int_not_equal(access(folder_path("new"), F_OK), 0);
}

static void what_has_failed_is_answered_with_its_reason_and_a_new_task_tries_again(void **state)
{
    (void)state;
    assert_int_equal(update(&hf_disk_real), HF_UPKEEP_BECOME);
    hf_agent_fail(&agent.mark, "it was no good");
    assert_int_equal(hf_agent_write(&agent, NULL), HF_ERR_OK);
    assert_int_equal(update(&hf_disk_real), EX_SOFTWARE);
    assert_true(log_has("rolled back: it was no good"));
    upkeep.task = "t-2";
    assert_int_equal(update(&hf_disk_real), HF_UPKEEP_BECOME);
}

static void only_a_static_program_of_this_processor_will_do(void **state)
{
    (void)state;
    char head[1024];
    assert_int_equal(pread(payload_fd, head, sizeof head, 0), sizeof head);
    char self[sizeof head];
    memcpy(self, head, sizeof self);
    assert_null(hf_update_doubt(head, sizeof head, self));
    for (size_t len = 0; len < sizeof(Elf64_Ehdr); len++)
        assert_non_null(hf_update_doubt(head, len, self));
    head[18] ^= 1;
    assert_string_equal(hf_update_doubt(head, sizeof head, self),
                        "it is a program for another processor");
    assert_string_equal(hf_update_doubt("#!/bin/sh\n and more than an ELF header has, so that "
                                        "only its beginning can be what is wrong",
                                        80, self),
                        "it is no Linux program");
}

static void any_head_is_judged_without_a_look_beyond_it(void **state)
{
    (void)state;
    char self[64];
    assert_int_equal(pread(payload_fd, self, sizeof self, 0), sizeof self);
    for (unsigned i = 0; i < 20000; i++) {
        const size_t len = sizeof(Elf64_Ehdr) + chance_below(200);
        char *head = malloc(len);
        assert_non_null(head);
        memset(head, 0, len);
        memcpy(head, self, sizeof self);
        for (int k = 0; k < 6; k++)
            head[20 + chance_below(len - 20)] = (char)chance_below(256);
        (void)hf_update_doubt(head, len, self);
        free(head);
    }
}

#define with_card(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_card(a_fit_program_is_put_on_trial),
        with_card(wherever_the_power_is_cut_the_next_start_has_a_whole_program),
        with_card(a_full_disk_is_a_reason_to_try_again_later_and_leaves_nothing),
        with_card(what_has_failed_is_answered_with_its_reason_and_a_new_task_tries_again),
        with_card(only_a_static_program_of_this_processor_will_do),
        with_card(any_head_is_judged_without_a_look_beyond_it),
    };
    return cmocka_run_group_tests(tests, make_program, drop_program);
}
