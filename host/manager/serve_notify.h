#ifndef HF_MANAGER_SERVE_NOTIFY_H
#define HF_MANAGER_SERVE_NOTIFY_H

/* Tells systemd how the service stands ("READY=1", "STATUS=...", "WATCHDOG=1"); does nothing where
 * no systemd listens ($NOTIFY_SOCKET). Never blocks. */
void hf_serve_notify(const char *state);

#endif
