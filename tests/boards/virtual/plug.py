"""The plug is pulled, again and again, at moments that nobody chose, with tasks flowing: every task is
done in the end, exactly one result of it counts, and none is run again whose result has left."""

import functools
import hashlib
import os
import re
import time

from boards.virtual.qemu.board import Board
from lib.case import case
from lib.dice import SEED, dice

OWN_LEDGER = True  # it collects what comes into hf.q.results

PULLS = int(os.environ.get("HOLDFAST_PULLS", "7"))  # a board
CARD_PULLS = int(os.environ.get("HOLDFAST_PULLS", "10"))  # one that runs from its card

BOOTING_SHARE = 0.2  # of the pulls come while the board starts, the others while it works
BOOTING_S = 4
WORKING_S = 3
QUEUED = 130  # so many tasks wait at each power-on: more than are done until the pull


class _Tasks:
    """Hashes, and pauses in between so that they last."""

    def __init__(self, world):
        self.world = world
        self.jobs = []  # (number, what was asked)
        self.count = 0

    def _submit(self, handler, lines):
        file = self.world.folder / "lines"
        file.write_text("".join(f"{line}\n" for line in lines))
        words = ("--lines", file, "--pool", self.world.pool)
        self.jobs.append((self.world.desk.submit(handler, *words), lines))
        self.count += len(lines)

    def waiting(self):
        """How many the queue has to hand out, at this moment."""
        queue = self.world.tester.channel.queue_declare(self.world.queue, passive=True)
        return queue.method.message_count

    def top_up(self):
        while self.waiting() < QUEUED:
            self._submit("sha256", [f"task {self.count + n}" for n in range(30)])
            self._submit("sleep", [f"0.0{n % 7 + 2}" for n in range(30)])

    def all_done_once(self):
        for job, lines in self.jobs:
            results = self.world.desk.all_done_once(job, len(lines), timeout=240)
            for result in results if lines[0].startswith("task") else []:
                line = lines[result["seq"] - 1]
                assert result["output"] == hashlib.sha256(line.encode()).hexdigest(), result

    def duplicates(self):
        return sum(self.world.desk.duplicates(job) for job, _ in self.jobs)


class _Reported:
    """The tasks whose results the broker has."""

    def __init__(self, world, board):
        self.channel, self.queue = world.tester.channel, world.results_of(board)
        self.ids = set()

    def look(self):
        while True:
            method, properties, _ = self.channel.basic_get(self.queue, auto_ack=True)
            if not method:
                return
            self.ids.add(properties.message_id)

    def not_started_again(self, board):
        started = set(re.findall(r" task\.started task=(\S+)", board.log_of_this_boot))
        assert not started & self.ids, f"run again after its result had left: {started & self.ids}"


def _pull_at_some_moment(board, tasks, chance):
    """Seconds after power-on, and whether it was at work."""
    booting = chance.random() < BOOTING_SHARE
    began = time.monotonic()
    board.power_on()
    if not booting:
        board.up()
    time.sleep(chance.uniform(0, BOOTING_S if booting else WORKING_S))
    board.pull_plug()
    assert booting or tasks.waiting() > 0, "no tasks were flowing any more: raise QUEUED"
    return time.monotonic() - began, board.count(r" task\.ended ")


def loses_nothing(world, board, chance, times=CARD_PULLS):
    """`board` logs at level debug."""
    world.note(f"seed {SEED}; HOLDFAST_SEED={SEED} chooses the same moments")
    tasks = _Tasks(world)
    reported = _Reported(world, board)
    pulls = []
    for _ in range(times):
        tasks.top_up()
        pulls.append(_pull_at_some_moment(board, tasks, chance))
        reported.not_started_again(board)
        reported.look()
    board.up()
    tasks.all_done_once()
    reported.not_started_again(board)
    starts = len(re.findall(r" task\.started ", board.log))
    ended = re.findall(r" task\.ended task=(\S+)", board.log)
    moments = ", ".join(f"{seconds:.1f} s ({ended})" for seconds, ended in pulls)
    world.note(
        f"{board.kind.title}: plug pulled {times} times, after {moments} from power-on (with so "
        f"many tasks ended): {tasks.count} tasks, 0 lost, {starts - tasks.count} started again "
        f"({len(ended) - len(set(ended))} that had ended), {tasks.duplicates()} results that came "
        "twice and count once"
    )


def _loses_nothing(kind, world):
    board = Board(world, kind, crash_limit=100)  # its tasks are not to blame
    loses_nothing(world, board, dice(kind), PULLS)


def _named(kind):
    function = functools.partial(_loses_nothing, kind)
    function.__name__ = f"virtual_{kind}_whose_plug_is_pulled_at_random_loses_nothing"
    return case(slow=True)(function).case


CASES = [_named("imx"), _named("a53")]  # a Pi's is pulled where it runs from its card: flashed.py
