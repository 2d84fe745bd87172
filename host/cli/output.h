#ifndef HF_CLI_OUTPUT_H
#define HF_CLI_OUTPUT_H

#include "cli/command.h"
#include "wire/fault.h"

#include <cJSON.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What subcommands print: results on stdout, everything else on stderr. With --json stdout holds
 * exactly one JSON document and nothing else.
 */

/* "holdfast NAME: text" on stderr; returns the exit code that belongs to the fault's error. */
int hf_out_fault(const struct hf_command *command, const struct hf_fault *fault);

/* The same for a wrong argument, with where to find help; returns HF_EXIT_USAGE. */
int hf_out_usage(const struct hf_command *command, const struct hf_fault *fault);

/*
 * The same for what hf_home_find, hf_home_open and hf_broker_settings_load say: HF_EXIT_USAGE for a
 * wrong setting, HF_EXIT_UNREACHABLE when no broker is known at all.
 */
int hf_out_setting(const struct hf_command *command, const struct hf_fault *fault);

/* HF_EXIT_UNREACHABLE when the way to the broker failed, else HF_EXIT_FAILED; OK for HF_ERR_OK. */
int hf_out_exit_code(enum hf_err err);

/* A document and a newline; what a terminal would obey in its texts comes out as \u00NN. */
void hf_out_document(const char *json, FILE *to);

/* Prints a document and a newline on stdout and deletes it (NULL: memory ran out). An exit code. */
int hf_out_json(cJSON *document);

/* A line on stderr behind what stdout has so far. */
void hf_out_note(const char *text);

#define HF_OUT_SHORT 32 /* bytes that always suffice for the texts below, with the final 0 */

/* "3 d 4 h", "12 min 5 s", "830 ms": at most two units. */
void hf_out_duration(char text[HF_OUT_SHORT], int64_t ms);

/* "512 B", "140 MiB": at most four digits. */
void hf_out_bytes(char text[HF_OUT_SHORT], uint64_t bytes);

/* Local time as "2026-03-01 14:05:09"; "-" for 0. */
void hf_out_time(char text[HF_OUT_SHORT], int64_t unix_s);

#endif
