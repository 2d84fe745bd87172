"""The manager's commands: they reach a board through its own queue, also after it was away, and
each is answered with an event that names it."""

import json
import signal
import time
import uuid

from lib.case import case
from lib.proxy import DOWN
from lib.until import until

SANITIZED = True


def _command(world, worker, command, sender=None, **fields):
    """Published as the manager does; its id."""
    name = str(uuid.uuid4())
    body = {"command": command, "id": name, "time": int(time.time() * 1000)} | fields
    (sender or world.manager).publish(
        "hf.control",
        f"device.{worker.name}",
        json.dumps(body).encode(),
        user_id="tester" if sender else "manager",
    )
    return name


def _answers(world, worker):
    return world.tester.listen("hf.events", f"answer.{worker.name}")


def _answer(world, queue, command):
    _, properties, body = world.tester.get(queue)
    answer = json.loads(body)
    assert answer["id"] == command, answer
    return answer


def _process_lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@case()
def ping_is_answered_under_its_id(world):
    worker = world.worker().up()
    answers = _answers(world, worker)
    assert _answer(world, answers, _command(world, worker, "ping"))["ok"]


@case()
def running_task_is_cancelled_with_all_its_processes(world):
    worker = world.worker(kill_grace_s=1)
    gate = world.gate()
    worker.up()
    results, answers = world.results_of(worker), _answers(world, worker)
    task = world.task("gate")
    pid = int(gate.entered()[2])
    answer = _answer(world, answers, _command(world, worker, "cancel", task=task))
    assert answer["ok"], answer
    result = world.tester.result(results)
    assert (result.task, result.status) == (task, "cancelled"), result
    until("its process is gone", lambda: not _process_lives(pid))
    world.all_is_acked()


@case()
def task_cancelled_while_the_board_was_away_never_starts(world):
    worker = world.worker()
    gate = world.gate()
    results = world.results_of(worker)
    task = world.task("gate")
    _command(world, worker, "cancel", task=task)
    other = world.task("echo", "not this one")
    worker.up()
    seen = {}
    for _ in range(2):
        result = world.tester.result(results)
        seen[result.task] = result.status
    assert seen == {task: "cancelled", other: "done"} or gate.runs(), seen
    if gate.runs():  # it was delivered before the command: then it is ended
        assert seen[task] == "cancelled", seen
    world.all_is_acked()


@case()
def task_cancelled_between_its_publish_and_its_confirm_is_not_begun(world):
    worker, gate, desk, proxy = world.worker(), world.gate(), world.own_desk(), world.proxy()
    results = world.results_of(worker)

    def reaches_the_broker_by(port):
        file = desk.broker.home / "broker.json"
        file.write_text(json.dumps(desk.broker.settings | {"port": port}))

    def hand_in(handler):
        """To the ledger alone."""
        reaches_the_broker_by(1)
        return desk.submit(handler, "", "--pool", world.pool, exit_code=3)

    def states(job):
        return [row[1] for row in desk.counted(job)]

    reaches_the_broker_by(proxy.port)
    desk.broker.holdfast("tasks")
    serve = desk.start("serve")
    try:
        until("serve is connected", lambda: proxy.accepted > 1)
        first = hand_in("echo")
        until("it sends", lambda: states(first) == ["queued"])
        proxy.stall(DOWN)
        job = hand_in("gate")
        until("the broker has both", lambda: world.management.depth(world.queue) == 2)
        assert states(job) == ["pending"]
        reaches_the_broker_by(world.broker.port)
        desk.broker.holdfast("cancel", f"{job}/1")
    finally:
        serve.kill()
        serve.wait()
    worker.up()
    seen = {}
    for _ in range(2):
        result = world.tester.result(results)
        seen[result.task] = result.status
    assert seen[desk.counted(job)[0][0]] == "cancelled", (seen, gate.runs())


@case()
def cancelled_id_is_remembered_across_a_restart(world):
    worker = world.worker().up()
    gate = world.gate()
    results, answers = world.results_of(worker), _answers(world, worker)
    task = str(uuid.uuid4())
    _answer(world, answers, _command(world, worker, "cancel", task=task))
    worker.restart()
    world.task("gate", task=task)
    assert world.tester.result(results).status == "cancelled"
    assert not gate.runs()


@case()
def whole_job_is_cancelled_by_its_id(world):
    worker = world.worker().up()
    gate = world.gate()
    results, answers = world.results_of(worker), _answers(world, worker)
    tasks = [world.task("gate", correlation_id="job-7") for _ in range(3)]
    gate.entered()
    _answer(world, answers, _command(world, worker, "cancel", job="job-7"))
    ends = {(r.task, r.status) for r in (world.tester.result(results) for _ in tasks)}
    assert ends == {(task, "cancelled") for task in tasks}, ends
    assert len(gate.runs()) == 1


@case()
def drained_board_takes_nothing_until_it_is_resumed(world):
    worker = world.worker().up()
    results, answers = world.results_of(worker), _answers(world, worker)
    _answer(world, answers, _command(world, worker, "drain"))
    world.task("echo", "later")
    world.tester.empty(results, for_s=1)
    _answer(world, answers, _command(world, worker, "resume"))
    assert world.tester.result(results).status == "done"


@case()
def stderr_of_a_task_is_streamed_when_asked_for(world):
    world.handler("talker", "#!/bin/sh\nfor i in 1 2 3 4 5 6; do echo line $i >&2; sleep 0.3; done\n")
    worker = world.worker().up()
    logs = world.tester.listen("hf.events", f"log.{worker.name}")
    task = str(uuid.uuid4())
    _command(world, worker, "logs", task=task, on=True)
    worker.saw(r"command=logs")
    world.task("talker", task=task)
    text = ""
    while "line 6" not in text:
        text += json.loads(world.tester.get(logs)[2])["text"]
    assert text.split("\n")[:6] == [f"line {i}" for i in range(1, 7)], text


@case()
def command_of_somebody_else_is_refused_and_answered(world):
    worker = world.worker().up()
    answers = _answers(world, worker)
    answer = None
    _command(world, worker, "drain", sender=world.tester)
    _, _, body = world.tester.get(answers)
    answer = json.loads(body)
    assert not answer["ok"] and "manager" in answer["text"], answer
    results = world.results_of(worker)
    world.task("echo")
    assert world.tester.result(results).status == "done"


@case()
def unknown_command_is_answered_with_what_is_known(world):
    worker = world.worker().up()
    answers = _answers(world, worker)
    answer = _answer(world, answers, _command(world, worker, "dance"))
    assert not answer["ok"] and "ping" in answer["text"], answer


@case()
def settings_that_are_wrong_are_not_taken_by_a_reload(world):
    worker = world.worker().up()
    answers = _answers(world, worker)
    good = worker.config.read_text()
    worker.config.write_text(good.replace('"board"', '"bord"'))
    answer = _answer(world, answers, _command(world, worker, "reload"))
    assert not answer["ok"] and "bord" in answer["text"], answer
    worker.config.write_text(good)
    worker.signal(signal.SIGHUP)
    worker.up(times=2)
    results = world.results_of(worker)
    world.task("echo")
    assert world.tester.result(results).status == "done"


@case()
def hangup_with_settings_that_are_wrong_says_why_and_leaves_everything_as_it_is(world):
    worker = world.worker().up()
    good = worker.config.read_text()
    worker.config.write_text(good.replace('"heartbeat_s"', '"hartbeat_s"').replace('"pool"', '"pol"'))
    worker.signal(signal.SIGHUP)
    worker.saw(r" error worker\.reload ok=0 text=.*pol")
    results = world.results_of(worker)
    world.task("echo")
    assert world.tester.result(results).status == "done"
    assert worker.count(r" link\.(up|down) ") == 1


@case()
def running_task_outlives_a_reload(world):
    worker = world.worker().up()
    gate = world.gate()
    results = world.results_of(worker)
    task = world.task("gate")
    gate.entered()
    worker.signal(signal.SIGHUP)
    worker.saw(r" worker\.reload ok=1")
    gate.open()
    assert world.tester.result(results).task == task
    worker.up(times=2)
    world.all_is_acked()
    assert len(gate.runs()) == 1


@case()
def several_brokers_are_tried_in_turn(world):
    worker = world.worker()
    worker.set(broker={"host": f"127.0.0.1:1, 127.0.0.1:{world.broker.port}"})
    worker.up()
    assert worker.count(r" link\.down cause=REFUSED ") == 1


@case()
def board_tells_its_facts_once_and_its_presence_again_and_again(world):
    worker = world.worker(presence_s=5, labels="attic warm")
    facts = world.tester.listen("hf.events", f"facts.{worker.name}")
    presence = world.tester.listen("hf.events", f"presence.{worker.name}")
    worker.up()
    told = json.loads(world.tester.get(facts)[2])
    assert told["labels"] == ["attic", "warm"] and "sha256" in told["handlers"], told
    states = [json.loads(world.tester.get(presence)[2])["state"] for _ in range(2)]
    assert states == ["idle", "idle"], states
    world.tester.empty(facts, for_s=0.5)
