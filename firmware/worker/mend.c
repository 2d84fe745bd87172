#include "worker/mend.h"

#define NO_SUCH_VHOST 530 /* AMQP 0-9-1: not-allowed, which is also "no permission for it" */

const char *hf_mend(const struct hf_fault *fault)
{
    switch ((int)fault->err) {
    case HF_ERR_TIMED_OUT:
        return "is there a firewall in between, or another service on this port?";
    case HF_ERR_UNREACHABLE: return "is this board on the network, and broker.host right?";
    case HF_ERR_TLS_CERT_REQUIRED:
    case HF_ERR_TLS_CERT_REFUSED:
        return "enroll this board again at the manager of this broker, and bring the new bundle";
    case HF_ERR_AMQP_LOGIN:
        return fault->raw == NO_SUCH_VHOST
                   ? "is broker.vhost right, and may this board's user enter it?"
                   : "is this board still enrolled, or broker.user and broker.password right?";
    default: return "";
    }
}

const char *hf_mend_queue(uint16_t code)
{
    switch (code) {
    case 403: return "this board's user may not read it: enroll the board again for this pool";
    case 404: return "no such queue: is this board enrolled, and in this pool?";
    case 406: return "a task ran longer than the broker's consumer_timeout, perhaps";
    default: return "";
    }
}
