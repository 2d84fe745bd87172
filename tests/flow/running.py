"""A task and the process that works on it."""

import hashlib
import json
import pathlib

from lib import process
from lib.case import case
from lib.until import until

SANITIZED = True


@case()
def payload_is_stdin_and_result_is_stdout_byte_for_byte(world):
    world.handler("reverse", "#!/bin/sh\nexec rev\n")
    worker = world.worker().up()
    results = world.results_of(worker)
    task = world.task("reverse", "abc\ndef\n", correlation_id="a-job")
    result = world.tester.result(results)
    assert (result.task, result.status, result.board) == (task, "done", worker.name)
    assert result.body == b"cba\nfed\n"
    assert (result.job, result.headers["hf-attempt"]) == ("a-job", 1)
    any_bytes = bytes(range(256)) * 4
    world.task("echo", any_bytes)
    assert world.tester.result(results).body == any_bytes


@case()
def handler_knows_its_task_and_sees_no_more_of_the_worker_than_that(world):
    world.handler("look", "#!/bin/sh\nenv | sort\nls -l /proc/self/fd | wc -l\n")
    worker = world.worker().up()
    results = world.results_of(worker)
    task = world.task("look", headers={"hf-attempt": 3})
    lines = world.tester.result(results).body.decode().splitlines()
    for wanted in (f"HOLDFAST_TASK_ID={task}", "HOLDFAST_ATTEMPT=3", "HOLDFAST_HANDLER=look",
                   f"HOLDFAST_BOARD={worker.name}"):  # fmt: skip
        assert wanted in lines, f"{wanted} is not among {lines}"
    assert not [line for line in lines if line.startswith(process.MARK)], lines


@case()
def end_of_stderr_comes_with_the_result(world):
    world.handler(
        "talk", "#!/bin/sh\nyes 'an early line' | head -n 2000 >&2\necho 'the end' >&2\nexit 7\n"
    )
    worker = world.worker().up()
    results = world.results_of(worker)
    world.task("talk")
    result = world.tester.result(results)
    assert (result.status, result.headers["hf-exit"]) == ("failed", 7)
    assert "exit 7" in result.reason
    tail = result.headers["hf-log-tail"]
    assert tail.endswith("the end\n") and "an early line" in tail and len(tail) <= 2048


@case()
def progress_of_a_handler_becomes_events(world):
    world.handler(
        "steps",
        "#!/bin/sh\necho '25 one of four' >&3\nsleep 1.5\necho '50 two of four' >&3\nsleep 1.5\n",
    )
    worker = world.worker()
    events = world.tester.listen("hf.events", f"progress.{worker.name}")
    worker.up()
    results = world.results_of(worker)
    task = world.task("steps")
    for percent, note in ((25, "one of four"), (50, "two of four")):
        _, properties, body = world.tester.get(events)
        event = json.loads(body)
        assert properties.user_id == worker.name
        assert (event["task"], event["percent"], event["note"]) == (task, percent, note)
    assert world.tester.result(results).status == "done"


@case()
def of_much_progress_one_event_a_second_is_told(world):
    world.handler("chatty", "#!/bin/sh\nfor part in 1 2 3 4; do\nfor line in $(seq 100); do echo \"$line of $part\" >&3; "
                  "done\nsleep 0.7\ndone\n")  # fmt: skip
    worker = world.worker()
    events = world.tester.listen("hf.events", f"progress.{worker.name}")
    worker.up()
    results = world.results_of(worker)
    world.task("chatty")
    seconds = world.tester.result(results).headers["hf-duration-ms"] / 1000
    told = world.tester.channel.queue_declare(events, passive=True).method.message_count
    assert 2 <= told <= seconds + 1, (told, seconds)


@case()
def task_is_what_the_kernel_takes_first_when_memory_runs_out(world):
    world.handler("scored", "#!/bin/sh\ncat /proc/self/oom_score_adj\n")
    worker = world.worker().up()
    results = world.results_of(worker)
    world.task("scored")
    task = int(world.tester.result(results).body)
    ours = [int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in (worker.pid, worker.speaker)]
    assert task >= 500 and task > max(ours), (task, ours)


@case()
def board_says_that_it_is_there(world):
    worker = world.worker()
    events = world.tester.listen("hf.events", f"presence.{worker.name}")
    worker.up()
    _, properties, body = world.tester.get(events)
    event = json.loads(body)
    assert properties.user_id == worker.name
    assert (event["event"], event["state"], event["done"]) == ("presence", "idle", 0)


def _tells(world, events, **expected):
    """The board's next presence or, where its machine was slow, a later one says so."""
    for _ in range(4):
        told = json.loads(world.tester.get(events)[2])
        if {name: told.get(name) for name in expected} == expected:
            return
    raise AssertionError(f"{told} is not {expected}")


@case()
def board_says_that_it_works_when_a_task_lasts_and_that_it_rests_again(world):
    worker = world.worker(presence_s=3600)
    events = world.tester.listen("hf.events", f"presence.{worker.name}")
    worker.up()
    gate = world.gate()
    results = world.results_of(worker)
    _tells(world, events, state="idle", done=0)
    world.task("echo", b"in no time")
    assert world.tester.result(results).status == "done"
    task = world.task("gate")
    gate.entered()
    _tells(world, events, state="busy", task=task, done=1)
    gate.open()
    assert world.tester.result(results).status == "done"
    _tells(world, events, state="idle", task=None, done=2)


@case()
def task_over_its_time_limit_is_ended_with_all_its_processes(world):
    pids = world.folder / "pids"
    world.handler(
        "stubborn",
        f"#!/bin/sh\ntrap '' TERM\nsh -c 'trap \"\" TERM; while :; do sleep 0.1; done' &\n"
        f"echo $$ $! >{pids}\nwhile :; do sleep 0.1; done\n",
    )
    worker = world.worker(kill_grace_s=1).up()
    results = world.results_of(worker)
    world.task("stubborn", headers={"hf-timeout-ms": 1000})
    until("it runs", pids.exists)
    result = world.tester.result(results)
    assert result.status == "retry"
    assert "timed out after 1 s" in result.reason, result.reason
    assert result.headers["hf-duration-ms"] > 1900, result.headers
    left = [int(pid) for pid in pids.read_text().split() if process.alive(int(pid))]
    assert not left, f"still there: {left}"


@case()
def processes_that_a_handler_leaves_behind_end_with_it(world):
    pid_file = world.folder / "pid"
    world.handler("parent", f"#!/bin/sh\nsleep 1000 >/dev/null &\necho $! >{pid_file}\n")
    worker = world.worker().up()
    results = world.results_of(worker)
    world.task("parent")
    assert world.tester.result(results).status == "done"
    until("it is gone", lambda: not process.alive(int(pid_file.read_text())))


@case()
def exit_codes_and_signals_become_statuses(world):
    worker = world.worker().up()
    results = world.results_of(worker)
    expected = (
        ("exit 0", "done", ""),
        ("exit 1", "failed", "exit 1"),
        ("exit 75", "retry", "exit 75"),
        ("kill -SEGV $$", "retry", "signal 11"),
    )
    for number, (words, status, reason) in enumerate(expected):
        world.handler(f"ending{number}", f"#!/bin/sh\n{words}\n")
        world.task(f"ending{number}")
        result = world.tester.result(results)
        assert result.status == status, f"{words}: {result}"
        assert reason in result.reason, f"{words}: {result.reason}"


@case()
def output_over_the_limit_is_a_failure_that_names_it(world):
    world.handler("flood", "#!/bin/sh\nexec yes\n")
    worker = world.worker(max_output_bytes=100000).up()
    results = world.results_of(worker)
    world.task("flood")
    result = world.tester.result(results)
    assert result.status == "failed" and "100000" in result.reason, result


@case()
def large_payload_passes_through_and_memory_stays_flat(world):
    payload = bytes(range(256)) * 4096 * 8  # 8 MiB
    worker = world.worker().up()
    results = world.results_of(worker)
    world.task("sha256", payload)
    assert world.tester.result(results).body.decode() == hashlib.sha256(payload).hexdigest()
    world.task("echo", payload)
    result = world.tester.result(results, within_s=60)
    assert result.status == "done", result.reason
    assert result.body == payload
    if worker.preset == "generic-x86_64":
        peak_kb = int(_status(worker.speaker, "VmHWM").split()[0])
        assert peak_kb < 2048, f"the worker took {peak_kb} KB for 8 MiB"


def _status(pid, name):
    with open(f"/proc/{pid}/status") as file:
        return next(line.split(":", 1)[1].strip() for line in file if line.startswith(name))


@case()
def built_in_nonce_search_finds_the_smallest_nonce(world):
    worker = world.worker().up()
    results = world.results_of(worker)
    order = {"start": 0, "end": 200000, "base": "", "content": "holdfast", "prefix": "000",
             "algorithm": "sha256"}  # fmt: skip
    world.task("nonce-search", json.dumps(order))
    found = json.loads(world.tester.result(results).body)
    digests = ((n, hashlib.sha256(f"{n}holdfast".encode()).hexdigest()) for n in range(200001))
    nonce, digest = next((n, d) for n, d in digests if d.startswith("000"))
    assert (found["nonce"], found["digest"]) == (nonce, digest)


@case()
def two_workers_share_a_queue_fairly(world):
    workers = [world.worker(suffix).up() for suffix in ("a", "b")]
    results = world.results_of(*workers)
    tasks = {world.task("sleep", "0.05") for _ in range(100)}
    done = world.tester.results(results, 100)
    assert {result.task for result in done} == tasks
    share = sum(result.board == workers[0].name for result in done)
    assert 40 <= share <= 60, f"of 100 tasks one worker got {share}"
    world.all_is_acked()
