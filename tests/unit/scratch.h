#ifndef HF_TESTS_SCRATCH_H
#define HF_TESTS_SCRATCH_H

#include "home/file.h"
#include "home/home.h"

#include <stdlib.h>
#include <string.h>

/* A folder of its own for each test, which can serve as a data folder. */

static struct hf_home scratch;

static inline int scratch_make(void **state)
{
    (void)state;
    strcpy(scratch.dir, "/tmp/holdfast-test-XXXXXX");
    return mkdtemp(scratch.dir) ? 0 : -1;
}

static inline int scratch_drop(void **state)
{
    (void)state;
    return hf_file_remove_tree(scratch.dir, NULL) == HF_ERR_OK ? 0 : -1;
}

/* A path in it; the last eight stay valid. */
static inline const char *scratch_path(const char *name)
{
    static char path[8][HF_PATH_MAX + 1];
    static unsigned next;
    next = (next + 1) % 8;
    hf_home_path(&scratch, name, "", path[next]);
    return path[next];
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_drop)

#endif
