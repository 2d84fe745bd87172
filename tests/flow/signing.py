"""Boards that do only what the manager has signed. The attacker here is the broker itself, or
whoever may publish in the manager's name: everything but the signing key is at hand."""

import hashlib
import json
import time
import uuid

from pika import spec

from lib.case import case
from lib.certs import Authority
from lib.hostile import hostile_broker
from lib.signer import Signer
from lib.until import until


def _signed(world, suffix="a", **settings):
    """A worker with what its bundle says about signatures."""
    name = world.board_name(suffix)
    bundle = world.enroll(name, settings.get("pool"))
    said = json.loads("\n".join(line for line in (bundle / "worker.json").read_text().splitlines()
                                if not line.startswith("//")))  # fmt: skip
    assert said["require_signature"] == "manager.pub", said
    return world.worker(suffix, require_signature=str(bundle / said["require_signature"]), **settings)


def _manager_signer(world):
    return Signer(world.broker.home / "pki" / "signing.key")


def _gate_task(world):
    """Its id, and what world.task() needs to send it, signed, with the payload x."""
    task = str(uuid.uuid4())
    sig = _manager_signer(world).task(task, f"pool {world.pool}", b"x", handler="gate")
    return task, {"task": task, "headers": {"hf-sig": sig}}


def _outcome(world, results, task):
    result = world.tester.result(results)
    assert result.task == task, (result, task)
    return result


@case()
def what_submit_sends_is_signed_and_done_by_a_board_that_wants_that(world):
    worker = _signed(world).up()
    assert "worker.unsigned" not in worker.log
    for words in (["echo", "hello"], ["echo", "x", "--attempts", "2", "--timeout", "60s",
                  "--limit", "files=64"], ["echo", "hello", "--plain"],
                  ["echo", "own", "--to", worker.name]):  # fmt: skip
        to = [] if "--to" in words else ["--pool", world.pool]
        world.desk.all_done_once(world.desk.submit(*words, *to))
    big = world.folder / "big"
    big.write_bytes(b"0123456789abcdef" * 200000)
    job = world.desk.submit("sha256", "--each", big, "--pool", world.pool)
    (done,) = world.desk.all_done_once(job)
    assert done["output"] == hashlib.sha256(big.read_bytes()).hexdigest(), done


@case()
def task_that_openssl_signed_after_the_specification_is_done(world):
    worker = _signed(world).up()
    results, signer = world.results_of(worker), _manager_signer(world)
    task = str(uuid.uuid4())
    world.task("echo", b"abc", task=task,
               headers={"hf-sig": signer.task(task, f"pool {world.pool}", b"abc")})  # fmt: skip
    assert _outcome(world, results, task).status == "done"
    plain = json.dumps({"task_id": "p-1", "type": "echo", "data": "abc"}).encode()
    sig = signer.task("p-1", f"pool {world.pool}", plain, kind="plain-task")
    world.manager.publish("hf.tasks", world.pool, plain, user_id="manager", headers={"hf-sig": sig})
    assert _outcome(world, results, "p-1").body == b"abc"


@case()
def task_that_is_unsigned_forged_altered_or_misdirected_is_refused(world):
    worker = _signed(world).up()
    results, signer = world.results_of(worker), _manager_signer(world)
    stranger = Authority(world.folder / "stranger", "Stranger").pair.key
    pool, other = f"pool {world.pool}", f"board {world.board_name('b')}"
    bad = {
        "unsigned": lambda task: None,
        "empty": lambda task: "",
        "no signature at all": lambda task: "AAAA",
        "longer than any": lambda task: "A" * 4000,
        "a number": lambda task: 7,
        "another key's": lambda task: Signer(stranger).task(task, pool, b"abc"),
        "of another payload": lambda task: signer.task(task, pool, b"abd"),
        "of another handler": lambda task: signer.task(task, pool, b"abc", handler="sha256"),
        "of another attempt": lambda task: signer.task(task, pool, b"abc", attempt=2),
        "of another time": lambda task: signer.task(task, pool, b"abc", not_after=1900000000000),
        "of another task": lambda task: signer.task("other", pool, b"abc"),
        "for another pool": lambda task: signer.task(task, "pool elsewhere", b"abc"),
        "for another board": lambda task: signer.task(task, other, b"abc"),
        "of a plain task": lambda task: signer.task(task, pool, b"abc", kind="plain-task"),
    }
    for what, make in bad.items():
        task = str(uuid.uuid4())
        sig = make(task)
        world.task("echo", b"abc", task=task, headers={} if sig is None else {"hf-sig": sig})
        result = _outcome(world, results, task)
        assert result.status == "refused", f"{what}: {result}"
        assert "sign" in result.reason or "hf-sig" in result.reason, f"{what}: {result.reason}"
    assert worker.count("task.started") == 0


@case()
def finished_task_that_comes_again_is_not_run_again(world):
    worker, gate = _signed(world).up(), world.gate()
    gate.open()
    results, (task, message) = world.results_of(worker), _gate_task(world)
    world.task("gate", b"x", **message)
    assert _outcome(world, results, task).status == "done"
    world.task("gate", b"x", **message)
    worker.saw(f"task.known task={task}")
    worker.restart()
    world.task("gate", b"x", **message)
    worker.saw(f"task.known task={task}", times=2)
    assert len(gate.runs()) == 1, gate.runs()
    world.all_is_acked()


@case()
def unsigned_tasks_do_not_make_a_board_forget_what_it_has_done(world):
    worker, gate = _signed(world).up(), world.gate()
    gate.open()
    results, (task, message) = world.results_of(worker), _gate_task(world)
    world.task("gate", b"x", **message)
    assert _outcome(world, results, task).status == "done"
    for life in (1, 2):
        for _ in range(40):
            world.task("gate", b"x")
            assert world.tester.result(results).status == "refused"
        worker.restart()
        world.task("gate", b"x", **message)
        until("it came", lambda: len(gate.runs()) > 1 or worker.count(f"task.known task={task}") == life)
    assert len(gate.runs()) == 1, gate.runs()
    world.all_is_acked()


@case()
def task_that_comes_again_while_it_is_in_hand_is_not_run_beside_itself(world):
    worker, gate = _signed(world, slots=2).up(), world.gate()
    results, (task, message) = world.results_of(worker), _gate_task(world)
    world.task("gate", b"x", **message)
    gate.entered()
    world.task("gate", b"x", **message)
    worker.saw(f"task.known task={task}")
    gate.open()
    assert _outcome(world, results, task).status == "done"
    world.all_is_acked()
    assert len(gate.runs()) == 1, gate.runs()


def _brought_by(world, trick, **settings):
    """A worker to whom a hostile broker brings one signed task as often as `trick` says; id, worker, broker."""
    task, message = _gate_task(world)
    properties = {"message_id": task, "type": "gate", "user_id": "manager", "headers": message["headers"]}

    def play(line):
        channel = line.consumed(world.queue)
        trick(line, lambda tag, again=False: line.deliver(channel, world.queue, properties, b"x", tag=tag, again=again))

    hostile = hostile_broker(world, [("bring", play)])
    return task, _signed(world, broker={"port": hostile.port}, **settings).start(), hostile


@case()
def task_that_comes_again_before_its_result_is_confirmed_is_not_run_again(world):
    gate = world.gate()
    gate.open()

    def trick(line, bring):
        for tag in (1, 2):
            bring(tag)
            line.method_of(spec.Basic.Ack)

    task, worker, hostile = _brought_by(world, trick, ack="pipelined")
    worker.saw(r" link\.up ", times=2)
    assert not hostile.failures and len(gate.runs()) == 1, (gate.runs(), hostile.failures)
    assert worker.count(f"task.known task={task}") == 1


@case()
def task_in_hand_that_the_broker_took_back_is_handed_back_and_not_acked(world):
    gate, answers = world.gate(), []

    def trick(line, bring):
        bring(1)
        gate.entered()
        bring(2, again=True)
        answers.append(line.method_of((spec.Basic.Ack, spec.Basic.Reject)).method)

    _, worker, hostile = _brought_by(world, trick)
    worker.saw(r" link\.up ", times=2)
    assert not hostile.failures and isinstance(answers[0], spec.Basic.Reject), (answers, hostile.failures)
    assert (answers[0].delivery_tag, answers[0].requeue) == (2, True), answers


@case()
def command_that_is_unsigned_altered_or_for_others_is_not_obeyed(world):
    worker = _signed(world).up()
    signer, answers = _manager_signer(world), world.tester.listen("hf.events", f"answer.{worker.name}")
    own = f"device.{worker.name}"

    def order(headers, number, **changes):
        command = {"command": "drain", "id": f"c-{number}", "time": int(time.time() * 1000)} | changes
        body = json.dumps(command).encode()
        made = headers(body)
        world.manager.publish("hf.control", own, body, user_id="manager", message_id=f"c-{number}",
                              headers=made)  # fmt: skip
        _, _, answer = world.tester.get(answers)
        answer = json.loads(answer)
        assert answer["id"] in (f"c-{number}", "unreadable"), answer
        return answer

    bad = (
        lambda body: {},
        lambda body: {"hf-to": own},
        lambda body: {"hf-to": own, "hf-sig": signer.control("all", body)},
        lambda body: {"hf-to": own, "hf-sig": signer.control(own, body + b" ")},
        lambda body: {"hf-to": "device.other", "hf-sig": signer.control("device.other", body)},
        lambda body: {"hf-sig": signer.control(own, body)},
        lambda body: {"hf-to": own, "hf-sig": signer.task("x", own, body)},
    )
    for number, headers in enumerate(bad):
        answer = order(headers, number)
        assert not answer["ok"] and "signed" in answer["text"], answer
    for number, key in enumerate((own, f"pool.{world.pool}", "all"), start=100):
        answer = order(lambda body, k=key: {"hf-to": k, "hf-sig": signer.control(k, body)}, number,
                       command="ping")  # fmt: skip
        assert answer["ok"], (key, answer)
    assert "takes no more" not in worker.log and "draining" not in worker.log
    world.broker.holdfast("ping", worker.name)
    answer = json.loads(world.tester.get(answers)[2])
    assert answer["ok"], "what the manager's own command sends is signed"


@case()
def hostile_broker_has_no_work_done_without_the_key(world):
    seen = []

    def forge(line):
        channel = line.consumed(world.queue)
        line.deliver(channel, world.queue, {"message_id": "forged", "type": "echo",
                                            "user_id": "manager"}, b"x")  # fmt: skip
        properties = line.published()
        seen.append((properties.message_id, properties.headers["hf-status"]))

    hostile = hostile_broker(world, [("forge", forge)])
    worker = _signed(world, broker={"port": hostile.port}).start()
    worker.saw(r" link\.up ", times=2)
    assert seen == [("forged", "refused")], (seen, hostile.failures)
    world.desk.all_done_once(world.desk.submit("echo", "hello", "--pool", world.pool))


@case()
def worker_that_takes_unsigned_work_says_so_at_its_start(world):
    worker = world.worker().up()
    assert worker.count(r"warn worker\.unsigned .*from manager") == 1
    worker.restart(queue="anything", require_sender=None)
    worker.saw(r"warn worker\.unsigned .*from anybody")


@case()
def only_named_handlers_run_and_exec_only_where_it_is_named_and_signed(world):
    worker = _signed(world, allow_handlers="exec echo script").up()
    world.handler("script", "#!/bin/sh\necho a program\n")
    script = 'echo "$HOLDFAST_HANDLER in $(pwd | wc -l) folder"; read line; exit 0\nnever run\n'
    for words, output in (("exec", script), "exec in 1 folder\n"), (("script",), "a program\n"):
        job = world.desk.submit(*words, "--pool", world.pool)
        (done,) = world.desk.all_done_once(job)
        assert done["output"] == output, done

    results, signer = world.results_of(worker), _manager_signer(world)
    for handler, signed, because in (
        ("sha256", True, "allow_handlers"),
        ("exec", False, "signature"),
    ):
        task = str(uuid.uuid4())
        sig = signer.task(task, f"pool {world.pool}", b"id", handler=handler)
        world.task(handler, b"id", task=task, headers={"hf-sig": sig} if signed else {})
        refused = _outcome(world, results, task)
        assert refused.status == "refused" and because in refused.reason, refused

    usual = _signed(world, "b").up()
    job = world.desk.submit("exec", "id", "--to", usual.name)
    (refused,) = world.desk.follow(job, exit_code=1)
    assert refused["state"] == "refused" and "allow_handlers" in refused["reason"], refused
