"""The network cable is pulled and put back while a task runs: it goes on, and is not run again."""

from boards.virtual.qemu.board import Board
from lib.case import case

OWN_LEDGER = True  # it collects what comes into hf.q.results


def _in_the_middle_of_a_task(world, board, task_s, until_it_is_back):
    """The task's id; it has ended, and its result is in the ledger."""
    board.up()
    job = world.desk.submit("sleep", str(task_s), "--pool", world.pool)
    _, _, started = board.saw(r" task\.started task=(\S+)")
    world.pause(0.5)
    board.cable(plugged=False)
    until_it_is_back()
    board.cable(plugged=True)
    world.desk.all_done_once(job)
    return started[1]


@case()
def cable_out_for_3_s_breaks_neither_the_link_nor_the_task(world):
    board = Board(world, "imx")
    task = _in_the_middle_of_a_task(world, board, 5, lambda: world.pause(3))
    assert board.starts(task) == 1
    assert board.count(r" link\.down ") == 0 and board.count(r" link\.up ") == 1


@case()
def task_goes_on_while_the_link_is_lost_and_is_not_run_again(world):
    """The broker gives up a silent board after twice the heartbeat, and the task comes again."""
    board = Board(world, "a53", heartbeat_s=1)
    task = _in_the_middle_of_a_task(world, board, 12, lambda: board.saw(r" link\.down "))
    assert board.count(r" link\.down ") >= 1 and board.count(r" link\.up ") >= 2, "the link held"
    assert board.starts(task) == 1


@case()
def result_of_a_task_that_ended_without_a_link_is_reported_when_it_is_back(world):
    board = Board(world, "pi1", heartbeat_s=1)
    task = _in_the_middle_of_a_task(world, board, 4, lambda: board.saw(r" task\.ended "))
    down = board.saw(r" link\.down ")[0]
    ended = board.saw(rf" task\.ended task={task} ")[0]
    assert ended > down, "it ended before the link was lost"
    assert board.starts(task) == 1
