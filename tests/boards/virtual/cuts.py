"""The power goes after every single write to the disk: whatever had left the board is in its journal."""

import dataclasses
import hashlib
import os
import random
import pathlib
import shutil
import subprocess
import tempfile
import time

from boards.virtual.qemu import disks, writes
from boards.virtual.qemu.board import Board
from lib.case import case, need
from lib.dice import SEED, dice
from lib.paths import build
from lib.process import run

OWN_LEDGER = True  # its log of writes wants a broker that is not late

TASKS = 24
RECENT = 16  # confirmed results that a journal remembers
LARGE_BYTES = 20000  # of every third task's result
MEMORY = pathlib.Path("/dev/shm")  # e2fsck syncs what it mends, some hundred times here
FORGOTTEN = 0.5  # of the writes that no flush has followed


@dataclasses.dataclass
class Left:
    """A result that reached the broker when the log of writes was so long."""

    task: str
    body: bytes
    log_bytes: int


def _task(world, number):
    """Its id, and the result it has to have."""
    payload = random.Random(number).randbytes(LARGE_BYTES if number % 3 == 0 else 40)
    if number % 3 == 0:
        return world.task("echo", payload), payload
    return world.task("sha256", payload), hashlib.sha256(payload).hexdigest().encode()


def _flow_until_the_plug_is_pulled(world, **power_on):
    """The disk as it was, the log of what was written to it since, and what had left meanwhile."""
    board = Board(world, "a53", require_signature=None)  # this test publishes by itself
    base, log = world.folder / "base", world.folder / "log"
    subprocess.run(["cp", "--sparse=always", board.image, base], check=True)
    board.power_on(disks.logged(board.image, log), **power_on)
    board.up()
    results = world.results_of(board)
    left = []
    for number in range(TASKS):
        task, body = _task(world, number)
        result = world.tester.result(results)
        left.append(Left(task, body, os.stat(log).st_size))
        assert (result.task, result.status, result.body) == (task, "done", body), result
    board.pull_plug()
    return base, writes.read(log), left


def _journal_of(disk, folder):
    """{task: its result} and how many files are torn, as the worker's reader finds them there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(
        ["debugfs", "-R", f"rdump /state/journal {folder}", disk], check=True, capture_output=True
    )
    if not (folder / "journal").exists():
        return {}, 0
    listed = run([build("host") / "tests" / "journal-list", folder / "journal"])
    assert listed.returncode == 0, listed.stderr
    *lines, torn = listed.stdout.splitlines()
    found = {}
    for line in lines:
        task, attempt, status, body = line.split()
        assert (attempt, status) == ("1", "done"), line
        found[task] = b"" if body == "-" else bytes.fromhex(body)
    return found, int(torn.split()[1])


def _wrong(folder, disk, left, log_bytes):
    """What is wrong with the journal on that disk, in words; None."""
    if not disks.mended(disk):
        return "the file system needs a person"
    found, torn = _journal_of(disk, folder / "read")
    given = {one.task: one.body for one in left}
    changed = [task for task, body in found.items() if given.get(task) != body]
    gone = [one.task for one in left if one.log_bytes <= log_bytes]
    # The next one may be confirmed already, and the oldest have gone for it.
    lost = [task for task in gone[-(RECENT - 1):] if task not in found]
    if changed or lost or torn:
        return f"{len(lost)} lost, {len(changed)} changed, {torn} torn"
    return None


def _cut_at_every_write(folder, base, log, left):
    """[(number of the write, what is wrong then)], and how many cuts were tried."""
    chance = dice("cuts")
    disk, cut, wrong, cuts = writes.Disk(base), folder / "cut", [], 0
    for number, write in enumerate(log):
        disk.do(write)
        for forget in (None, lambda _: chance.random() < FORGOTTEN):
            disk.cut(cut, forget)
            cuts += 1
            words = _wrong(folder, cut, left, write.end)
            if words:
                wrong.append((number, words))
    disk.close()
    return wrong, cuts


def _all_cuts(world, **power_on):
    need("debugfs")
    base, log, left = _flow_until_the_plug_is_pulled(world, **power_on)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else world.folder) as folder:
        wrong, cuts = _cut_at_every_write(pathlib.Path(folder), base, log, left)
    world.note(
        f"{TASKS} tasks: {sum(bool(w.data) for w in log)} writes and {sum(w.flush for w in log)} "
        f"flushes, power cut {cuts} times (seed {SEED}, {time.monotonic() - began:.0f} s): "
        f"something is lost, changed or torn after {len(wrong)}"
    )
    return wrong


@case()
def power_cut_after_any_write_leaves_every_result_that_had_left_the_board(world):
    wrong = _all_cuts(world)
    assert not wrong, wrong[:10]


@case()
def worker_that_forgets_fsync_is_caught_by_the_same_cuts(world):
    assert _all_cuts(world, append="holdfast_nosync=1"), "nothing was lost"


@case()
def disk_that_is_never_told_to_keep_what_it_was_given_is_caught_by_the_same_cuts(world):
    assert _all_cuts(world, append="holdfast_nobarrier=1"), "nothing was lost"
