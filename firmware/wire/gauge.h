#ifndef HF_WIRE_GAUGE_H
#define HF_WIRE_GAUGE_H

#include <stdbool.h>
#include <stdint.h>

/* A reading that a board may not have: no sensor, no such file. Zeroed: not known. */
struct hf_gauge {
    bool known;
    int64_t value; /* 0 unless known */
};

#endif
