#include "wire/topology.h"

#include <stdio.h>

void hf_route(char out[HF_ROUTE_MAX + 1], const char *prefix, const char *name)
{
    if (snprintf(out, HF_ROUTE_MAX + 1, "%s%s", prefix, name) < 0)
        out[0] = '\0';
}
