"""What is on flash when the plug is pulled: a result is there before it leaves the board."""

import functools

from boards.virtual.qemu.board import Board
from lib.case import case
from lib.proxy import DOWN

OWN_LEDGER = True  # it collects what comes into hf.q.results


def _starts_when_pulled_before_the_confirm(world, kind, append="", **settings):
    """How often a task is started whose result has reached the broker, which the board never learns
    because its plug is pulled at that moment."""
    proxy = world.proxy()
    board = Board(world, kind, port=proxy.port, **settings)
    board.power_on(append=append)
    board.up()
    results = world.results_of(board)
    job = world.desk.submit("sleep", "0.5", "--pool", world.pool)
    task = board.saw(r" task\.started task=(\S+)")[2][1]
    proxy.stall(DOWN)
    world.tester.result(results)
    board.pull_plug()
    proxy.reset()
    proxy.release()
    board.up()
    world.desk.all_done_once(job)
    behind = world.desk.submit("echo", "it comes after that task's redelivery", "--pool", world.pool)
    world.desk.all_done_once(behind)
    return board.starts(task)


def _has_it_on_flash(kind, world):
    starts = _starts_when_pulled_before_the_confirm(world, kind)
    assert starts == 1, "the task was run again although its result had been published"


def _named(kind):
    function = functools.partial(_has_it_on_flash, kind)
    function.__name__ = f"virtual_{kind}_has_a_result_on_flash_before_it_leaves"
    return case()(function).case


CASES = [_named("pi1"), _named("imx"), _named("a53")]


@case()
def worker_without_a_journal_is_caught_by_the_same_pull(world):
    assert _starts_when_pulled_before_the_confirm(world, "a53", journal="off") == 2


@case()
def worker_that_forgets_fsync_is_caught_by_the_same_pull(world):
    assert _starts_when_pulled_before_the_confirm(world, "a53", "holdfast_nosync=1") == 2
