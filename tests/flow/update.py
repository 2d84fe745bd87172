"""A worker becomes another program by a task, and is itself again when that one is no good."""

import hashlib
import json
import os
import pathlib
import re
import signal
import uuid

from lib import process
from lib.case import case
from lib.paths import HOLDFAST
from lib.paths import worker as program_of
from lib.signer import Signer
from lib.until import until

# As a service manager does: started again whenever it ends.
SUPERVISOR = """
trap 'kill "$pid"; wait "$pid"; exit 0' TERM
while :; do "$@" & pid=$!; wait "$pid"; sleep 0.2; done
"""

REMEMBERED = 16  # firmware/worker/journal.h: HF_JOURNAL_RECENT

# Passes for a worker when it is tried out, and is none.
STUB = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char padding[20000] = {1};
int main(int argc, char **argv)
{
    if (padding[0] != 1 || strcmp(argv[argc - 1], "--self-test") == 0)
        return 0;
    if (HANGS)
        for (;;)
            pause();
    abort();
}
"""


def _board(world, suffix="a", supervised=True, **settings):
    """A worker with its bundle's settings about signatures."""
    bundle = world.enroll(world.board_name(suffix))
    settings.setdefault("update_trial_s", 5)
    worker = world.worker(suffix, require_signature=str(bundle / "manager.pub"), **settings)
    worker.around = ["/bin/sh", "-c", SUPERVISOR, "supervisor"] if supervised else []
    return worker


def _like(world, worker, note):
    """The same program as the worker's, under another hash."""
    file = world.folder / f"worker-{note}"
    file.write_bytes(program_of(worker.preset).read_bytes() + note.encode())
    return file


def _stub(world, hangs):
    source, file = world.folder / "stub.c", world.folder / f"stub{hangs}"
    source.write_text(STUB)
    made = process.run(["cc", "-O1", "-static", f"-DHANGS={hangs}", "-o", file, source])
    assert made.returncode == 0, made.stderr
    return file


def _sha(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()


def _send(world, worker, file):
    return world.desk.upkeep("hf-update", pathlib.Path(file).read_bytes(), worker.name)


def _end(world, job):
    (result,) = world.desk.follow(job, exit_code=None)
    return result


def _runs(worker, file):
    """Whether the worker's program is that file, byte for byte."""
    return _sha(file) in map(_program, (worker.pid, *worker.children()))


def _program(pid):
    try:
        return _sha(f"/proc/{pid}/exe")
    except FileNotFoundError:
        return None  # a child that has ended


@case()
def worker_becomes_the_program_of_a_task_and_that_one_answers(world):
    worker = _board(world, supervised=False).up()
    new, pid = _like(world, worker, "two"), worker.pid
    slow = world.desk.submit("sleep", "1", "--to", worker.name)
    job = _send(world, worker, new)
    (done,) = world.desk.all_done_once(job)
    assert json.loads(done["output"])["sha256"] == _sha(new), done
    world.desk.all_done_once(slow)
    assert worker.pid == pid and worker.alive and _runs(worker, new)
    worker.saw(r" worker\.updated ")
    files = sorted(os.listdir(worker.folder / "state" / "agent"))
    assert files == sorted(["mark", _sha(new)[:32]]), files
    world.desk.all_done_once(world.desk.submit("echo", "x", "--to", worker.name))
    worker.restart()  # the supervisor starts what it knows, and that becomes the new one
    assert _runs(worker, new)
    again = _send(world, worker, new)
    world.desk.all_done_once(again)
    assert worker.count(" worker.updated ") == 1


@case()
def program_that_is_no_worker_for_this_board_is_refused_and_nothing_changes(world):
    worker = _board(world, supervised=False).up()
    good = program_of(worker.preset).read_bytes()
    for name, data, why in (
        ("text", b"#!/bin/sh\nexit 0\n" * 2000, "it is no Linux program"),
        ("other", good[:18] + b"\x28\x00" + good[20:], "for another processor"),
        ("short", good[:9000], "so small or so large"),
        ("torn", good[: len(good) // 3], "does not run here|self test fails"),
        ("dynamic", pathlib.Path("/bin/true").read_bytes(), "is not static"),
    ):
        file = world.folder / name
        file.write_bytes(data)
        result = _end(world, _send(world, worker, file))
        assert result["state"] == "failed", (name, result)
        assert re.search(why, result["log_tail"]), (name, result)
    assert os.listdir(worker.folder / "state" / "agent") == []
    assert _runs(worker, program_of(worker.preset))
    world.desk.all_done_once(world.desk.submit("echo", "x", "--to", worker.name))


@case()
def update_is_taken_only_signed_and_from_the_boards_own_queue(world):
    worker = _board(world, supervised=False).up()
    new = _like(world, worker, "two")
    pool = world.desk.upkeep("hf-update", new.read_bytes(), pool=world.pool)
    (result,) = world.desk.follow(pool, exit_code=None)
    assert result["state"] == "refused" and "own queue" in result["reason"], result
    results = world.results_of(worker)
    world.manager.publish("hf.tasks", f"device.{worker.name}", new.read_bytes(),
                          message_id="forged", type="hf-update", user_id="manager")  # fmt: skip
    result = world.tester.result(results)
    assert (result.task, result.status) == ("forged", "refused"), result
    worker.restart(require_signature=None)
    result = _end(world, _send(world, worker, new))
    assert result["state"] == "refused" and "require_signature" in result["reason"], result
    assert _runs(worker, program_of(worker.preset))


@case()
def older_update_that_is_sent_again_is_refused(world):
    worker = _board(world, supervised=False).up()
    first, second = _like(world, worker, "one"), _like(world, worker, "two")
    world.desk.all_done_once(_send(world, worker, second))
    results, task = world.results_of(worker), "00000000-0000-7000-8000-000000000000"
    signer = Signer(world.broker.home / "pki" / "signing.key")
    signature = signer.task(task, f"board {worker.name}", first.read_bytes(), handler="hf-update")
    world.manager.publish("hf.tasks", f"device.{worker.name}", first.read_bytes(), message_id=task,
                          type="hf-update", user_id="manager", headers={"hf-sig": signature})  # fmt: skip
    result = world.tester.result(results)
    assert result.status == "failed" and "older than" in result.headers["hf-log-tail"], result
    assert _runs(worker, second)


def _forgets(world, worker, results):
    """What the board has done is no longer among what it remembers."""
    lines = "".join(f"{number}\n" for number in range(REMEMBERED + 1))
    world.desk.submit("echo", "--lines", "-", "--to", worker.name, input=lines)
    for _ in lines.splitlines():
        assert world.tester.result(results).status == "done"


@case()
def last_update_that_is_sent_again_does_not_replace_what_was_deployed_after_it(world):
    worker = _board(world, supervised=False).up()
    updated, deployed = _like(world, worker, "updated"), _like(world, worker, "deployed")
    deployed.chmod(0o755)
    results, body = world.results_of(worker), updated.read_bytes()
    task = "01900000-0000-7000-8000-000000000000"
    signature = Signer(world.broker.home / "pki" / "signing.key").task(
        task, f"board {worker.name}", body, handler="hf-update")  # fmt: skip

    def send():
        world.manager.publish("hf.tasks", f"device.{worker.name}", body, message_id=task, type="hf-update",
                              user_id="manager", headers={"hf-sig": signature})  # fmt: skip
        return world.tester.result(results)

    assert send().status == "done" and _runs(worker, updated)
    _forgets(world, worker, results)
    worker.around = ["sh", "-c", f'shift; exec {deployed} "$@"', "sh"]
    worker.restart()
    result = send()
    assert result.status == "failed" and "not put back" in result.headers["hf-log-tail"], result
    assert _runs(worker, deployed)


@case()
def program_that_goes_down_is_given_up_after_two_tries_and_the_old_one_answers(world):
    worker = _board(world).up()
    job = _send(world, worker, _stub(world, 0))
    result = _end(world, job)
    assert result["state"] == "failed", result
    assert "rolled back: it went down each time" in result["log_tail"], result
    assert worker.count(r" worker\.becomes .*trial=1") == 2
    assert _runs(worker, program_of(worker.preset))
    world.desk.all_done_once(world.desk.submit("echo", "x", "--to", worker.name))


@case()
def program_that_hangs_is_ended_by_the_kernels_alarm(world):
    worker = _board(world).up()
    result = _end(world, _send(world, worker, _stub(world, 1)))
    assert result["state"] == "failed" and "rolled back" in result["log_tail"], result
    assert _runs(worker, program_of(worker.preset))


@case()
def program_that_does_not_connect_goes_back_by_itself(world):
    proxy = world.proxy()
    worker = _board(world, supervised=False, slots=2, broker={"port": proxy.port}).up()
    gate = world.gate()
    held = world.desk.submit("gate", "--to", worker.name)
    gate.entered()
    job = _send(world, worker, _like(world, worker, "two"))
    worker.saw(r" worker\.becomes task=")
    proxy.refuse()
    gate.open()
    worker.saw(r" worker\.rolled_back ")
    proxy.accept()
    result = _end(world, job)
    assert "rolled back: it did not connect within 5 s" in result["log_tail"], result
    world.desk.all_done_once(held)
    assert worker.alive and _runs(worker, program_of(worker.preset))


@case()
def program_that_others_could_change_or_that_was_changed_is_not_run(world):
    worker = _board(world, supervised=False).up()
    new = _like(world, worker, "two")
    world.desk.all_done_once(_send(world, worker, new))
    (file,) = (worker.folder / "state" / "agent").glob("[0-9a-f]*")
    file.chmod(0o722)
    worker.restart()
    assert "others may change its file" in worker.log and not _runs(worker, new)
    world.desk.all_done_once(_send(world, worker, new))
    worker.kill()
    changed = file.with_suffix(".changed")
    changed.write_bytes(file.read_bytes() + b"!")
    changed.rename(file)  # a process of the worker's may have it open for a moment more
    worker.up(worker.count(r" link\.up ") + 1)
    assert "its file is not whole" in worker.log and _runs(worker, program_of(worker.preset))


@case()
def task_in_another_slot_is_finished_before_the_worker_becomes_another(world):
    worker = _board(world, supervised=False, slots=2).up()
    gate = world.gate()
    held = world.desk.submit("gate", "--to", worker.name)
    gate.entered()
    new = _like(world, worker, "two")
    job = _send(world, worker, new)
    worker.saw(r" worker\.becomes task=")
    assert not _runs(worker, new)
    gate.open()
    world.desk.all_done_once(held)
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1 and _runs(worker, new)


def _rows(result):
    return {row["board"]: row for row in map(json.loads, result.stdout.splitlines())}


@case()
def update_goes_to_one_board_first_and_to_those_that_are_away_at_last(world):
    workers = [_board(world, suffix, supervised=False) for suffix in "abc"]
    for worker in workers:
        worker.up()
    world.desk.hears(*workers)
    new = _like(world, workers[0], "two")
    away = workers[2]
    away.signal(signal.SIGTERM)
    away.exit_code()
    until("the manager has heard that it left", lambda: _offline(world, away))
    result = world.broker.holdfast("update", "--pool", world.pool, "--worker", new, "--json")
    rows = _rows(result)
    assert [rows[worker.name]["state"] for worker in workers] == ["done", "done", "queued"], rows
    assert json.loads(rows[workers[0].name]["text"])["sha256"] == _sha(new)
    assert rows[workers[0].name]["job"] < rows[workers[1].name]["job"], rows
    assert all(_runs(worker, new) for worker in workers[:2])
    away.start()
    away.saw(r" worker\.updated ")
    world.desk.all_done_once(rows[away.name]["job"])
    assert _runs(away, new)


def _offline(world, worker):
    return world.desk.boards()[worker.name]["state"] in ("leaving", "offline")


@case()
def update_goes_no_further_when_the_first_board_fails(world):
    workers = [_board(world, suffix) for suffix in "ab"]
    for worker in workers:
        worker.up()
    world.desk.hears(*workers)
    result = world.broker.holdfast("update", "--pool", world.pool, "--worker", _stub(world, 0),
                                   "--json", exit_code=1)  # fmt: skip
    rows = _rows(result)
    assert rows[workers[0].name]["state"] == "failed", rows
    assert "rolled back" in rows[workers[0].name]["text"], rows
    assert rows[workers[1].name]["state"] == "untouched", rows
    assert "goes no further" in result.stderr, result.stderr
    assert workers[1].count(r"task\.started") == 0


@case()
def update_says_what_it_cannot_do_before_it_touches_a_board(world):
    worker = _board(world, supervised=False).up()
    world.desk.hears(worker)
    text = world.folder / "text"
    text.write_text("no program\n")
    for words, code, why in (
        ([], 2, "for which board"),
        (["nobody-here"], 2, "no board \"nobody-here\""),
        ([worker.name, "--all"], 2, "exclude each other"),
        ([worker.name, "--worker", text], 2, "it is no Linux program"),
        ([worker.name, "--worker", "/nonexistent"], 2, "/nonexistent"),
        ([worker.name, "--canary", "x"], 2, "--canary"),
    ):
        result = world.broker.holdfast("update", *words, exit_code=code)
        assert why in result.stderr, (words, result.stderr)
    assert worker.count(r"task\.started") == 0
    env = process.environment(HOLDFAST_HOME=world.folder / "nothing")
    for words, code, why in (([], 2, "for which board"), (["oak"], 3, "no broker is known here")):
        result = process.run([HOLDFAST, "update", *words], env=env)
        assert result.returncode == code and why in result.stderr, result
        assert "below is what the ledger knew" not in result.stderr, "and nothing is below"
    result = world.broker.holdfast("update", worker.name)
    assert "done" in result.stdout, result.stdout
