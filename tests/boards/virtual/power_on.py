"""From power-on to a task acked, on each of the boards that we can be."""

import functools
import hashlib

from boards.virtual.qemu.board import Board
from lib.case import case

OWN_LEDGER = True  # it collects what comes into hf.q.results


def _does_tasks_from_power_on(kind, preset, world):
    """The first task is acked when the second is started: the broker hands out one at a time."""
    (world.folder / "lines").write_text("first\nsecond\n")
    board = Board(world, kind, preset=preset)
    job = world.desk.submit("sha256", "--lines", world.folder / "lines", "--pool", world.pool)
    board.power_on()
    _, linked_s, link = board.saw(r" link\.up .*tls=(\S+) handshake_ms=(\d+)")
    line, _, _ = board.saw(r" task\.started ")
    _, acked_s, _ = board.saw(r" task\.started ", after=line + 1)
    results = world.desk.all_done_once(job, 2)
    for result, text in zip(sorted(results, key=lambda r: r["seq"]), ("first", "second")):
        assert result["output"] == hashlib.sha256(text.encode()).hexdigest(), result
        assert result["board"] == board.name, result
    assert f" built_for={board.preset} " in board.log
    took = f"handshake {link[2]} ms"
    if board.kind.instruction_ns:
        most = int(link[2]) / board.kind.instruction_ns
        took += f" of its time, so at most {most:.0f} million instructions"
    world.note(
        f"{board.kind.title}: worker {board.preset}: connected {linked_s:.1f} s after power-on "
        f"({link[1]}, {took}), first task acked after {acked_s:.1f} s"
    )


def _named(kind, preset=None):
    function = functools.partial(_does_tasks_from_power_on, kind, preset)
    with_worker = f"_with_the_worker_of_{preset.replace('-', '_')}" if preset else ""
    function.__name__ = f"virtual_{kind}{with_worker}_does_tasks_from_power_on"
    return case()(function).case


CASES = [_named("pi1"), _named("imx"), _named("a53"), _named("a53", "raspberry-pi-zero")]
