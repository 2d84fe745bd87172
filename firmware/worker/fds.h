#ifndef HF_WORKER_FDS_H
#define HF_WORKER_FDS_H

/* Closes every descriptor from `first` on. For a fresh child process only. errno is lost. */
void hf_fds_close_from(int first);

/*
 * A pipe, close-on-exec, whose reading end does not block: ends[0] reads, ends[1] writes. 0, or -1
 * with errno and both ends -1.
 */
int hf_fds_pipe(int ends[2]);

/* The calling process, which leads no session, and what it starts have no terminal from now on: as
 * whoever has one they could read what is typed there, and type. */
void hf_fds_leave_terminal(void);

/* Closes what is open and makes it -1. */
void hf_fds_close(int *fd);

#endif
