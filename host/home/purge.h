#ifndef HF_HOME_PURGE_H
#define HF_HOME_PURGE_H

#include "home/home.h"

/*
 * Deletes what Holdfast keeps in the data folder: the entries of home/home.h by name, and then
 * the folder when nothing else is in it. Files of others in it are left alone, so a data folder
 * that was named by mistake loses nothing. The broker is stopped before.
 * Errors of hf_file_remove_tree.
 */
enum hf_err hf_home_purge(const struct hf_home *home, struct hf_fault *fault);

#endif
