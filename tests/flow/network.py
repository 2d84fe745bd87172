"""Real faults of a network: packets that are lost, a line that falls silent, a thin one."""

import time

from lib.case import case
from lib.network import Network
from lib.until import until

OWN_BROKER = True  # it listens on the cable too

HEARTBEAT_S = 10
SILENT_LIMIT_S = 30
KILLED_LIMIT_S = 1
BUSY_S = 2  # what a busy machine may add


def _behind_a_cable(world, **settings):
    """A worker in a namespace of its own, not started, and the network between."""
    network = world.keep(Network())
    world.broker.listen(network.here)
    settings.setdefault("heartbeat_s", HEARTBEAT_S)
    worker = world.worker("far", broker={"host": network.here}, **settings)
    worker.around = network.inside
    return worker, network


def _all_done(world, results, tasks, within_s):
    found = world.tester.results(results, len(tasks), within_s)
    assert {result.task for result in found} == set(tasks)
    assert {result.status for result in found} == {"done"}
    return found


@case()
def tasks_are_done_though_30_percent_of_the_packets_are_lost(world):
    worker, network = _behind_a_cable(world)
    results = world.results_of(worker)
    network.lose(30, "input")
    began = time.monotonic()
    worker.up(within_s=60)
    tasks = [world.task("echo", "x" * 2000) for _ in range(20)]
    _all_done(world, results, tasks, within_s=60)
    seconds, downs = time.monotonic() - began, worker.count(r" link\.down ")
    world.note(f"20 tasks through 30 % loss  {seconds:6.1f} s, the link lost {downs} times")
    world.all_is_acked()


@case()
def line_of_256_kbit_carries_a_large_payload_and_the_link_holds(world):
    worker, network = _behind_a_cable(world, heartbeat_s=2)
    results = world.results_of(worker)
    worker.up()
    network.thin("256kbit")
    began = time.monotonic()
    tasks = [world.task("sha256", "y" * 300_000), world.task("echo", "z" * 100_000)]
    _all_done(world, results, tasks, within_s=90)
    world.note(f"500 KB over 256 kbit         {time.monotonic() - began:6.1f} s, heartbeat 2 s")
    assert worker.count(r" link\.down ") == 0
    world.all_is_acked()


def _elsewhere(world, break_it):
    """Seconds from break_it(worker, network) until the task that it had in hand runs on another."""
    worker, network = _behind_a_cable(world)
    gate = world.gate()
    worker.up()
    task = world.task("gate")
    gate.entered()
    other = world.worker("near", heartbeat_s=HEARTBEAT_S).up()
    results = world.results_of(other)
    world.pause(2)  # a heartbeat or two on the line
    began = time.monotonic()
    break_it(worker, network)
    until("the task runs elsewhere", lambda: len(gate.runs()) >= 2, within_s=60, every_s=0.01)
    seconds = time.monotonic() - began
    gate.open()
    assert world.tester.result(results).task == task
    return seconds


@case()
def task_behind_a_line_that_falls_silent_runs_elsewhere_within_30_s(world):
    seconds = _elsewhere(world, lambda worker, network: network.dropped())
    world.note(f"black hole to elsewhere      {seconds:6.2f} s, heartbeat {HEARTBEAT_S} s")
    assert seconds <= SILENT_LIMIT_S + BUSY_S


@case()
def task_of_a_killed_worker_runs_elsewhere_within_1_s(world):
    seconds = _elsewhere(world, lambda worker, network: worker.kill())
    world.note(f"killed to elsewhere          {seconds:6.2f} s")
    assert seconds <= KILLED_LIMIT_S + BUSY_S


@case()
def worker_behind_a_line_that_was_silent_comes_back_and_answers_from_its_journal(world):
    worker, network = _behind_a_cable(world, heartbeat_s=2)
    results = world.results_of(worker)
    gate = world.gate()
    worker.up()
    task = world.task("gate")
    gate.entered()
    network.dropped()
    worker.saw(r" link\.down .*cause=HEARTBEAT")
    gate.open()
    worker.saw(r" task\.ended ")
    network.heal()
    worker.up(times=2, within_s=60)
    assert world.tester.result(results, within_s=60).task == task
    # The broker misses the old connection later, and only then gives the task a second time.
    worker.acked(within_s=60)
    world.all_is_acked()
    assert len(gate.runs()) == 1
