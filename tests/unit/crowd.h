#ifndef TESTS_UNIT_CROWD_H
#define TESTS_UNIT_CROWD_H

#include "cmocka_all.h"

#include <sys/wait.h>
#include <unistd.h>

/* Several processes that begin at the same moment. */

#define CROWD_MAX 16

typedef void crowd_member(void *context, int number);

static inline pid_t crowd_start_one(crowd_member *member, void *context, int number,
                                    const int start[2])
{
    char byte;
    const pid_t child = fork();
    if (child != 0)
        return child;
    close(start[1]);
    if (read(start[0], &byte, 1) != 0) /* all begin when the parent closes its end */
        _exit(1);
    member(context, number);
    _exit(0);
}

/* Runs `member` in `count` processes, each with its number from 0. When all have ended `status` has
 * what waitpid() said of each; of one whose member returns 0. */
static inline void crowd_run(int count, crowd_member *member, void *context, int status[])
{
    int start[2];
    pid_t crowd[CROWD_MAX];
    assert_in_range(count, 1, CROWD_MAX);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < count; i++) {
        crowd[i] = crowd_start_one(member, context, i, start);
        assert_true(crowd[i] > 0);
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < count; i++)
        assert_int_equal(waitpid(crowd[i], &status[i], 0), crowd[i]);
}

#endif
