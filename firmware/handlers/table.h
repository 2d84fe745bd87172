#ifndef HF_HANDLERS_TABLE_H
#define HF_HANDLERS_TABLE_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What can work on a task: C functions linked into the worker (the built-ins), and programs in the
 * handlers folder. A name is looked up among the built-ins first, so a program cannot take the
 * place of a built-in unseen: one with such a name is never run, and hf_handler_hidden tells of it.
 */

#define HF_HANDLER_PATH_MAX 560 /* bytes of a program's path, without the final 0 */

struct hf_io_memory;

/* What a built-in works with; the same for a program, on the descriptors 0, 1, 2 and 3. */
struct hf_handler_io {
    int in;                      /* payload: read to the end, or not at all; can be rewound */
    int out;                     /* result */
    int log;                     /* text for a person */
    int progress;                /* lines of "PERCENT words" */
    struct hf_io_memory *memory; /* handlers/io.h; in place of `in`, and of `out` as long as the
                                    result is small. NULL: the descriptors, as ever unless the
                                    handler is plain */
};

/*
 * A built-in runs in a child process: it may block, allocate and be killed, and must read and write
 * only its four descriptors. The child is kept for the next task when this one went well
 * (worker/warm.h), so it keeps nothing in static variables, frees what it allocates, and leaves
 * signals, limits, umask and environment as they are. It returns the exit code: 0 done; EX_TEMPFAIL
 * (75) try again later; EX_USAGE (64), EX_DATAERR (65) or any other: failed, after saying why on
 * `log`.
 */
typedef int hf_handler_fn(const struct hf_handler_io *io);

struct hf_builtin {
    const char *name;
    hf_handler_fn *run; /* NULL: HF_HANDLER_EXEC */
    bool plain;         /* it has the functions of handlers/io.h read and write for it, opens no
                           file, starts no process: its child need not look after it */
    const char *about;  /* one line for a list of them */
};

/*
 * The handler whose payload says what to run: a script for HF_HANDLER_SHELL, which reads it from
 * descriptor 0. A command in it that reads its own input takes of the rest of the script, unless it
 * is given another. Everything else is as for a program: environment, user, bounds, exit codes.
 */
#define HF_HANDLER_EXEC  "exec"
#define HF_HANDLER_SHELL "/bin/sh"

/* All built-ins, closed by a row with the name NULL. */
extern const struct hf_builtin hf_builtins[];

/* A handler that was found: exactly one of the two. Plain data. */
struct hf_handler {
    hf_handler_fn *run;                 /* NULL: a program */
    bool plain;                         /* as in struct hf_builtin */
    char path[HF_HANDLER_PATH_MAX + 1]; /* of the program; empty: a built-in */
};

/*
 * Name -> handler. HF_ERR_INVALID: not a handler name (wire/ident.h). HF_ERR_NOT_FOUND: neither
 * built in nor a program. HF_ERR_DENIED: the program is there but cannot be executed, or must not
 * be: it or the folder can be changed by others than root and the worker's own user, or it is a
 * link out of the folder. HF_ERR_TOO_LARGE: the folder's path. `fault` names what was looked for;
 * it is meant to be the reason of a refusal.
 */
enum hf_err hf_handler_find(const char *folder, const char *name, struct hf_handler *out,
                            struct hf_fault *fault);

/* The row of that name; NULL: not built in. */
const struct hf_builtin *hf_builtin_find(const char *name);

/*
 * Whether a handler may run by the setting `allowed`, names with blanks between: those alone, built
 * in and programs alike; empty: all but HF_HANDLER_EXEC, which must be named.
 */
bool hf_handler_allowed(const char *allowed, const char *name);

/* True when `folder` holds something of the built-in's name, which will never be run: worth a
 * warning. */
bool hf_handler_hidden(const char *folder, const char *name);

#endif
