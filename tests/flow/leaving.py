"""How a worker goes: asked once, asked twice, or killed."""

import signal

from lib import process
from lib.case import case
from lib.until import until

AT_ONCE_S = 30  # it waits for nothing that takes longer, though the machine may be slow


@case()
def sigterm_finishes_the_task_in_hand_and_takes_no_more(world):
    worker = world.worker().up()
    results = world.results_of(worker)
    gate = world.gate()
    first, second = world.task("gate"), world.task("gate")
    assert gate.entered()[0] == first
    worker.signal(signal.SIGTERM)
    worker.saw(r" worker\.draining ")
    assert worker.alive, "it finishes first"
    gate.open()
    result = world.tester.result(results)
    assert (result.task, result.status) == (first, "done")
    assert worker.exit_code() == 0
    world.tester.empty(results)
    assert len(gate.runs()) == 1
    waiting = world.tester.get(world.queue)[1]
    assert waiting.message_id == second, "the other task waits for another board"


@case()
def second_sigterm_leaves_at_once_and_another_board_does_the_task(world):
    worker = world.worker().up()
    gate = world.gate()
    task = world.task("gate")
    pid = int(gate.entered()[2])
    worker.signal(signal.SIGTERM)
    worker.saw(r" worker\.draining ")
    worker.signal(signal.SIGTERM)
    assert worker.exit_code(within_s=AT_ONCE_S) == 0
    until("its child is gone", lambda: not process.alive(pid))
    gate.open()
    other = world.worker("b")
    results = world.results_of(other)
    other.up()
    result = world.tester.result(results)
    assert (result.task, result.board, result.status) == (task, other.name, "done")
    assert result.headers["hf-attempt"] == 1, "a redelivery is no attempt"


@case()
def idle_worker_leaves_on_sigterm_and_says_so(world):
    worker = world.worker()
    events = world.tester.listen("hf.events", f"presence.{worker.name}")
    worker.up()
    worker.signal(signal.SIGTERM)
    assert worker.exit_code(within_s=AT_ONCE_S) == 0
    worker.saw(r" worker\.stop ")
    states = [world.tester.get(events)[2], world.tester.get(events)[2]]
    assert b'"leaving"' in states[-1], states


@case()
def worker_out_of_reach_of_its_broker_leaves_on_sigterm(world):
    worker, _ = world.proxied(proxy=world.proxy(accept=False))
    worker.start()
    worker.saw(r" link\.down ")
    worker.signal(signal.SIGTERM)
    assert worker.exit_code(within_s=AT_ONCE_S) == 0


@case()
def sigkill_takes_the_whole_process_group_of_the_task_along(world):
    pids = world.folder / "pids"
    world.handler("parent", f"#!/bin/sh\nsleep 1000 &\necho $$ $! >{pids}\nwait\n")
    worker = world.worker().up()
    world.task("parent")
    until("it runs", lambda: pids.exists() and len(pids.read_text().split()) == 2)
    helpers = worker.children()
    worker.kill()
    left = {int(pid) for pid in pids.read_text().split()} | set(helpers)
    until("all of them are gone", lambda: not any(process.alive(pid) for pid in left))


@case()
def second_worker_with_the_same_state_folder_is_turned_away(world):
    worker = world.worker().up()
    other = world.worker("b", state=worker.settings["state"])
    other.start()
    assert other.exit_code() in (1, 2)
    assert "another worker" in other.log, other.log
