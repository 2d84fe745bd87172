"""Boards whose worker becomes another program: with tasks flowing, while the plug is pulled, and back
again by themselves when the new one is no good."""

import hashlib
import json
import pathlib
import re
import time

from boards.virtual.qemu.board import Board
from boards.virtual.qemu.flashed import Flashed
from boards.virtual.qemu.program import program
from lib.case import case
from lib.dice import SEED, dice
from lib.paths import worker

OWN_LEDGER = True  # it collects what comes into hf.q.results

PULLS = 3
ENDS_WITHIN_S = 90  # an update, whatever became of the board in it
TASKS = 30  # flow at each update


def _board(world, preset=None):
    return Board(world, "a53", preset=preset, require_signature="manager.pub", crash_limit=100)


def _flashed(world):
    return Flashed(world, "pi1", "raspberry-pi-zero", crash_limit=100)


def _another(world, board, note):
    """The same program as the board's, under another hash."""
    file = world.folder / f"worker-{note}"
    file.write_bytes(worker(board.preset).read_bytes() + note.encode())
    return file


def _sha(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _name(file):
    """Of the program, in the board's folder of them."""
    return _sha(file)[:32]


class _Tasks:
    """Hashes, some for each update."""

    def __init__(self, world):
        self.world, self.jobs = world, []

    def submit(self):
        lines = [f"task {len(self.jobs)} {n}" for n in range(TASKS)]
        file = self.world.folder / "lines"
        file.write_text("".join(f"{line}\n" for line in lines))
        words = ("sha256", "--lines", file, "--pool", self.world.pool)
        self.jobs.append((self.world.desk.submit(*words), lines))

    def all_done_once(self):
        for job, lines in self.jobs:
            for result in self.world.desk.all_done_once(job, TASKS):
                wanted = hashlib.sha256(lines[result["seq"] - 1].encode()).hexdigest()
                assert result["output"] == wanted, result

    def duplicates(self):
        return sum(self.world.desk.duplicates(job) for job, _ in self.jobs)


def _update(world, board, file, exit_code=0):
    """What `holdfast update` says of the board; the seconds that took."""
    began = time.monotonic()
    words = ("update", board.name, "--worker", file, "--json")
    done = world.broker.holdfast(*words, exit_code=exit_code)
    (row,) = map(json.loads, done.stdout.splitlines())
    return row, time.monotonic() - began


def is_updated_and_its_tasks_go_on(world, board):
    """The program that it has become."""
    tasks = _Tasks(world)
    new = _another(world, board, "two")
    board.up()
    tasks.submit()
    row, took_s = _update(world, board, new)
    assert row["state"] == "done" and json.loads(row["text"])["sha256"] == _sha(new), row
    line, left_s, _ = board.saw(rf" worker\.becomes program=\S*{_name(new)} trial=1 ")
    _, linked_s, _ = board.saw(r" link\.up ", after=line)
    _, stood_s, _ = board.saw(r" worker\.updated ", after=line)
    tasks.submit()
    tasks.all_done_once()
    world.note(
        f"{board.kind.title}: updated over the broker in {took_s:.1f} s, of these {linked_s - left_s:.1f} s "
        f"without a connection; the trial was stood {stood_s - left_s:.1f} s after its begin; "
        f"{2 * TASKS} tasks, 0 lost, {tasks.duplicates()} results came twice"
    )
    return new


def _pull_in_an_update(world, board, tasks, file, chance, within_s):
    """(seconds from the update's task to the pull, how the task ended, programs tried)."""
    tasks.submit()
    payload = pathlib.Path(file).read_bytes()
    job, began = world.desk.upkeep("hf-update", payload, board.name), time.monotonic()
    time.sleep(chance.uniform(0, within_s))
    board.pull_plug()
    after_s = time.monotonic() - began
    board.up()
    (result,) = world.desk.follow(job, exit_code=None, timeout=ENDS_WITHIN_S)
    assert [row[2] for row in world.desk.counted(job)] == [1], world.desk.counted(job)
    tries = len(re.findall(rf" worker\.becomes program=\S*{_name(file)} trial=1 ", board.log))
    if result["state"] == "done":
        assert json.loads(result["output"])["sha256"] == _sha(file), result
        assert tries > 0, "done, and was never tried"
    else:
        assert result["state"] == "failed" and "rolled back" in result["log_tail"], result
    return after_s, result["state"], tries


def comes_back_as(board, file):
    """After its plug was pulled once more. None: as the program that it was set up with."""
    board.pull_plug()
    board.up()
    pattern = r" worker\.becomes program=\S*([0-9a-f]{32}) trial=(\d)"
    became = re.findall(pattern, board.log_of_this_boot)
    assert became == ([(_name(file), "0")] if file else []), became


@case()
def virtual_board_is_updated_and_its_tasks_go_on(world):
    is_updated_and_its_tasks_go_on(world, _board(world))


@case(slow=True)
def flashed_raspberry_pi_zero_is_updated_and_starts_from_its_card_as_the_new_one(world):
    board = _flashed(world)
    new = is_updated_and_its_tasks_go_on(world, board)
    comes_back_as(board, new)


@case()
def virtual_board_whose_plug_is_pulled_in_updates_loses_nothing(world):
    board, tasks, chance = _board(world), _Tasks(world), dice("updates")
    world.note(f"seed {SEED}; HOLDFAST_SEED={SEED} chooses the same moments")
    now, pulls = _another(world, board, "first"), []
    board.up()
    _, within_s = _update(world, board, now)
    for n in range(PULLS):
        new = _another(world, board, f"pulled {n}")
        pulls.append(_pull_in_an_update(world, board, tasks, new, chance, within_s))
        now = new if pulls[-1][1] == "done" else now
    tasks.all_done_once()
    comes_back_as(board, now)
    tasks.submit()
    tasks.all_done_once()
    moments = ", ".join(f"{s:.1f} s ({state}, tried {tries} times)" for s, state, tries in pulls)
    world.note(
        f"{board.kind.title}: plug pulled {PULLS} times in updates, after {moments}: "
        f"{len(tasks.jobs) * TASKS} tasks, 0 lost, {tasks.duplicates()} results came twice"
    )


def _takes_back_a_program_that_crashes(world, board, crasher):
    tasks = _Tasks(world)
    board.up()
    tasks.submit()
    row, took_s = _update(world, board, crasher, exit_code=1)
    assert row["state"] == "failed" and "rolled back: it went down each time" in row["text"], row
    tried = rf" worker\.becomes program=\S*{_name(crasher)} trial=1 "
    assert board.count(tried) == 2
    _, tried_s, _ = board.saw(tried)
    tasks.all_done_once()
    comes_back_as(board, None)
    tasks.submit()
    tasks.all_done_once()
    world.note(
        f"{board.kind.title}: a program that crashes at its start was taken back {took_s:.1f} s after "
        f"`holdfast update` ({tried_s:.1f} s from power-on to its first try)"
    )


@case()
def virtual_board_takes_back_a_program_that_crashes(world):
    _takes_back_a_program_that_crashes(world, _board(world, preset="raspberry-pi-zero"), program("crasher"))


@case(slow=True)
def flashed_raspberry_pi_zero_takes_back_a_program_that_crashes(world):
    _takes_back_a_program_that_crashes(world, _flashed(world), program("crasher"))


@case(slow=True)
def card_for_a_real_raspberry_pi_3_takes_back_a_program_that_crashes_and_becomes_one_that_does_not(world):
    board = Flashed(world, "pi3", "raspberry-pi-3-64", emulated=False, crash_limit=100)
    _takes_back_a_program_that_crashes(world, board, program("crasher", board.preset))
    comes_back_as(board, is_updated_and_its_tasks_go_on(world, board))
