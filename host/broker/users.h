#ifndef HF_BROKER_USERS_H
#define HF_BROKER_USERS_H

#include "broker/management.h"
#include "wire/fault.h"

/* The broker's users, through the management API. */

/*
 * A board's user: without password (its certificate is what logs in), with its limits, with the
 * permissions of broker/access.h and no others. Doing it again is no error and may change the
 * pool. HF_ERR_EXISTS: there is a user of that name with a password or a tag, so it is no
 * board's. Errors of hf_management_call; part of it may then have been done.
 */
enum hf_err hf_users_declare_board(struct hf_management *management, const char *board,
                                   const char *pool, struct hf_fault *fault);

/*
 * Closes all connections of a user; none is no error. By the broker's own books of who is
 * connected, not by its statistics, which lag by seconds. A board that is still let in connects
 * again by itself. Errors of hf_management_call.
 */
enum hf_err hf_users_hang_up(struct hf_management *management, const char *user,
                             struct hf_fault *fault);

#endif
