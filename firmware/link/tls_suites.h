#ifndef HF_LINK_TLS_SUITES_H
#define HF_LINK_TLS_SUITES_H

/*
 * The cipher suites that are offered, in the order in which a broker should take them: AES-GCM
 * first where the processor has instructions for it (AES-NI, ARMv8's cryptographic extension), and
 * ChaCha20-Poly1305 where it has none. All of them are authenticated and forward secret.
 *
 * Closed by 0; never to be freed.
 */
const int *hf_tls_suites(void);

#endif
