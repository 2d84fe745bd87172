#include "manager/scribe.h"

#include "link/digest.h"
#include "manager/parcel.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define STACK_BYTES ((size_t)256 * 1024)

struct page {
    size_t count;
    struct {
        struct hf_seal seal; /* empty: not signed here */
        char signature[HF_SIGNATURE_MAX + 1];
    } tasks[HF_SCRIBE_PAGE];
};

struct hf_scribe {
    struct hf_ledger *ledger;
    struct hf_body_reader reader;
    struct hf_seal_signer *signer; /* the thread's */
    pthread_t thread;
    bool runs;
    uint64_t taken; /* pages, since the beginning */

    pthread_mutex_t lock; /* over what follows; a page is the thread's while given > signed */
    pthread_cond_t changed;
    uint64_t given, written;
    bool over;
    struct page pages[HF_SCRIBE_PAGES];
};

/* --- The thread --- */

static void sign_page(struct hf_scribe *scribe, struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        page->tasks[i].signature[0] = '\0';
        if (page->tasks[i].seal.len > 0)
            (void)hf_seal_sign(scribe->signer, &page->tasks[i].seal, page->tasks[i].signature,
                               NULL);
    }
}

static void *work(void *context)
{
    struct hf_scribe *scribe = context;
    pthread_mutex_lock(&scribe->lock);
    while (!scribe->over) {
        if (scribe->written == scribe->given) {
            pthread_cond_wait(&scribe->changed, &scribe->lock);
            continue;
        }
        struct page *page = &scribe->pages[scribe->written % HF_SCRIBE_PAGES];
        pthread_mutex_unlock(&scribe->lock);
        sign_page(scribe, page);
        pthread_mutex_lock(&scribe->lock);
        scribe->written++;
        pthread_cond_signal(&scribe->changed);
    }
    pthread_mutex_unlock(&scribe->lock);
    return NULL;
}

/* Signals are the main thread's: they are to end its poll(). */
static bool start(struct hf_scribe *scribe)
{
    sigset_t all, before;
    pthread_attr_t attr;
    if (scribe->runs || pthread_attr_init(&attr) != 0)
        return scribe->runs;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    scribe->runs = pthread_attr_setstacksize(&attr, STACK_BYTES) == 0 &&
                   pthread_create(&scribe->thread, &attr, work, scribe) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return scribe->runs;
}

static void await(struct hf_scribe *scribe, uint64_t pages)
{
    pthread_mutex_lock(&scribe->lock);
    while (scribe->written < pages)
        pthread_cond_wait(&scribe->changed, &scribe->lock);
    pthread_mutex_unlock(&scribe->lock);
}

/* --- Whose pages they are --- */

enum hf_err hf_scribe_new(const struct hf_seal_signer *signer, struct hf_ledger *ledger,
                          struct hf_scribe **out, struct hf_fault *fault)
{
    struct hf_scribe *scribe = calloc(1, sizeof *scribe);
    if (!scribe)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory to sign tasks in");
    scribe->ledger = ledger;
    pthread_mutex_init(&scribe->lock, NULL);
    pthread_cond_init(&scribe->changed, NULL);
    enum hf_err err = hf_seal_signer_copy(signer, &scribe->signer, fault);
    if (err == HF_ERR_OK)
        *out = scribe;
    else
        hf_scribe_free(scribe);
    return err;
}

void hf_scribe_free(struct hf_scribe *scribe)
{
    if (!scribe)
        return;
    hf_scribe_drop(scribe);
    if (scribe->runs) {
        pthread_mutex_lock(&scribe->lock);
        scribe->over = true;
        pthread_cond_signal(&scribe->changed);
        pthread_mutex_unlock(&scribe->lock);
        pthread_join(scribe->thread, NULL);
    }
    pthread_cond_destroy(&scribe->changed);
    pthread_mutex_destroy(&scribe->lock);
    hf_seal_signer_free(scribe->signer);
    hf_body_close(&scribe->reader);
    free(scribe);
}

static void seal(struct hf_scribe *scribe, const struct hf_entry *entry, struct hf_seal *out)
{
    uint8_t hash[HF_SHA256_BYTES];
    struct hf_digest digest;
    out->len = 0;
    if (entry->task.plain || entry->payload_bytes > HF_BODY_INLINE_MAX ||
        hf_tasks_payload(scribe->ledger, entry->number, &scribe->reader, NULL) != HF_ERR_OK ||
        scribe->reader.in_file)
        return;
    hf_digest_begin(&digest);
    hf_digest_add(&digest, scribe->reader.bytes, (size_t)scribe->reader.size);
    hf_digest_end(&digest, hash);
    hf_parcel_seal(entry, hash, out);
}

void hf_scribe_give(struct hf_scribe *scribe, const struct hf_entry *entries, size_t count)
{
    struct page *page = &scribe->pages[scribe->given % HF_SCRIBE_PAGES];
    const bool runs = start(scribe);
    page->count = runs ? count : 0;
    for (size_t i = 0; i < page->count; i++)
        seal(scribe, &entries[i], &page->tasks[i].seal);
    pthread_mutex_lock(&scribe->lock);
    scribe->given++;
    scribe->written += !runs; /* there is nobody to do it */
    pthread_cond_signal(&scribe->changed);
    pthread_mutex_unlock(&scribe->lock);
}

void hf_scribe_take(struct hf_scribe *scribe, struct hf_entry *entries, size_t count)
{
    const struct page *page = &scribe->pages[scribe->taken % HF_SCRIBE_PAGES];
    await(scribe, ++scribe->taken);
    for (size_t i = 0; i < count && i < page->count; i++)
        memcpy(entries[i].task.signature, page->tasks[i].signature,
               sizeof entries[i].task.signature);
}

void hf_scribe_drop(struct hf_scribe *scribe)
{
    scribe->taken = scribe->given;
    await(scribe, scribe->taken);
}
