#ifndef HF_INIT_SYSTEM_H
#define HF_INIT_SYSTEM_H

#include <sys/types.h>

/*
 * What the first program of a board makes of an initial file system and a kernel, in this order.
 * Whatever fails is said and passed over: a board that runs with less is better than none.
 *
 *     /modules/list    names in /modules, one a line, in the order to load them
 *     /modules/wifi    the same for Wi-Fi, on a card that has it
 */

/* stdin, stdout and stderr are the console, which nothing that comes from it stops, or nothing
 * where a board has none. */
void hf_system_console(void);

/* /dev, /proc, /sys with the control groups, /run and /tmp, of which only the last is everybody's.
 */
void hf_system_folders(void);

/* Those of both lists; a module whose device is not there does no harm. */
void hf_system_modules(void);

/* Waits until `worker` has ended and says how; takes in whatever else ends meanwhile, and tells
 * `other` (NULL: nobody) of it. */
void hf_system_await(pid_t worker, void (*other)(pid_t pid));

#endif
