"""The plug is pulled: a worker or the manager killed by SIGKILL at every step of a task. Each time
the ledger has every task done, and exactly one result of it counted."""

import hashlib
import random
import threading
import time

from lib.case import case
from lib.proxy import DOWN, UP
from lib.until import until

OWN_BROKER = True  # the ledger collects what comes into hf.q.results


def _running(world, **settings):
    """A worker behind a proxy that has a task in hand, its gate, and the job."""
    worker, proxy = world.proxied(**settings)
    gate = world.gate()
    worker.up()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    return worker, proxy, gate, job


def _comes_back(world, worker, proxy, gate):
    worker.kill()
    proxy.reset()  # what it holds is lost with the board
    proxy.release()
    gate.open()
    worker.restart()


@case()
def worker_killed_while_it_receives_a_large_payload_loses_nothing(world):
    worker, proxy = world.proxied()
    payload = world.folder / "payload"
    payload.write_bytes(random.Random(1).randbytes(4 << 20))
    worker.up()
    before = proxy.through(DOWN)
    proxy.limit(DOWN, 1 << 20)
    job = world.desk.submit("sha256", "--each", payload, "--pool", world.pool)
    until("a part of it has come", lambda: proxy.through(DOWN) - before > 1 << 20)
    worker.kill()
    assert proxy.through(DOWN) - before < 4 << 20, "not all of it"
    proxy.limit(DOWN, 0)
    worker.restart()
    (result,) = world.desk.all_done_once(job)
    assert result["output"] == hashlib.sha256(payload.read_bytes()).hexdigest()
    assert world.desk.duplicates(job) == 0


@case()
def worker_killed_while_its_task_runs_loses_nothing(world):
    worker, proxy, gate, job = _running(world)
    _comes_back(world, worker, proxy, gate)
    (result,) = world.desk.all_done_once(job)
    assert (len(gate.runs()), result["attempt"]) == (2, 1), "run again, as the same attempt"
    assert world.desk.duplicates(job) == 0


@case()
def task_that_takes_its_board_down_each_time_is_reported_and_not_run_for_ever(world):
    worker = world.worker(crash_limit=2).up()
    gate = world.gate()
    job = world.desk.submit("gate", "--pool", world.pool, "--attempts", "1")
    for times in (1, 2, 3):  # the first delivery writes nothing to flash: it is not counted
        gate.entered(times)
        worker.restart()
    (result,) = world.desk.follow(job, exit_code=1)
    assert (result["state"], len(gate.runs())) == ("dead", 3), result
    assert "went down 2 times while it ran this task again" in result["reason"], result["reason"]
    world.all_is_acked()


@case()
def worker_killed_with_a_result_that_has_not_left_the_board_loses_nothing(world):
    worker, proxy, gate, job = _running(world)
    proxy.stall(UP)
    gate.open()
    worker.saw(r" task\.ended ")
    until("the result is on its way", lambda: proxy.held(UP) > 0)
    _comes_back(world, worker, proxy, gate)
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1, "the journal had the result"
    assert world.desk.duplicates(job) == 0


@case()
def worker_without_a_journal_runs_such_a_task_again(world):
    worker, proxy, gate, job = _running(world, journal="off")
    proxy.stall(UP)
    gate.open()
    worker.saw(r" task\.ended ")
    until("the result is on its way", lambda: proxy.held(UP) > 0)
    _comes_back(world, worker, proxy, gate)
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 2
    assert world.desk.duplicates(job) == 0


@case()
def worker_killed_before_the_confirm_reaches_it_is_counted_once(world):
    worker, proxy, gate, job = _running(world)
    results = world.results_of(worker)
    proxy.stall(DOWN)
    gate.open()
    world.tester.result(results)  # the broker has it
    _comes_back(world, worker, proxy, gate)
    world.tester.result(results)  # and a second one
    world.desk.all_done_once(job)
    until("the other one is a duplicate", lambda: _collected(world, job) == 1)


@case()
def worker_killed_after_the_confirm_and_before_the_ack_is_counted_once(world):
    worker, proxy, gate, job = _running(world)
    results = world.results_of(worker)
    proxy.stall(DOWN)
    gate.open()
    world.tester.result(results)
    proxy.stall(UP)
    proxy.release(DOWN)
    until("the ack is on its way", lambda: proxy.held(UP) > 0)
    _comes_back(world, worker, proxy, gate)
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1
    assert _collected(world, job) == 0, "the redelivery was acked, not answered again"


def _collected(world, job):
    """Takes in what is waiting, then the duplicates."""
    world.broker.holdfast("tasks", job)
    return world.desk.duplicates(job)


@case()
def result_published_twice_after_a_cut_link_is_counted_once(world):
    worker, proxy, gate, job = _running(world)
    results = world.results_of(worker)
    proxy.stall(DOWN)
    gate.open()
    world.tester.result(results)
    proxy.reset()
    proxy.release()
    world.tester.result(results)
    world.desk.all_done_once(job)
    until("the other one is a duplicate", lambda: _collected(world, job) == 1)
    assert len(gate.runs()) == 1


@case()
def temporary_failure_is_tried_again_through_the_retry_ladder(world):
    world.handler("moody", '#!/bin/sh\n[ "$HOLDFAST_ATTEMPT" -ge 2 ] || exit 75\necho fine\n')
    world.worker().up()
    began = time.monotonic()
    job = world.desk.submit("moody", "--pool", world.pool)
    (result,) = world.desk.all_done_once(job)
    assert time.monotonic() - began > 4.5, "the first rung is 5 s"
    assert (result["attempt"], result["output"]) == (2, "fine\n"), result
    verdicts = world.desk.ledger(
        "SELECT verdict, status FROM results WHERE task ="
        " (SELECT n FROM tasks WHERE job = ?) ORDER BY n", job
    )  # fmt: skip
    assert verdicts == [("retry", "retry"), ("ended", "done")], verdicts


@case()
def task_out_of_attempts_is_dead_with_its_last_output_exit_signal_and_times(world):
    world.handler("never", "#!/bin/sh\nsleep 0.1\necho cold\necho 'no coffee' >&2\nexit 75\n")
    world.handler("killed", "#!/bin/sh\nsleep 0.1\necho cold\necho 'no coffee' >&2\nkill -9 $$\n")
    world.worker().up()
    for handler, ended in (("never", {"exit": 75, "signal": 0}), ("killed", {"exit": -1, "signal": 9})):
        began_ms = time.time() * 1000
        job = world.desk.submit(handler, "--pool", world.pool, "--attempts", "1")
        (result,) = world.desk.follow(job, exit_code=1)
        assert result["state"] == "dead" and str(max(ended.values())) in result["reason"], result
        told = {key: result[key] for key in ("output", "log_tail", *ended)}
        assert told == {"output": "cold\n", "log_tail": "no coffee\n", **ended}, result
        assert began_ms <= result["started_ms"] <= time.time() * 1000, (began_ms, result)
        assert result["duration_ms"] >= 100, result


@case()
def manager_killed_while_it_publishes_loses_nothing(world):
    lines = world.folder / "lines"
    lines.write_text("".join(f"line {number}\n" for number in range(3000)))
    world.broker.holdfast("tasks")  # makes the ledger
    submit = world.desk.start("submit", "sha256", "--lines", lines, "--pool", world.pool,
                              "--name", world.name)  # fmt: skip
    find_job = "SELECT n FROM jobs WHERE name = ?"
    ((job,),) = until(
        "the job is in the ledger", lambda: world.desk.ledger(find_job, world.name), every_s=0.002
    )
    submit.kill()
    submit.wait()
    pending = sum(row[1] == "pending" for row in world.desk.counted(job))
    assert pending > 0, "it was killed too late to show anything"
    world.worker("a").up()
    world.worker("b").up()
    world.desk.all_done_once(job, tasks=3000, timeout=250)


@case()
def thousand_tasks_survive_workers_killed_at_random(world):
    workers = [world.worker(suffix).up() for suffix in ("a", "b", "c")]
    lines = [f"task number {number}" for number in range(1000)]
    world.handler("slowly", "#!/bin/sh\nsleep 0.02\nexec sha256sum\n")
    (world.folder / "lines").write_text("".join(f"{line}\n" for line in lines))
    stop, kills, dice = threading.Event(), [], random.Random(7)

    def storm():
        while not stop.wait(dice.uniform(0.1, 0.6)):
            worker = dice.choice(workers)
            worker.kill()
            kills.append(worker.name)
            worker.start()

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        job = world.desk.submit("slowly", "--lines", world.folder / "lines", "--pool", world.pool)
        results = world.desk.all_done_once(job, tasks=1000, timeout=250)
    finally:
        stop.set()
        thread.join()
    assert len(kills) >= 20, f"only {len(kills)} kills"
    digests = {result["seq"]: result["output"].split()[0] for result in results}
    expected = {n: hashlib.sha256(line.encode()).hexdigest() for n, line in enumerate(lines, 1)}
    assert digests == expected
