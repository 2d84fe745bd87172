#ifndef HF_LINK_LOG_H
#define HF_LINK_LOG_H

/*
 * One line an event on stderr, or to the system's log: time, level, event name, then key=value.
 * Texts of others are passed through hf_log's own formatting only: control characters and what is
 * not UTF-8 (a character cut in two at the end, too) become '?'. Nothing secret goes in.
 *
 *     2026-01-31T12:00:00.123Z info task.done task=0191... handler=sha256 ms=12
 */

enum hf_log_level { HF_LOG_ERROR, HF_LOG_WARN, HF_LOG_INFO, HF_LOG_DEBUG };

/* Lines of a higher number are dropped. The default is HF_LOG_INFO. */
void hf_log_set_level(enum hf_log_level level);

/*
 * From now on lines go as datagrams to the system's log that listens at `path` ("/dev/log"),
 * facility daemon, without a time of their own; NULL: to stderr, as at first. A line that nobody
 * takes there goes to stderr after all. `path` is borrowed for good.
 */
void hf_log_to(const char *path);

/* 0 and `*out` filled, or -1: not one of error, warn, info, debug. */
int hf_log_parse_level(const char *text, enum hf_log_level *out);

/* `event` is a dotted word; `format` gives the rest of the line (may be ""). Lines are cut at 1 KB.
 */
__attribute__((format(printf, 3, 4))) void hf_log(enum hf_log_level level, const char *event,
                                                  const char *format, ...);

#endif
