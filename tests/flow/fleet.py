"""A person at the laptop: sees the fleet, steers tasks, and gets back what a broker has lost."""

import json
import pathlib
import re
import shlex

from lib import process
from lib.case import case
from lib.paths import HOLDFAST
from lib.terminal import Terminal
from lib.until import until

ROOT = pathlib.Path(__file__).resolve().parents[2]

OWN_BROKER = True  # its ledger knows these boards only


def _lines(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def _board(world, name):
    found = _lines(world.broker.holdfast("boards", "--json", "--retired"))
    return next((board for board in found if board["board"] == name), None)


@case()
def boards_are_seen_drained_resumed_and_retired(world):
    holdfast = world.broker.holdfast
    worker = world.worker(labels=f"attic {world.name}").up()
    other = world.worker("b")
    (answer,) = _lines(holdfast("ping", worker.name, "--json"))
    assert answer["answered"] and answer["state"] == "here", answer
    board = _board(world, worker.name)
    assert (board["state"], board["online"], board["pool"]) == ("idle", True, world.pool), board
    assert "sha256" in board["handlers"] and "attic" in board["labels"], board
    assert _board(world, other.name)["state"] == "never"
    labelled = _lines(holdfast("boards", "--label", world.name, "--json"))
    assert [b["board"] for b in labelled] == [worker.name], labelled
    assert "disk free" in holdfast("board", worker.name).stdout

    assert "drained" in holdfast("drain", worker.name).stdout
    job = world.desk.submit("echo", "later", "--pool", world.pool)
    until("it says that it is drained", lambda: _board(world, worker.name)["state"] == "draining")
    assert "resumed" in holdfast("resume", "--pool", world.pool, "--wait", "1s", exit_code=1).stdout
    world.desk.all_done_once(job)

    holdfast("submit", "echo", "--to", other.name)
    said = holdfast("retire", other.name, exit_code=1).stderr
    assert "--force" in said, said
    holdfast("retire", other.name, "--force")
    assert _board(world, other.name)["state"] == "retired"
    holdfast("retire", worker.name)
    worker.saw(r" link\.down ")
    worker.saw(r"ACCESS_REFUSED|refused|AMQP_LOGIN")


@case()
def running_job_is_cancelled_and_its_story_says_so(world):
    worker = world.worker(kill_grace_s=1).up()
    gate = world.gate()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    (done,) = _lines(world.broker.holdfast("cancel", job, "--json"))
    assert done["cancelled"] == 1, done
    worker.saw(r" worker\.command command=cancel")
    story = json.loads(world.broker.holdfast("task", f"{job}/1", "--json").stdout)
    assert story["state"] == "cancelled" and story["attempts"], story

    def late_report_is_in_its_story():
        story = json.loads(world.broker.holdfast("task", f"{job}/1", "--json").stdout)
        return any(a["outcome"] == "duplicate" and a["signal"] for a in story["attempts"])

    until("its late report is in the story", late_report_is_in_its_story)
    (again,) = _lines(world.broker.holdfast("retry", job, "--json"))
    assert again["retried"] == 1, again
    gate.entered(times=2)
    gate.open()
    (done,) = world.desk.follow(job)
    assert (done["state"], done["attempt"]) == ("done", 2), done


@case()
def dead_task_is_handed_out_again_or_given_up(world):
    world.handler("later", "#!/bin/sh\n[ -e ok ] || exit 75\n")
    world.worker().up()
    holdfast = world.broker.holdfast
    job = world.desk.submit("later", "--pool", world.pool, "--attempts", 1)
    world.desk.follow(job, exit_code=1)
    (dead,) = _lines(holdfast("dead", "list", "--job", job, "--json"))
    assert (dead["state"], dead["reason"]) == ("dead", "exit 75: try again later"), dead
    requeued = holdfast("dead", "requeue", f"{job}/1", "--attempts", 1, "--json")
    assert json.loads(requeued.stdout) == {"requeued": 1}
    assert _lines(holdfast("dead", "list", "--job", job, "--json")) == []
    world.desk.follow(job, exit_code=1)
    dropped = holdfast("dead", "drop", "--all", "--job", job, "--json")
    assert json.loads(dropped.stdout) == {"dropped": 1}
    (task,) = _lines(holdfast("tasks", job, "--json"))
    assert task["state"] == "cancelled" and "given up by hand" in task["reason"], task


@case()
def log_is_followed_while_the_task_runs(world):
    world.handler("talker", "#!/bin/sh\nfor i in 1 2 3 4 5; do echo line $i >&2; sleep 0.4; done\n")
    worker = world.worker()
    job = world.desk.submit("talker", "--pool", world.pool)
    follower = world.broker.holdfast
    worker.up()
    said = follower("logs", "-f", f"{job}/1", timeout=60).stdout
    assert "line 5" in said, said
    assert "line 5" in follower("logs", f"{job}/1").stdout


@case()
def what_a_queue_has_lost_is_published_again_and_waiting_tasks_are_purged(world):
    holdfast = world.broker.holdfast
    worker = world.worker()
    jobs = [world.desk.submit("echo", text, "--pool", world.pool) for text in ("one", "two")]
    world.pause(11)  # what was queued just now is not judged
    world.tester.channel.queue_purge(world.queue)
    until("the broker counts none", lambda: world.management.depth(world.queue) == 0)

    def published_again():
        result = holdfast("reconcile", "--json", exit_code=None)
        return result.returncode == 0 and world.management.depth(world.queue) == 2

    until("both are in their queue again", published_again, within_s=60)
    worker.up()
    for job in jobs:
        world.desk.all_done_once(job)
    worker.close()
    job = world.desk.submit("echo", "three", "--pool", world.pool)
    said = holdfast("purge", world.pool, exit_code=2).stderr
    assert "--yes" in said, said
    assert json.loads(holdfast("purge", world.pool, "--yes", "--json").stdout)["cancelled"] == 1
    world.tester.empty(world.queue, for_s=0.3)
    assert world.desk.counted(job)[0][1] == "cancelled"

    nowhere = f"{world.pool}-nowhere"
    job = world.desk.submit("echo", "four", "--pool", nowhere, exit_code=1)
    said = holdfast("purge", nowhere, "--yes").stdout
    assert "1 cancelled, it has no queue" in said and world.desk.counted(job)[0][1] == "cancelled", said
    said = holdfast("purge", nowhere, "--yes", exit_code=2).stderr
    assert f"there is no pool {nowhere}: the broker has no queue hf.q.tasks.{nowhere}" in said, said


@case()
def what_a_board_has_in_hand_outlives_a_purge_and_is_stopped_by_a_cancel_after_it(world):
    worker = world.worker().up()
    gate = world.gate()
    job = world.desk.submit("gate", "--pool", world.pool)
    pid = int(gate.entered()[2])
    world.broker.holdfast("purge", world.pool, "--yes")
    assert process.alive(pid)
    world.broker.holdfast("cancel", job)
    worker.saw(r" task\.ended .*status=cancelled ")
    until("its process is gone", lambda: not process.alive(pid))


@case()
def result_of_a_user_that_was_never_enrolled_is_refused_and_shown(world):
    world.worker()  # a board is enrolled here, so not everybody may report
    job = world.desk.submit("echo", "x", "--pool", world.pool)
    task = world.desk.counted(job)[0][0]
    headers = {"hf-status": "done", "hf-attempt": 1, "hf-exit": 0}
    world.tester.publish(
        "hf.results", "result.tester", b"lie", message_id=task, user_id="tester", headers=headers
    )
    until("it was taken in", lambda: any(
        stray["task"] == task and "never enrolled" in stray["reason"]
        for stray in _lines(world.broker.holdfast("results", "--strays", "--json"))
    ))  # fmt: skip
    assert world.desk.counted(job)[0][1] == "queued"


@case()
def submit_says_when_nobody_is_there_for_its_tasks(world):
    worker = world.worker().up()
    world.broker.holdfast("ping", worker.name)
    said = world.broker.holdfast("submit", "echo", "x", "--pool", world.pool).stderr
    assert "note:" not in said, said
    said = world.broker.holdfast("submit", "no-such", "x", "--pool", world.pool).stderr
    assert 'has the handler "no-such"' in said, said
    said = world.broker.holdfast("submit", "echo", "x", exit_code=None, timeout=60).stderr
    assert "note: no board is enrolled for pool default" in said or "online" in said, said


# --- Every command's JSON ---

NEEDS_NO_RUN = {"up", "down", "use", "deploy", "serve", "map", "completion", "help", "purge", "retire",
                "enroll", "doctor", "reconcile",
                "update", "flash"}  # fmt: skip


def _keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


@case()
def json_of_every_command_is_read_and_each_key_is_documented(world):
    holdfast = world.broker.holdfast
    worker = world.worker().up()
    words = (ROOT / "host" / "README.md").read_text()
    documented = set(re.findall(r"`([a-z][a-z0-9_]*)`", words))
    job = world.desk.submit("echo", "hi", "--pool", world.pool)
    world.desk.follow(job)
    asked = {
        "status": ["status"],
        "submit": ["submit", "echo", "--pool", world.pool],
        "run": ["run", "echo", "x", "--pool", world.pool],
        "results": ["results", job],
        "jobs": ["jobs", "--limit", 3],
        "tasks": ["tasks", job],
        "task": ["task", f"{job}/1"],
        "logs": ["logs", f"{job}/1"],
        "cancel": ["cancel", job],
        "retry": ["retry", f"{job}/1"],
        "dead": ["dead", "list"],
        "boards": ["boards"],
        "board": ["board", worker.name],
        "labels": ["labels"],
        "ping": ["ping", worker.name],
        "drain": ["drain", worker.name],
        "resume": ["resume", worker.name],
        "reload": ["reload", worker.name],
        "rotate": ["rotate", worker.name, "--wait", "2s"],
        "watch": ["watch", "--once"],
        "schedule": ["schedule", "list"],
        "ledger": ["ledger", "check"],
        "handler": ["handler", "list"],
    }
    lines = holdfast("completion", "--words", "--", "").stdout.splitlines()
    for command in [line.split("\t")[0] for line in lines]:
        options = holdfast("completion", "--words", "--", command, "--").stdout
        if "--json" not in options or command in NEEDS_NO_RUN:
            continue
        assert command in asked, f"no test reads the JSON of holdfast {command}"
        text = holdfast(*asked[command], "--json", exit_code=None, timeout=60).stdout
        try:
            found = [json.loads(text)] if text.strip() else []
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.splitlines()]
        unknown = set(_keys(found)) - documented
        assert not unknown, f"holdfast {command} --json: not in host/README.md: {unknown}"


@case()
def board_at_work_is_shown_with_the_place_of_its_task(world):
    gate, worker = world.gate(), world.worker().up()
    job = world.desk.submit("gate", "x", "--pool", world.pool)
    gate.entered()

    def row(*words):
        lines = world.broker.holdfast(*words).stdout.splitlines()
        return next((line.split() for line in lines if line.startswith(f"{worker.name} ")), [])

    for words in (["boards", "--pool", world.pool], ["watch", "--once"]):
        until("it is shown at work", lambda: "busy" in row(*words) and f"{job}/1" in row(*words))
    shown = world.broker.holdfast("board", worker.name).stdout
    assert re.search(rf"^in hand +{job}/1$", shown, re.MULTILINE), shown
    gate.open()
    world.desk.all_done_once(job)
    until("it is shown at rest", lambda: "idle" in row("boards"))


# --- A terminal ---


@case()
def output_of_a_board_gives_a_terminal_no_orders(world):
    world.handler("paint", "#!/bin/sh\nprintf 'a\\033[2Jb\\n'\n")
    world.worker().up()
    told = world.broker.holdfast("run", "paint", "--pool", world.pool)
    assert told.stdout == "a\033[2Jb\n", "byte for byte into a pipe"
    home, pool = shlex.quote(str(world.broker.home)), shlex.quote(world.pool)
    terminal = Terminal(world)
    for verb in ("run", "map"):
        terminal.enter(f"clear; echo x | HOLDFAST_HOME={home} {HOLDFAST} {verb} paint --pool {pool}; echo {verb} left with $?")
        until("it has come", lambda verb=verb: f"{verb} left with 0" in terminal.screen(), 60)
        assert re.search(r"^a\\x1b\[2Jb$", terminal.screen(), re.MULTILINE), terminal.screen()


@case()
def watch_fills_the_screen_and_q_leaves_it(world):
    worker = world.worker().up()
    world.broker.holdfast("ping", worker.name)
    terminal = Terminal(world)
    home = shlex.quote(str(world.broker.home))
    terminal.enter(f"HOLDFAST_HOME={home} {HOLDFAST} watch; echo left with $?")
    until("the board is on the screen",
          lambda: worker.name in terminal.screen() and "JOB" in terminal.screen())  # fmt: skip
    assert "left with" not in terminal.screen()
    until("it is drawn again", lambda: "q leaves" in terminal.screen())
    terminal.keys("q")
    until("the shell is back", lambda: "left with 0" in terminal.screen())
    assert "BOARD" not in terminal.screen(), "the screen of before is not back"
    terminal.enter(f"HOLDFAST_HOME={home} NO_COLOR=1 {HOLDFAST} doctor; echo left with $?")
    until("the doctor has looked", lambda: re.search(r"\d+ fine", terminal.screen()))
