"""What the board keeps on flash, and what it does with it after a kill, a cut link or a full disk;
slots, the board's own queue and acks in one flight with the result."""

import contextlib
import json
import os
import signal
import subprocess

from lib.case import Skip, case
from lib.proxy import DOWN, UP
from lib.until import stays, until

SANITIZED = True
OWN_BROKER = True  # the ledger collects what comes into hf.q.results

RECENT = 16  # results that a board remembers: HF_JOURNAL_RECENT


def _journal(worker):
    return worker.folder / "state" / "journal"


def _records(worker, ending):
    folder = _journal(worker)
    return sorted(p.name for p in folder.glob(f"*{ending}")) if folder.is_dir() else []


@contextlib.contextmanager
def _small_disk(folder, size):
    if os.geteuid() != 0:
        raise Skip("a file system of its own needs root")
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "holdfast-test", str(folder)]
    if subprocess.run(mount, check=False).returncode != 0:
        raise Skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(folder):
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
    return filler


@case()
def result_is_on_flash_before_it_is_published(world):
    worker, proxy = world.proxied()
    gate = world.gate()
    worker.up()
    results = world.results_of(worker)
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    proxy.stall(UP)
    gate.open()
    until("it is stored", lambda: _records(worker, ".result"))
    world.tester.empty(results, for_s=0.5)
    proxy.release(UP)
    world.desk.all_done_once(job)
    until("it is confirmed", lambda: _records(worker, ".done") and not _records(worker, ".result"))


@case()
def results_of_a_lost_link_are_published_before_new_tasks_are_taken(world):
    worker, proxy = world.proxied()
    gate = world.gate()
    worker.up()
    first = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    proxy.refuse()
    proxy.reset()
    worker.saw(r" link\.down ")
    gate.open()
    worker.saw(r" task\.ended ")
    second = world.desk.submit("echo", "next", "--pool", world.pool)
    proxy.accept()
    world.desk.all_done_once(first)
    world.desk.all_done_once(second)
    assert len(gate.runs()) == 1


def _other_tasks(world, results, number):
    tasks = {world.task("echo", "x") for _ in range(number)}
    while tasks:
        tasks.discard(world.tester.result(results).task)


@case()
def result_whose_ack_was_lost_is_known_after_many_other_tasks_and_restarts(world):
    worker, proxy = world.proxied()
    gate = world.gate()
    results = world.results_of(worker)
    worker.up()
    task = world.task("gate")
    gate.entered()
    proxy.stall(UP)
    gate.open()
    worker.saw(r" task\.ended ")
    proxy.abandon()
    proxy.release()
    assert world.tester.result(results).task == task
    for _ in range(3):
        _other_tasks(world, results, RECENT + 4)
        worker.restart()
    known = rf" task\.known task={task}"
    early = worker.count(known)
    proxy.bury()
    worker.saw(known)
    assert len(gate.runs()) == 1
    world.note(f"its redelivery came {'before' if early else 'after'} {3 * (RECENT + 4)} others")


@case()
def torn_record_is_moved_aside_and_reported(world):
    worker = world.worker().up()
    world.desk.all_done_once(world.desk.submit("echo", "one", "--pool", world.pool))
    until("it is confirmed", lambda: _records(worker, ".done"))
    worker.signal(signal.SIGTERM)
    worker.exit_code()
    (name,) = _records(worker, ".done")
    whole = (_journal(worker) / name).read_bytes()
    (_journal(worker) / "0000000000000255.result").write_bytes(whole[: len(whole) // 2])
    worker.restart()
    worker.saw(r"0000000000000255")
    assert _records(worker, ".torn") and not _records(worker, ".result")
    world.desk.all_done_once(world.desk.submit("echo", "two", "--pool", world.pool))


def _state_told(world, queue):
    return json.loads(world.tester.get(queue)[2])["state"]


@case()
def full_disk_holds_the_board_back_until_it_has_room(world):
    worker = world.worker()
    state = worker.folder / "state"
    presence = world.tester.listen("hf.events", f"presence.{worker.name}")
    with _small_disk(state, "256k"):
        worker.up()
        filler = _fill(state)
        job = world.desk.submit("echo", "waits", "--pool", world.pool)
        worker.saw(r" journal\.paused .*disk has 0 KB free")
        until("it says so", lambda: _state_told(world, presence) == "paused")
        filler.unlink()
        world.desk.all_done_once(job)
        worker.saw(r" journal\.resumed ")
        until("it says that too", lambda: _state_told(world, presence) != "paused")
        assert worker.count(r" journal\.paused ") == 1, "said once, not at every try"
        worker.kill()


@case()
def two_slots_run_two_tasks_at_once(world):
    world.worker(slots=2).up()
    gate = world.gate()
    lines = world.folder / "lines"
    lines.write_text("1\n" * 4)
    job = world.desk.submit("gate", "--lines", lines, "--pool", world.pool)
    gate.entered(times=2)
    stays("the others wait", lambda: len(gate.runs()) == 2, for_s=1)
    gate.open()
    world.desk.all_done_once(job, 4)


@case()
def redelivery_to_another_slot_is_adopted_by_the_one_that_runs_it(world):
    worker, proxy = world.proxied(slots=3)
    gate = world.gate()
    worker.up()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    for times in range(1, 4):
        proxy.reset()
        worker.saw(r" task\.adopted ", times)
    gate.open()
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1


@case()
def task_of_the_boards_own_queue_is_done_while_the_pool_is_busy_elsewhere(world):
    mine, other = world.worker("a"), world.worker("b")
    mine.up()
    other.up()
    jobs = [world.desk.submit("echo", f"for {w.name}", "--to", w.name) for w in (mine, other)]
    for job, worker in zip(jobs, (mine, other), strict=True):
        (result,) = world.desk.all_done_once(job)
        assert result["board"] == worker.name


@case()
def pipelined_acks_lose_nothing_when_the_link_is_cut_between_ack_and_confirm(world):
    worker, proxy = world.proxied(ack="pipelined")
    gate = world.gate()
    worker.up()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    proxy.stall(DOWN)
    gate.open()
    until("the ack has arrived", lambda: world.management.unacked(world.queue) == 0)
    proxy.reset()
    proxy.release()
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1
