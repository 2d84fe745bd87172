#include "../cmocka_all.h"
#include "chance.h"
#include "folder.h"
#include "worker/ustar.h"

#include <string.h>

/* What tar itself writes, and what nobody should. */

static uint8_t archive[1024 * 1024];
static size_t archive_bytes;
static struct hf_ustar entry;

/* Runs a line in the folder that makes a.tar there. */
static void made_by(const char *line)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd %s && rm -rf d && mkdir d && cd d && %s", folder,
                   line);
    assert_int_equal(shell(command), 0);
    FILE *file = fopen(folder_path("a.tar"), "r");
    assert_non_null(file);
    archive_bytes = fread(archive, 1, sizeof archive, file);
    (void)fclose(file);
    assert_true(archive_bytes >= 1024);
}

static enum hf_ustar_kind at(size_t block)
{
    assert_true((block + 1) * HF_USTAR_BLOCK <= archive_bytes);
    return hf_ustar_read(archive + block * HF_USTAR_BLOCK, &entry);
}

static void files_that_tar_packed_are_found(void **state)
{
    (void)state;
    made_by("echo hello >Hello.sh && chmod 755 Hello.sh && tar --format=ustar -cf ../a.tar .");
    assert_int_equal(at(0), HF_USTAR_FOLDER);
    assert_int_equal(at(1), HF_USTAR_FILE);
    assert_string_equal(entry.name, "Hello.sh");
    assert_true(entry.executable);
    assert_int_equal(entry.bytes, 6);
    assert_int_equal(at(3), HF_USTAR_END);
    made_by("echo x >data && chmod 600 data && tar --format=ustar -cf ../a.tar data");
    assert_int_equal(at(0), HF_USTAR_FILE);
    assert_false(entry.executable);
}

static void whatever_else_it_packs_is_refused(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "ln -s /etc/passwd link && tar --format=ustar -cf ../a.tar link",
        "ln -s a b && tar --format=ustar -cf ../a.tar b",
        "mkdir sub && tar --format=ustar -cf ../a.tar sub",
        "mkdir sub && echo x >sub/a && tar --format=ustar -cf ../a.tar sub/a",
        "echo x >../out && tar --format=ustar -Pcf ../a.tar ../out",
        "echo x >.hidden && tar --format=ustar -cf ../a.tar .hidden",
        "mkfifo pipe && tar --format=ustar -cf ../a.tar pipe",
        "echo x >'a b' && tar --format=ustar -cf ../a.tar 'a b'",
        "n=$(printf 'n%.0s' $(seq 33)); echo x >$n && tar --format=ustar -cf ../a.tar $n",
        "truncate -s 17M big && tar --format=ustar -cf ../a.tar big",
        "echo x >a && tar --format=v7 -cf ../a.tar a",
        "dd if=/dev/urandom of=../a.tar bs=1024 count=2 2>/dev/null",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        made_by(LINES[i]);
        if (at(0) != HF_USTAR_BAD)
            fail_msg("taken: %s", LINES[i]);
        assert_non_null(entry.why);
        assert_string_equal(entry.name, "");
    }
}

static void any_change_of_a_header_is_noticed(void **state)
{
    (void)state;
    made_by("echo hello >hello && tar --format=ustar -cf ../a.tar hello");
    for (size_t i = 0; i < 20000; i++) {
        const size_t place = chance_below(HF_USTAR_BLOCK);
        const uint8_t before = archive[place];
        archive[place] = (uint8_t)(before + 1 + chance_below(255));
        const enum hf_ustar_kind kind = at(0);
        /* A blank of the sum's own field may be another blank. */
        assert_true(kind == HF_USTAR_BAD || (place >= 148 && place < 156));
        archive[place] = before;
    }
    assert_int_equal(at(0), HF_USTAR_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_tar_packed_are_found),
        cmocka_unit_test(whatever_else_it_packs_is_refused),
        cmocka_unit_test(any_change_of_a_header_is_noticed),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
