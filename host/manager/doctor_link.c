#include "link/clock.h"
#include "manager/connect.h"
#include "manager/doctor.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TRY_MS 15000 /* an address: name, TCP, TLS, login */

/* Until it is up or down. */
static enum hf_err try_it(struct hf_connect *connect, struct hf_fault *fault)
{
    int64_t end_ms = hf_clock_mono_ms() + TRY_MS;
    struct hf_session *session = connect->session;
    enum hf_err err = hf_connect_start(connect, hf_clock_mono_ms());
    while (!err && hf_clock_mono_ms() < end_ms) {
        struct hf_session_event event;
        struct pollfd ready;
        err = hf_session_next(session, hf_clock_mono_ms(), &event);
        if (err == HF_ERR_OK && event.kind == HF_SESSION_UP)
            return HF_ERR_OK;
        if (err == HF_ERR_OK && event.kind == HF_SESSION_DOWN) {
            *fault = event.fault;
            return fault->err ? fault->err : HF_ERR_CLOSED;
        }
        if (err != HF_ERR_WOULD_READ)
            continue;
        err = HF_ERR_OK;
        hf_session_pollfd(session, &ready);
        (void)poll(&ready, 1, 50);
    }
    return err ? err : hf_fault_set(fault, HF_ERR_TIMED_OUT, 0, "it does not answer");
}

static void look_at_address(struct hf_doctor *doctor, struct hf_connect *connect)
{
    struct hf_fault fault = {0};
    struct hf_session_facts facts;
    if (try_it(connect, &fault)) {
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "login",
                        fault.err == HF_ERR_AMQP_LOGIN || fault.err == HF_ERR_TLS_CERT_REFUSED
                            ? "the broker must trust who signed the manager's certificate and have "
                              "its user: host/README.md, \"A broker elsewhere\""
                            : NULL,
                        "%s: %s", connect->address, fault.text);
        return;
    }
    hf_session_facts(connect->session, &facts);
    hf_findings_add(&doctor->findings, HF_FINDING_FINE, "login", NULL, "%s: %s, %s, as the manager",
                    connect->address, facts.broker, facts.tls_version);
}

void hf_doctor_look_at_link(struct hf_doctor *doctor)
{
    struct hf_connect connect;
    struct hf_fault fault = {0};
    uint32_t count = 1;
    for (uint32_t i = 0; i < count; i++) { /* each address with a session of its own */
        if (hf_connect_open(&connect, doctor->home, "holdfast doctor", false, &fault)) {
            hf_findings_add(&doctor->findings, HF_FINDING_BAD, "login", NULL, "%s", fault.text);
            return;
        }
        count = connect.brokers.count;
        connect.brokers.next = i;
        look_at_address(doctor, &connect);
        hf_connect_close(&connect);
    }
}
