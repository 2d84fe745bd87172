"""Processes that left their handler's group, outlive it, and fill the slot's work folder."""

import contextlib
import os
import pathlib
import signal

from lib.case import case
from lib.until import until

AT_ONCE_S = 30  # it waits for nothing that takes longer, though the machine may be slow
COUNT = 6  # together they mostly make files faster than one process deletes them
FILES = 1000  # of each, again and again: not more, for a slow disk has to delete what is left
TRIES = 30


@contextlib.contextmanager
def _strays(world, worker, results):
    """They are there, and the task that left them is done."""
    pids = world.folder / "pids"
    world.handler(
        "litter",
        f"#!/bin/sh\nfor name in $(seq {COUNT}); do\n"
        f"setsid sh -c 'echo $$ >>{pids}; while :; do head -c {FILES} /dev/zero | split -b 1 -a 3 - $0; done'"
        " $name >/dev/null 2>&1 &\n"
        f"done\nuntil [ \"$(wc -l <{pids})\" = {COUNT} ]; do sleep 0.02; done\n",
    )
    world.task("litter")
    try:
        assert world.tester.result(results).status == "done"
        yield pathlib.Path(worker.settings["state"]) / "work" / "0"
    finally:
        for pid in pids.read_text().split():
            os.killpg(int(pid), signal.SIGKILL)


def _kept_from(world, results, handler, payload):
    """The result of a task that its folder was too full for. The kernel may let the strays be the
    slower ones for once, and the task is done."""
    for _ in range(TRIES):
        world.task(handler, payload)
        result = world.tester.result(results)
        if result.status == "retry":
            return result
        assert result.status == "done", result
    raise AssertionError(f"{TRIES} times all that they made was deleted faster")


@case()
def tasks_whose_folder_is_filled_on_are_tried_again_later_and_say_why(world):
    world.handler("hello", "#!/bin/sh\necho hello\n")
    worker = world.worker().up()
    results = world.results_of(worker)
    with _strays(world, worker, results) as folder:
        for handler, payload in (("hello", ""), ("sleep", "0")):
            result = _kept_from(world, results, handler, payload)
            assert f"cannot empty the work folder {folder}: " in result.reason, result.reason
            assert "end that, or restart the board" in result.reason, result.reason
        world.task("echo", "needs no folder")
        assert world.tester.result(results).body == b"needs no folder"
    world.task("hello")
    result = world.tester.result(results)
    assert (result.status, result.body) == ("done", b"hello\n"), result
    until("its folder is empty", lambda: not list(folder.iterdir()))


@case()
def strays_hold_no_leaving_worker_up(world):
    worker = world.worker().up()
    results = world.results_of(worker)
    with _strays(world, worker, results):
        worker.signal(signal.SIGTERM)
        assert worker.exit_code(within_s=AT_ONCE_S) == 0
