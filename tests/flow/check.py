"""`holdfast-worker --check`: goes the whole way to the broker, takes no work, and says where it ends."""

from lib.case import case


def _check(worker, exit_code):
    """What it says, as {step: rest of its line}; a queue's step is its name."""
    text, steps = worker.check(exit_code), {}
    for line in text.splitlines():
        words = line.split()
        if len(words) > 4 and words[0] == "queue":
            steps[words[4].rstrip(":")] = " ".join(words[1:])
        else:
            steps[words[0]] = " ".join(words[1:])
    return steps | {"text": text}


@case()
def check_that_finds_nothing_wrong_names_every_step_with_its_time(world):
    worker = world.worker()
    steps = _check(worker, 0)
    for step in ("resolve", "connect", "tls", "login", "channels", world.queue,
                 f"hf.q.device.{worker.name}", f"hf.q.control.{worker.name}"):  # fmt: skip
        assert steps[step].startswith("ok ") and " ms" in steps[step], steps["text"]
    assert "TLSv1." in steps["tls"] and "RabbitMQ" in steps["login"], steps["text"]
    assert steps["certificate"].startswith("ok valid until 20"), steps["text"]
    assert steps["all"] == "is well"


@case()
def check_beside_the_worker_takes_no_task_away(world):
    worker = world.worker()
    tasks = {world.task("echo", str(number)) for number in range(20)}
    _check(worker, 0)
    results = world.results_of(worker)
    worker.up()
    _check(worker, 0)
    assert {world.tester.result(results).task for _ in tasks} == tasks
    world.tester.empty(results)
    world.all_is_acked()


@case()
def check_says_which_queue_is_missing_and_goes_on_with_the_others(world):
    worker = world.worker(pool="no-such-pool", suffix="b")
    worker.set(pool="never-made")
    steps = _check(worker, 1)
    assert steps["hf.q.tasks.never-made"].startswith("FAILED"), steps["text"]
    assert "enroll" in steps["hf.q.tasks.never-made"], steps["text"]
    assert steps[f"hf.q.control.{worker.name}"].startswith("ok"), steps["text"]


@case()
def check_tries_every_broker_and_says_at_which_step_one_fails(world):
    worker = world.worker()
    worker.set(broker={"host": f"127.0.0.1:1, broker.invalid, localhost:{world.broker.port}"})
    text = _check(worker, 1)["text"]
    _, first, second, third = text.split("\nbroker ")
    assert "resolve   ok" in first and "connect   FAILED" in first and "broker up" in first, text
    assert "resolve   FAILED" in second and "broker.invalid" in second, text
    assert "channels  ok" in third and "FAILED" not in third, text
    assert third.endswith("something has failed: see above\n"), text


@case()
def check_says_what_is_wrong_with_the_login(world):
    worker = world.worker()
    worker.set(broker={"vhost": "elsewhere"})
    steps = _check(worker, 1)
    assert steps["login"].startswith("FAILED") and "elsewhere" in steps["login"], steps["text"]
    assert "broker.vhost" in steps["text"], steps["text"]


@case()
def check_of_settings_that_are_wrong_is_misuse(world):
    worker = world.worker()
    worker.set(heartbeat_s=0)
    _check(worker, 2)
