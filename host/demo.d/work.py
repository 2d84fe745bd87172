"""What the boards are given, and the watch over it while they work. One plug is pulled."""

import hashlib
import json
import threading
import time

from desk import Trouble
from folder import portions
from screen import Bar, red

SEARCH = {"base": "holdfast", "content": " demo", "prefix": "00000", "algorithm": "sha256"}
RANGES, RANGE = 24, 200_000
SEARCH_AFTER = 0.4  # of the files: the search begins here, and the plug is pulled
STALLED_S = 180


class Jobs:
    """What was submitted: the search, and jobs of files with the names that each has."""

    def __init__(self, desk, folder, scratch):
        ranges = scratch / "ranges"
        with open(ranges, "w") as file:
            for first in range(0, RANGES * RANGE, RANGE):
                print(json.dumps({"start": first, "end": first + RANGE - 1} | SEARCH), file=file)
        self.files = {}
        before = int(SEARCH_AFTER * len(folder.names))
        self._submit(desk, folder, folder.names[:before])
        self.search = desk.submit("nonce-search", "--name", "search", "--lines", ranges)
        self._submit(desk, folder, folder.names[before:])
        self.total = RANGES + len(folder.names)

    def _submit(self, desk, folder, names):
        for portion in portions(names):
            job = desk.submit("sha256", "--name", "files", "--each", *portion, cwd=folder.path)
            self.files[job] = portion

    def __iter__(self):
        return iter([*self.files, self.search])


class Watch:
    """Follows the jobs, by "holdfast results --follow"."""

    def __init__(self, desk, jobs):
        self.boards = []  # who did each task that has ended
        self._processes = [desk.follow(job) for job in jobs]
        self._threads = [
            threading.Thread(target=self._read, args=(process,), daemon=True)
            for process in self._processes
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, process):
        for line in process.stdout:
            self.boards.append(json.loads(line)["board"])

    @property
    def running(self):
        return any(thread.is_alive() for thread in self._threads)

    def stop(self):
        for process in self._processes:
            process.terminate()
            process.wait()


def _check(boards, still_since):
    for board in boards:
        if not board.killed_with and not board.alive:
            raise Trouble(f"{board.name} has ended by itself:\n{board.last_words()}")
    if time.monotonic() - still_since > STALLED_S:
        raise Trouble(f"no task has ended for {STALLED_S} s")


def work(jobs, watch, boards, victim):
    """Until all is done; the seconds that it took."""
    bar = Bar(jobs.total)
    done, still_since = 0, time.monotonic()
    while watch.running:
        if len(watch.boards) > done:
            done, still_since = len(watch.boards), time.monotonic()
        if not victim.killed_with and done >= SEARCH_AFTER * jobs.total:
            # Best in a long task; later any will do.
            if victim.kill_at("nonce-search" if done < 0.8 * jobs.total else ""):
                bar.interrupt(
                    f"  {red(f'{victim.name} is killed')} (SIGKILL) with a task in hand, when "
                    f"{done} were done. The other two go on."
                )
        _check(boards, still_since)
        bar.draw(done, _shares(watch, boards))
        time.sleep(0.05)
    bar.draw(len(watch.boards), _shares(watch, boards), at_once=True)
    bar.end()
    return bar.seconds


def _shares(watch, boards):
    return {board.name: watch.boards.count(board.name) for board in boards}


def smallest_nonce():
    """The search once more, by Python alone; None when there is no such number."""
    tail = (SEARCH["base"] + SEARCH["content"]).encode()
    for nonce in range(RANGES * RANGE):
        digest = hashlib.sha256(str(nonce).encode() + tail).hexdigest()
        if digest.startswith(SEARCH["prefix"]):
            return nonce
    return None
