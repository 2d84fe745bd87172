#ifndef HF_WORKER_LIFE_H
#define HF_WORKER_LIFE_H

/*
 * The worker from its start to its end: one life after the other, each with the settings as they
 * are then. In each it first becomes the program that it is to be (worker/agent.h); then it works
 * as it is, or, started as root, watches over a process of its own that works (worker/monitor.h).
 *
 * `argv` is what this program was started with. The exit status, after what is wrong was said on
 * stderr.
 */

enum { HF_LIFE_LEFT = 0, HF_LIFE_TROUBLE = 1, HF_LIFE_MISUSE = 2 };

int hf_life(const char *config_path, char **argv);

#endif
