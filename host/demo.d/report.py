"""What came of it, by the ledger's account and by one that is independent of Holdfast."""

import collections
import json
import os

from screen import bold, green, red, say, table
from work import smallest_nonce

NAMED = 5  # files that disagree


class Account:
    """The figures, once all is done."""

    def __init__(self, desk, jobs, digests):
        self.states = collections.Counter()
        self.again = 0  # tasks reported more than once
        self.results = {}
        for job in jobs:
            for task in desk.tasks(job):
                self.states[task["state"]] += 1
                self.again += task["duplicates"] > 0
            self.results[job] = desk.results(job)
        each = [result for results in self.results.values() for result in results]
        counts = collections.Counter(result["task"] for result in each)
        self.by_board = collections.Counter(result["board"] for result in each)
        self.doer = {result["task"]: result["board"] for result in each}
        self.tasks = jobs.total
        self.done = self.states["done"]
        self.lost = self.tasks - len(counts)
        self.twice = sum(count > 1 for count in counts.values())
        self._compare(jobs, digests)
        self.nonce, self.expected_nonce = self._nonce(jobs), smallest_nonce()

    def _compare(self, jobs, digests):
        self.files, self.differ = 0, []
        for job, names in jobs.files.items():
            said = {result["seq"]: result.get("output", "").strip() for result in self.results[job]}
            self.files += len(names)
            self.differ += [
                name
                for seq, name in enumerate(names, 1)
                if said.get(seq, "") != digests.of.get(name)
            ]

    def _nonce(self, jobs):
        found = [json.loads(result["output"]) for result in self.results[jobs.search]]
        return min((hit["nonce"] for hit in found if hit.get("nonce") is not None), default=None)

    @property
    def good(self):
        return (
            self.done == self.tasks
            and not (self.lost or self.twice or self.differ)
            and self.nonce == self.expected_nonce
        )


def _count(number, wanted=0):
    return str(number) if number == wanted else red(number)


def _lines(account, seconds):
    agree = account.files - len(account.differ)
    yield "tasks", account.tasks
    yield "done", _count(account.done, account.tasks)
    for state, count in account.states.items():
        if state != "done":
            yield state, red(count)
    yield "lost", _count(account.lost)
    yield "counted twice", _count(account.twice)
    if account.again:
        yield "done twice, counted once", account.again
    yield "same digest as sha256sum", f"{_count(agree, account.files)} of {account.files} files"
    yield "smallest number found", (
        f"{account.nonce}, as Python alone finds"
        if account.nonce == account.expected_nonce
        else red(f"{account.nonce}, but Python alone finds {account.expected_nonce}")
    )
    yield "time at work", f"{seconds:.1f} s, {account.tasks / seconds:.0f} tasks a second"


def _boards(account, boards):
    rows = [
        (board.name, board.model.preset, board.model.cpu, account.by_board[board.name],
         "killed" if board.killed_with else "")
        for board in boards
    ]  # fmt: skip
    table(("board", "is a", "CPU", "tasks done", ""), rows)


def report(account, boards, victim, seconds):
    if victim.killed_with:
        doer = account.doer.get(victim.killed_with) or "nobody"
        say(f"  The task that {victim.name} had in hand was handed out again: {doer} did it.")
    say()
    _boards(account, boards)
    say()
    for name, value in _lines(account, seconds):
        say(f"  {name:<26} {value}")
    for name in account.differ[:NAMED]:
        say(f"  {red('differs, or changed meanwhile:')} {os.fsdecode(name)!r}")
    say()
    if not victim.killed_with:
        say(red(f"  No plug was pulled: {victim.name} never had a task in hand at the right moment."))
    elif account.good:
        say(f"  {green(bold('Nothing was lost, and nothing counted twice.'))}")
    else:
        say(f"  {red(bold('This is not as it should be.'))}")
