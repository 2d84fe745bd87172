/*
 * A handler that wants much. Payload: "memory N" (MiB, written to) or "processes N" (at once). Its
 * result is how much of it it had.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1024UL * 1024UL)

static long take_memory(long wanted)
{
    long had = 0;
    for (char *part; had < wanted && (part = malloc(MIB)); had++)
        memset(part, 1, MIB);
    return had;
}

static long start_processes(long wanted)
{
    static pid_t pids[1000];
    long had = 0;
    while (had < wanted && had < 1000) {
        pids[had] = fork();
        if (pids[had] == 0)
            (void)pause();
        if (pids[had] < 0)
            break;
        had++;
    }
    for (long i = 0; i < had; i++) {
        (void)kill(pids[i], SIGKILL);
        (void)waitpid(pids[i], NULL, 0);
    }
    return had;
}

int main(void)
{
    char line[64], what[16];
    long wanted = 0;
    if (!fgets(line, sizeof line, stdin) || sscanf(line, "%15s %ld", what, &wanted) != 2)
        return 64;
    (void)printf("%ld",
                 strcmp(what, "memory") == 0 ? take_memory(wanted) : start_processes(wanted));
    return 0;
}
