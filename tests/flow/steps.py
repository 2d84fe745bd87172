"""The worker is killed at each call by which it writes its journal or sends to the broker, one later
every time, and started again: every task is done, and its result never changes."""

import collections
import json
import time

from lib.case import Skip, case, need
from lib.process import run
from lib.until import until

SANITIZED = True

TASKS = 3  # a turn; until the last one's ack has left, every call is a moment to be killed at
QUIET_S = 1.5  # then nothing more comes of them

# It tells each run of a task from another one.
HANDLER = "#!/bin/sh\nread -r run </proc/sys/kernel/random/uuid\necho \"$HOLDFAST_TASK_ID $run\"\n"


class _Results:
    """What was reported, of all turns."""

    def __init__(self, world, worker):
        self.tester, self.queue = world.tester, world.results_of(worker)
        self.of = collections.defaultdict(list)  # task: bodies

    def look(self):
        while True:
            method, properties, body = self.tester.channel.basic_get(self.queue, auto_ack=True)
            if not method:
                return
            assert properties.headers["hf-status"] == "done", properties
            self.of[properties.message_id].append(body)

    def have(self, tasks):
        self.look()
        return all(task in self.of for task in tasks)

    def await_all(self, worker, tasks, within_s=30):
        """False: the worker has died."""
        deadline = time.monotonic() + within_s
        while not self.have(tasks):
            if not worker.alive:
                return False
            assert time.monotonic() < deadline, f"no result of {set(tasks) - set(self.of)}"
            time.sleep(0.01)
        return True


def _start(worker, call=None, number=None):
    """Killed when it makes that call for so many times; `call` None: not at all."""
    tracer = ["strace", "-D", "-qqq", "-o", "/dev/null", "-e", f"trace={call}"]
    inject = ["-e", f"inject={call}:signal=KILL:when={number}"]
    worker.around = [*tracer, *inject] if call else []
    worker.start()


def _turn(world, worker, results, call, number):
    """False: it did its tasks and was not killed."""
    tasks = [world.task("once") for _ in range(TASKS)]
    _start(worker, call, number)
    killed = not results.await_all(worker, tasks)
    if not killed:
        time.sleep(QUIET_S)
        killed = not worker.alive
    if killed:
        _start(worker)
        assert results.await_all(worker, tasks), "it ended by itself"
    worker.kill()
    return killed


def _killed_at_each(world, calls, **settings):
    need("strace")
    if run(["strace", "-qqq", "-o", "/dev/null", "true"]).returncode != 0:
        raise Skip("strace may not trace here")
    world.handler("once", HANDLER)
    # As root it is one process, so what strace kills is what makes the call.
    worker = world.worker(worker_user="root", reconnect_min_ms=20, reconnect_max_ms=200,
                          crash_limit=100, **settings)  # fmt: skip
    results = _Results(world, worker)
    kills = {}
    for call in calls:
        number = 1
        while _turn(world, worker, results, call, number):
            number += 1
        kills[call] = number - 1
    return worker, results, kills


def _changed(world, *calls, **settings):
    """Results and log of the tasks whose result was not the same every time; none is lost."""
    worker, results, kills = _killed_at_each(world, calls, **settings)
    assert all(number >= TASKS for number in kills.values()), kills
    _start(worker)
    # The broker may find out late that a worker was killed, and gives its task again.
    until("all is acked", lambda: world.management.depth(world.queue) == 0)
    world.all_is_acked()
    results.look()
    twice = sum(len(bodies) - 1 for bodies in results.of.values())
    again = worker.count(r" task\.started ") - len(results.of)
    world.note(
        f"killed at {json.dumps(kills)}: {len(results.of)} tasks, {again} started again, "
        f"{twice} results that came twice"
    )
    return {
        task: (bodies, [line for line in worker.log.splitlines() if task in line])
        for task, bodies in results.of.items()
        if len(set(bodies)) > 1
    }


@case()
def worker_killed_at_each_call_that_writes_its_journal_loses_and_changes_nothing(world):
    changed = _changed(world, "pwrite64", "fsync", "renameat", "unlinkat")
    assert not changed


@case()
def worker_killed_at_each_send_loses_and_changes_nothing(world):
    changed = _changed(world, "sendto")
    assert not changed


@case()
def worker_that_acks_with_the_result_loses_nothing_when_it_is_killed_at_each_send(world):
    changed = _changed(world, "sendto", ack="pipelined")
    assert not changed


@case()
def worker_without_a_journal_is_caught_by_the_same_kills(world):
    assert _changed(world, "sendto", journal="off"), "no result changed"
