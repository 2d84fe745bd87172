"""Cards that are slow, and cards that wear out: the worker says so, and loses nothing."""

import subprocess
import time

from boards.virtual.qemu import disks
from boards.virtual.qemu.board import Board
from lib.case import case

OWN_BROKER = True  # the ledger collects what comes into hf.q.results

SLOW_WRITES_PER_S = 20
SLOW_TASKS = 8
TASKS = 200
WEAR_WRITES = 150


def _submit(world, count):
    lines = world.folder / "lines"
    lines.write_text("".join(f"task {number}\n" for number in range(count)))
    return world.desk.submit("sha256", "--lines", lines, "--pool", world.pool)


def _mended(image):
    """As a board's system checks its card when it starts."""
    done = subprocess.run(["e2fsck", "-fp", image], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr


@case()
def slow_card_costs_time_and_no_link(world):
    """QEMU's card writes 512 bytes at a time; a result is some 18 KB of them, journal of ext4
    included, and so takes longer here than the broker waits for a heartbeat."""
    board = Board(world, "imx", heartbeat_s=1)
    board.power_on(disks.slow(board.kind, board.image, writes_per_s=SLOW_WRITES_PER_S))
    board.up()
    began = time.monotonic()
    world.desk.all_done_once(_submit(world, SLOW_TASKS), SLOW_TASKS)
    seconds = time.monotonic() - began
    assert board.count(r" link\.down ") == 0 and board.count(r" link\.up ") == 1
    assert board.count(r" task\.started ") == SLOW_TASKS
    world.note(f"{SLOW_WRITES_PER_S} writes a second: {seconds / SLOW_TASKS:.2f} s a task")


@case(limit_s=240)
def worn_out_card_stops_the_board_and_loses_nothing(world):
    board = Board(world, "a53")  # QEMU's SD cards hide write errors, its virtio disks do not
    job = _submit(world, TASKS)
    rules = board.folder / "rules"
    board.power_on(disks.worn_out(board.kind, board.image, rules, after_writes=WEAR_WRITES))
    board.saw(r" journal\.paused ")
    done = board.count(r" task\.ended ")
    assert 0 < done < TASKS, f"{done} tasks ended before the card did"
    world.pause(3)
    assert board.count(r" task\.ended ") <= done + 1, "it goes on without a journal"
    assert board.alive and not board.count(r"init: worker ended"), "it gave up"
    board.pull_plug()
    _mended(board.image)
    board.up()
    world.desk.all_done_once(job, TASKS)
    world.note(f"card broken after {done} of {TASKS} tasks")
