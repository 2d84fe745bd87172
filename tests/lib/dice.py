"""Chance that can be had again: HOLDFAST_SEED=N chooses as the run did that printed N."""

import os
import random

SEED = int(os.environ.get("HOLDFAST_SEED") or random.SystemRandom().randrange(1 << 32))


def dice(what):
    """Of its own for each `what`, whatever else is thrown."""
    return random.Random(f"{SEED} {what}")
