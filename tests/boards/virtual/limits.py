"""Bounds that a real kernel keeps by its control groups."""

from boards.virtual.qemu.board import Board
from boards.virtual.qemu.program import program
from lib.case import case

OWN_LEDGER = True  # it collects what comes into hf.q.results


def _asks(world, what, limit, exit_code=0):
    job = world.desk.submit("glutton", what, "--pool", world.pool, "--limit", limit, "--attempts", "1")
    (result,) = world.desk.follow(job, exit_code=exit_code)
    return result


@case()
def a_task_s_memory_and_processes_are_bounded_by_control_groups(world):
    board = Board(world, "a53", programs=[program("glutton")], task_user="0")
    board.up()
    board.saw(r' worker\.limits in_force="cgroup .*memory processes')

    assert _asks(world, "memory 16", "memory_mb=24")["output"] == "16"
    killed = _asks(world, "memory 40", "memory_mb=24", exit_code=1)
    assert killed["signal"] == 9, killed
    assert "want of memory: it may have 24 MiB" in killed["reason"], killed
    assert _asks(world, "memory 16", "memory_mb=24")["output"] == "16"

    assert _asks(world, "processes 20", "processes=8")["output"] == "7"  # it is one itself
    assert _asks(world, "processes 20", "processes=64")["output"] == "20"
    assert board.count(r" worker\.start ") == 1
