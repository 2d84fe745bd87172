"""The manager killed again and again, on a full disk, and what it hands out in other ways than one
task now: races, schedules, ranges, everything in order."""

import csv
import io
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

from lib import process
from lib.case import case
from lib.manager import Manager
from lib.broker import Broker
from lib.paths import HOLDFAST
from lib.until import until

OWN_BROKER = True  # the ledger collects what comes into hf.q.results

JOBS, TASKS_EACH, KILLS_EACH = 25, 200, 25


class Served:
    """`serve` that is killed and started again."""

    def __init__(self, desk):
        self.desk, self.process, self.kills = desk, desk.start("serve"), 0
        self.spared = threading.Lock()  # who holds it is not disturbed by a kill

    def kill(self):
        with self.spared:
            assert self.process.poll() is None, f"serve ended by itself: {self.process.returncode}"
            self.process.kill()
            self.process.wait()
            self.kills += 1
            self.process = self.desk.start("serve")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, "serve ends in good order"


def _submit_until_it_is_there(world, served, name, lines, dice):
    """Killed once at a random moment; then handed in again if, and only if, the ledger has nothing.
    A commit that was cut off in its sync is seen by nobody while serve lives, and would come back
    when it dies before the next commit."""
    words = ("submit", "sha256", "--lines", lines, "--pool", world.pool, "--name", name)
    submit = world.desk.start(*words)
    try:
        submit.wait(timeout=dice.uniform(0, 0.12))
        killed = 0
    except subprocess.TimeoutExpired:
        submit.kill()
        submit.wait()
        killed = 1
    with served.spared:
        if not world.desk.ledger("SELECT n FROM jobs WHERE name = ?", name):
            world.broker.holdfast(*words, exit_code=None)
    return killed


@case()
def submit_and_serve_killed_fifty_times_lose_no_task_and_count_none_twice(world):
    for suffix in ("a", "b"):
        world.worker(suffix, log_level="info").up()
    lines = world.folder / "lines"
    lines.write_text("".join(f"line {number}\n" for number in range(TASKS_EACH)))
    world.broker.holdfast("tasks")  # makes the ledger
    dice, stop = random.Random(11), threading.Event()
    served = Served(world.desk)

    def storm():
        while served.kills < KILLS_EACH and not stop.wait(dice.uniform(0.02, 0.5)):
            served.kill()

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        names = [f"{world.name}-{number}" for number in range(JOBS)]
        kills = sum(_submit_until_it_is_there(world, served, name, lines, dice) for name in names)
        thread.join(60)
        open_states = "SELECT coalesce(sum(tasks), 0) FROM totals WHERE state IN ('pending', 'queued', 'running')"
        until("all of it is over", lambda: world.desk.ledger(open_states)[0][0] == 0, within_s=150)
    finally:
        stop.set()
        thread.join()
        served.end()
    world.note(f"{kills} kills of submit, {served.kills} of serve")
    assert kills >= JOBS * 0.8 and served.kills == KILLS_EACH, (kills, served.kills)
    jobs = world.desk.ledger("SELECT name, count(*) FROM jobs WHERE name LIKE ? GROUP BY name", f"{world.name}-%")
    assert sorted(jobs) == sorted((name, 1) for name in names), "each job is there once"
    rows = world.desk.ledger(
        "SELECT state, (SELECT count(*) FROM results r WHERE r.task = t.n AND r.verdict = 'ended'),"
        " count(*) FROM tasks t GROUP BY 1, 2"
    )
    assert rows == [("done", 1, JOBS * TASKS_EACH)], rows
    assert world.desk.ledger("SELECT count(*) FROM strays") == [(0,)]
    sound = json.loads(world.broker.holdfast("ledger", "check", "--json").stdout)
    assert sound["sound"] and sound["tasks"] == JOBS * TASKS_EACH, sound


FULL = """
set -e
mount -t tmpfs -o size=3m none "$HOLDFAST_HOME"
cp -r "$1"/. "$HOLDFAST_HOME"
cd "$HOLDFAST_HOME"
code=0; "$2" submit echo --lines "$3" --pool "$4" || code=$?
echo "full: $code"
code=0; "$2" ledger check || code=$?
echo "check: $code"
"$2" submit echo one --pool "$4" --name one --wait
"$2" results one --raw; echo
code=0; dd if=/dev/zero of=filler bs=4k 2>/dev/null || true
"$2" submit echo --lines "$3" --pool "$4" || code=$?
echo "again: $code"
rm filler
"$2" submit echo three --pool "$4" --wait
"$2" ledger check
"""


@case()
def ledger_on_a_full_disk_says_so_and_goes_on_when_there_is_room(world):
    world.worker().up()
    lines, seed, home = (world.folder / name for name in ("lines", "seed", "full"))
    lines.write_text("".join(f"{number} {'x' * 100}\n" for number in range(30000)))
    home.mkdir()
    seed.mkdir()
    for name in ("broker.json", "pki"):
        (seed / name).symlink_to(world.broker.home / name)
    words = ["unshare", "--mount", "sh", "-c", FULL, "sh", seed, HOLDFAST, lines, world.pool]
    done = process.run(words, env=process.environment(HOLDFAST_HOME=home), stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "full: 1" in done.stdout and "free some space" in done.stdout, done.stdout
    assert "check: 0" in done.stdout and "\none\n" in done.stdout, done.stdout
    assert "again: 1" in done.stdout, done.stdout


RACER = """#!/bin/sh
read -r what
if [ "$what" = win ]; then
    while [ ! -e {folder}/slow.pid ]; do sleep 0.05; done
    echo found it
else
    echo $$ > {folder}/slow.pid.new && mv {folder}/slow.pid.new {folder}/slow.pid
    exec sleep 300
fi
"""


@case()
def first_success_cancels_the_work_that_runs_elsewhere(world):
    world.handler("racer", RACER.format(folder=world.folder))
    world.worker("a").up()
    world.worker("b").up()
    lines = world.folder / "lines"
    lines.write_text("slow\nwin\nlater\nlater\n")
    world.desk.submit("racer", "--lines", lines, "--pool", world.pool, "--first", "--wait", timeout=60)
    slow = int((world.folder / "slow.pid").read_text())
    until("the slow one is stopped", lambda: not process.alive(slow))
    job = world.desk.ledger("SELECT max(n) FROM jobs")[0][0]
    states = world.desk.ledger("SELECT state, count(*) FROM tasks WHERE job = ? GROUP BY 1", job)
    assert sorted(states) == [("cancelled", 3), ("done", 1)], states
    world.all_is_acked()


@case()
def serve_hands_out_what_is_due_and_tells_the_hook(world):
    world.worker().up()
    news = world.folder / "news"
    serve = world.desk.start("serve", "--hook", f"cat >> {news}")
    try:
        world.broker.holdfast("submit", "echo", "hi", "--pool", world.pool, "--at", "+1s", "--name", "soon")
        hook = until("the hook is told", lambda: news.exists() and "soon" in news.read_text() and news.read_text())
        second = world.broker.holdfast("serve", exit_code=1)
        assert "another holdfast is serving" in second.stderr
    finally:
        serve.send_signal(signal.SIGTERM)
        assert serve.wait(timeout=30) == 0
    facts = next(json.loads(line) for line in hook.splitlines() if "soon" in line)
    assert (facts["event"], facts["done"], facts["failed"]) == ("job-ended", 1, 0), facts
    (schedule,) = (
        json.loads(line) for line in world.broker.holdfast("schedule", "--json").stdout.splitlines()
    )
    assert (schedule["runs"], schedule["last_job"], schedule["next_ms"]) == (1, facts["job"], 0), schedule


@case()
def run_and_map_are_for_scripts(world):
    world.handler("reverse", "#!/bin/sh\nread -r line\n[ \"$line\" = bad ] && exit 7\necho \"$line\" | rev\n")
    world.worker().up()
    pool = ("--pool", world.pool)
    assert world.broker.holdfast("run", "reverse", "abc", *pool).stdout == "cba\n"
    failed = world.broker.holdfast("run", "reverse", "bad", *pool, "--attempts", "1", exit_code=7)
    assert failed.stdout == "" and "failed" in failed.stderr, failed.stderr
    once = [world.broker.holdfast("run", "reverse", "xyz", *pool, "--id", f"{world.name}-once").stdout for _ in "12"]
    assert once == ["zyx\n", "zyx\n"]
    mapped = world.broker.holdfast("map", "reverse", *pool, input="one\n\ntwo\nbad\n", exit_code=1)
    assert mapped.stdout == "eno\n\nowt\n\n", mapped.stdout


@case()
def ranges_arrays_files_and_tables_come_out_as_they_went_in(world):
    world.worker().up()
    pool, folder = ("--pool", world.pool), world.folder
    job = world.desk.submit("echo", "--range", "0..9", "--step", "4", "--handler-args", '{"base": "b"}', *pool)
    outputs = [json.loads(result["output"]) for result in sorted(world.desk.follow(job), key=lambda r: r["seq"])]
    assert [(one["start"], one["end"], one["base"]) for one in outputs] == [(0, 3, "b"), (4, 7, "b"), (8, 9, "b")]
    job = world.desk.submit("echo", "--array", '["a,b", {"k": 1}, 18446744073709551615]', *pool)
    world.desk.follow(job)
    table = list(csv.DictReader(io.StringIO(world.broker.holdfast("results", job, "--csv").stdout)))
    assert [row["output"] for row in table] == ["a,b", '{"k": 1}', "18446744073709551615"], table
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "small").write_bytes(b"\0\xff")
    (folder / "in" / "deep" / "large").write_bytes(os.urandom(200_000))
    names = ["in/small", "in/deep/large"]
    world.broker.holdfast("submit", "echo", *pool, "--each", *names, "--wait", cwd=folder)
    world.broker.holdfast("results", "--out", folder / "out", cwd=folder)
    for name in names:
        assert (folder / "out" / name).read_bytes() == (folder / name).read_bytes(), name


@case()
def tasks_that_no_queue_takes_wait_for_one_and_say_what_is_missing(world):
    late = world.broker.holdfast("run", "echo", "hi", "--pool", world.pool, "--not-after", "+2s", exit_code=1)
    assert f"no board is enrolled for pool {world.pool}" in late.stderr and "expired" in late.stderr, late.stderr
    refused = world.broker.holdfast("submit", "echo", "hi", "--pool", world.pool, exit_code=1)
    assert f"there is no queue for pool '{world.pool}'" in refused.stderr, refused.stderr
    ((job, reason),) = world.desk.ledger("SELECT job, reason FROM tasks WHERE state = 'pending'")
    assert "holdfast enroll" in reason, reason
    world.worker().up()  # enrolls a board into that pool
    world.desk.all_done_once(job)


@case()
def tasks_that_a_full_queue_refuses_go_out_when_there_is_room(world):
    worker = world.worker()
    lines = world.folder / "lines"
    lines.write_text("".join(f"{number}\n" for number in range(500)))
    pattern, full = rf"^hf\.q\.tasks\.{world.pool}$", '{"max-length": 10, "overflow": "reject-publish"}'
    at = ("--vhost", "holdfast")
    world.broker.ctl("set_policy", *at, "--priority", "99", "--apply-to", "queues", "full", pattern, full)
    words = ("submit", "echo", "--lines", lines, "--pool", world.pool)
    refused = world.broker.holdfast(*words, exit_code=1)
    assert "takes no more of them just now" in refused.stderr, refused.stderr
    states = dict(world.desk.ledger(
        "SELECT state, count(*) FROM tasks WHERE job = (SELECT max(n) FROM jobs) GROUP BY 1"))  # fmt: skip
    assert states["queued"] >= 10 and states["pending"] > 0, states
    world.broker.ctl("clear_policy", *at, "full")
    worker.up()
    world.desk.all_done_once(world.desk.ledger("SELECT max(n) FROM jobs")[0][0], tasks=500)


@case()
def many_lines_are_taken_in_with_little_memory_and_wait_for_a_broker(world):
    home = world.folder / "alone"
    home.mkdir()
    lines = world.folder / "lines"
    lines.write_text("".join(f"line {number}\n" for number in range(100_000)))
    words = [HOLDFAST, "submit", "echo", "--lines", lines, "--pool", world.pool]
    child = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=process.environment(HOLDFAST_HOME=home))  # fmt: skip
    peak_kb = 0
    while child.poll() is None:
        peak_kb = max(peak_kb, process.peak_kb(child.pid))
        time.sleep(0.005)
    assert child.returncode == 3, child.returncode
    assert 1000 < peak_kb < 24 * 1024, f"{peak_kb} KB"
    counts = Manager(Broker(pathlib.Path(home))).ledger("SELECT state, tasks FROM totals WHERE tasks > 0")
    assert counts == [("pending", 100_000)], counts
