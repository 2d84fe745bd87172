#ifndef TESTS_UNIT_WORKER_CHANCE_H
#define TESTS_UNIT_WORKER_CHANCE_H

#include <stdint.h>

/* Numbers that look random and are the same in every run: xorshift64. */
static uint64_t chance_seed = 88172645463325252U;

__attribute__((unused)) static uint64_t chance(void)
{
    chance_seed ^= chance_seed << 13;
    chance_seed ^= chance_seed >> 7;
    chance_seed ^= chance_seed << 17;
    return chance_seed;
}

/* 0 to `below` - 1. */
__attribute__((unused)) static uint64_t chance_below(uint64_t below)
{
    return chance() % below;
}

#endif
