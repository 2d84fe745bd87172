"""A board without a clock is told the time when it has connected, and sets its own."""

import re
import time

from boards.virtual.qemu.flashed import Flashed
from boards.virtual.qemu.program import program
from lib.case import case

OWN_LEDGER = True  # it collects what comes into hf.q.results

FEW_S = 5
ASKS_AGAIN_S = 20  # after it was told: a manager tells a board no more often


@case()
def flashed_raspberry_pi_zero_begins_in_1970_and_its_tasks_know_the_time_once_it_has_connected(world):
    card = Flashed(world, "pi1", "raspberry-pi-zero", programs=[program("now")], presence_s=ASKS_AGAIN_S + 1)
    serve = world.desk.start("serve")
    try:
        card.up()
        _, set_s, match = card.saw(r" clock\.set behind_ms=(\d+)")
        assert int(match[1]) / 1000 > time.time() - 3600, "it did not begin in 1970"
        began, waited_s = time.time(), card.waited_s()
        (result,) = world.desk.follow(world.desk.submit("now", "", "--pool", world.pool))
        told, slow_s = int(result["output"]), card.waited_s() - waited_s
        assert began - FEW_S - slow_s < told < time.time() + FEW_S, (began, told, slow_s)
        line, _, _ = card.saw(r" worker\.command command=time ")
        card.saw(r" worker\.command command=time ", within_s=3 * ASKS_AGAIN_S, after=line + 1)
        world.note(
            f"the clock is set {set_s:.1f} s after power-on; "
            f"what a task takes for the time is off by {abs(told - began):.1f} s, its own start included"
        )
    finally:
        serve.terminate()
        serve.wait()
