#ifndef HF_DEPLOY_ADVICE_H
#define HF_DEPLOY_ADVICE_H

/* What to try when ssh, or the script on the board, gave up with certain words. Pure. */

#define HF_ADVICE_MAX 400

/*
 * `said` (cut when it is long) and, where its cause is a known one, "; try ..." behind it, for
 * `target` (USER@HOST).
 */
void hf_advice_add(const char *target, const char *said, char out[HF_ADVICE_MAX]);

#endif
