"""Cards that are slow, and cards that fail: the worker says so, waits, and loses nothing."""

import time

from boards.virtual.qemu import disks
from boards.virtual.qemu.board import Board
from lib.case import case
from lib.until import until

OWN_LEDGER = True  # it collects what comes into hf.q.results

SLOW_WRITES_PER_S = 7
SLOW_TASKS = 3
SLOW_HEARTBEAT_S = 5  # twice that and more the broker waits
TASKS = 200
DONE_BEFORE = 20  # tasks, before the card fails
BROKEN_S = 5  # more than twice as long as the worker waits between tries


def _submit(world, count):
    lines = world.folder / "lines"
    lines.write_text("".join(f"task {number}\n" for number in range(count)))
    return world.desk.submit("sha256", "--lines", lines, "--pool", world.pool)


@case()
def slow_card_costs_time_and_no_link(world):
    """QEMU's card writes 512 bytes at a time, and the board stands still meanwhile; the first result is
    some 27 KB of them, journal of ext4 included, and so takes longer here than a heartbeat."""
    board = Board(world, "imx", heartbeat_s=SLOW_HEARTBEAT_S)
    board.power_on(disks.slow(board.kind, board.image, writes_per_s=SLOW_WRITES_PER_S))
    board.up()
    downs, began = board.count(r" link\.down "), time.monotonic()
    world.desk.all_done_once(_submit(world, SLOW_TASKS), SLOW_TASKS)
    seconds = time.monotonic() - began
    assert board.count(r" link\.down ") == downs and board.count(r" link\.up ") == 1
    assert board.count(r" task\.started ") == SLOW_TASKS
    assert seconds > 1.5 * SLOW_HEARTBEAT_S, f"{seconds:.1f} s: the card is not slow enough"
    world.note(f"{SLOW_WRITES_PER_S} writes a second: {seconds / SLOW_TASKS:.2f} s a task")


def _fails_with_tasks_flowing(world, journaled):
    """The board, its job, and how many tasks had ended when it paused."""
    board = Board(world, "a53", journaled=journaled)
    job = _submit(world, TASKS)
    board.power_on(disks.breakable(board.image))
    board.up()
    until("tasks flow", lambda: board.count(r" task\.ended ") >= DONE_BEFORE, every_s=0.01)
    board.card(fails=True)
    board.saw(r" journal\.paused .*reason=")
    ended = board.count(r" task\.ended ")
    assert ended < TASKS, "all tasks had ended before the card did: raise TASKS"
    world.pause(BROKEN_S)
    assert board.count(r" task\.ended ") == ended, "it goes on without a journal"
    assert board.alive and not board.count(r"init: worker ended"), "it gave up"
    assert board.count(r" link\.down ") == 0
    return board, job, ended


@case()
def card_that_fails_for_a_while_pauses_the_board_and_it_goes_on_by_itself(world):
    """Without a journal of its own ext4 takes writes again when the card does."""
    board, job, ended = _fails_with_tasks_flowing(world, journaled=False)
    board.card(fails=False)
    board.saw(r" journal\.resumed ")
    world.desk.all_done_once(job, TASKS)
    assert world.desk.duplicates(job) == 0
    assert board.count(r" task\.started ") == TASKS, "a task was run again"
    world.note(f"every write failed for {BROKEN_S} s after {ended} of {TASKS} tasks")


@case()
def worn_out_card_stops_the_board_and_loses_nothing(world):
    """With a journal of its own ext4 takes no write after an error, until it is mounted anew."""
    board, job, ended = _fails_with_tasks_flowing(world, journaled=True)
    board.pull_plug()
    assert disks.mended(board.image)
    board.up()
    world.desk.all_done_once(job, TASKS)
    world.note(f"card broken after {ended} of {TASKS} tasks")
