/*
 * A certificate that comes by hf-renew, and what lies in the state folder beside it: the bytes as
 * the task's payload, as the file of key and certificate, and as the key that waits for one. All of
 * it below $TMPDIR. Whatever they were, a board has a new identity that can be used, or the one of
 * before.
 */
#include "fuzz.h"
#include "link/log.h"
#include "worker/renewal.h"

#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

/* Nobody's: the corpus has a certificate for it. */
static const char KEY[] = "-----BEGIN EC PRIVATE KEY-----\n"
                          "MHcCAQEEIF3P5uWf0D3wzQ68i96A0SSmaA76Q8ux1mlHWvO5p526oAoGCCqGSM49\n"
                          "AwEHoUQDQgAE6eI3nDUKNSEmi4VxByAEhkaEQmZc/SAB67u3dtn59CG2xB9J/MJS\n"
                          "+vPsFbfat/VGxTv7vMM0ZXkjjGLj26tpsA==\n"
                          "-----END EC PRIVATE KEY-----\n";

static struct hf_config config;

static void path_of(const char *name, char out[HF_CONFIG_PATH_MAX + 32])
{
    (void)snprintf(out, HF_CONFIG_PATH_MAX + 32, "%s/%s", config.state, name);
}

static void put(const char *name, const void *bytes, size_t len)
{
    char path[HF_CONFIG_PATH_MAX + 32];
    path_of(name, path);
    FILE *file = fopen(path, "wb");
    fuzz_must(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}

static bool is_there(const char *name)
{
    char path[HF_CONFIG_PATH_MAX + 32];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

static void take_away(const char *name)
{
    char path[HF_CONFIG_PATH_MAX + 32];
    path_of(name, path);
    (void)unlink(path);
}

static void begin(void)
{
    const char *within = getenv("TMPDIR");
    (void)snprintf(config.state, sizeof config.state, "%s/renewal-XXXXXX",
                   within ? within : "/tmp");
    fuzz_must(mkdtemp(config.state) != NULL);
    (void)snprintf(config.board, sizeof config.board, "a");
    (void)snprintf(config.tls.cert, sizeof config.tls.cert, "/var/empty/cert.pem");
    (void)snprintf(config.tls.ca, sizeof config.tls.ca, "%.200s/ca.pem", config.state);
    hf_log_set_level(HF_LOG_ERROR);
}

static int run(hf_upkeep_fn *task, const void *payload, size_t len)
{
    static const struct hf_upkeep_row row;
    const struct hf_upkeep upkeep = {.row = &row, .config = &config, .task = "1", .attempt = 1};
    const struct hf_handler_io io = {.in = memfd_create("in", 0),
                                     .out = memfd_create("out", 0),
                                     .log = memfd_create("log", 0),
                                     .progress = -1};
    fuzz_must(io.in >= 0 && io.out >= 0 && io.log >= 0);
    fuzz_must(write(io.in, payload, len) == (ssize_t)len && lseek(io.in, 0, SEEK_SET) == 0);
    const int code = task(&io, &upkeep);
    fuzz_must(code == EX_OK || (code == EX_DATAERR && lseek(io.log, 0, SEEK_END) > 0));
    (void)close(io.in);
    (void)close(io.out);
    (void)close(io.log);
    return code;
}

/* True: one is used, and is on trial. */
static bool choose(void)
{
    struct hf_config chosen = config;
    struct hf_tls_context *tls = NULL;
    const bool fresh = hf_renewal_choose(&chosen, &tls);
    fuzz_must(!fresh || tls != NULL);
    hf_tls_context_free(tls);
    return fresh;
}

/* The authority is the payload, too, so that one certificate suffices where it can be one. */
static void as_payload(const uint8_t *data, size_t len)
{
    put("ca.pem", data, len);
    put("identity.key", KEY, sizeof KEY - 1);
    const int code = run(hf_renewal_install, data, len);
    fuzz_must(is_there("identity.new.pem") == (code == EX_OK));
    fuzz_must(is_there("identity.key") == (code != EX_OK));
    fuzz_must(!is_there("identity.try.pem"));
    fuzz_must(choose() == (code == EX_OK));
    take_away("identity.new.pem");
}

static void as_files(const uint8_t *data, size_t len)
{
    put("identity.new.pem", data, len);
    (void)choose();
    take_away("identity.new.pem");
    put("identity.key", data, len);
    (void)run(hf_renewal_request, "", 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (config.state[0] == '\0')
        begin();
    as_payload(data, len);
    as_files(data, len);
    return 0;
}
