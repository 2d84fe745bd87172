#ifndef TESTS_UNIT_HANDLERS_TREE_H
#define TESTS_UNIT_HANDLERS_TREE_H

/* A board's files in a folder of the test's own, in place of /proc, /sys and /etc. */

#include "../worker/folder.h"

__attribute__((unused)) static void tree_put(const char *path, const char *text)
{
    char command[512];
    (void)snprintf(command, sizeof command, "mkdir -p $(dirname %s%s)", folder, path);
    assert_int_equal(shell(command), 0);
    folder_put(path + 1, 0644, text);
}

#endif
