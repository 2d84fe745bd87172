#ifndef HF_DEPLOY_SCRIPT_H
#define HF_DEPLOY_SCRIPT_H

/* board.sh, and what boards/ says of the machines; made by CMake from those files. */

extern const char hf_deploy_script[];

/* A worker that is right where what `uname -m` says begins with `machine`. */
struct hf_deploy_machine {
    const char *machine; /* NULL: the end of the table */
    const char *board;   /* its preset */
};

extern const struct hf_deploy_machine hf_deploy_machines[];

#endif
