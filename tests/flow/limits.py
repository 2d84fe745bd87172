"""What a task may do and use, and for how long."""

import json
import os
import pathlib
import shutil
import tempfile

from lib.case import Skip, case
from lib.until import until


class _Public:
    """A folder that every user may go through, as /etc/holdfast and /var/lib/holdfast are."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="holdfast-public."))
        self.path.chmod(0o755)
        for folder in self.path.parents:
            if not folder.stat().st_mode & 0o001:
                raise Skip(f"other users may not go through {folder}")

    def close(self):
        shutil.rmtree(self.path)

    def handler(self, name, script):
        program = self.path / "handlers" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)


WHO = """#!/bin/sh
echo "$(id -u) $(ulimit -n) $(pwd) $HOME"
touch mine
if cat "$HOME/../../lock" "$HOME/../../journal" /proc/1/environ; then echo "sees too much"; fi 2>/dev/null
"""


@case()
def handlers_of_a_root_worker_are_nobody_within_bounds_and_leave_nothing(world):
    if os.geteuid() != 0:
        raise Skip("not root: handlers run as the user that the worker runs as")
    public = world.keep(_Public())
    public.handler("who", WHO)
    public.handler("burn", "#!/bin/sh\nwhile :; do :; done\n")
    worker = world.worker(task_user=None, state=str(public.path / "state"), limits={"cpu_s": 20},
                          handlers=str(public.path / "handlers"))  # fmt: skip
    events = world.tester.listen("hf.events", f"facts.{worker.name}")
    worker.up()
    told = json.loads(world.tester.get(events)[2])["limits"]
    wanted = {"user", "rlimit", "memory", "processes", "no-new-privs", "oom-score"}
    assert wanted <= set(told), f"{told}"
    log = worker.saw(r'worker\.limits in_force="([^"]*)"( no_cgroup="[^"]+")?')
    assert log[1].split() == told and ("cgroup" in told) == (log[2] is None), log[0]

    results = world.results_of(worker)
    folder = public.path / "state" / "work" / "0"
    for files, found in ((None, 1024), (30, 30), (5000, 1024)):  # a task may only tighten
        world.task("who", headers=files and {"hf-limit-files": files})
        result = world.tester.result(results)
        assert (result.status, result.body.decode()) == ("done", f"65534 {found} {folder} {folder}\n")
    until("its folder is empty", lambda: not list(folder.iterdir()))

    world.task("burn", headers={"hf-limit-cpu-s": 1})
    result = world.tester.result(results)
    assert result.status == "retry", result
    assert result.reason == "used up its 1 s of processor time (limit cpu_s)", result.reason
    world.task("echo", "a built-in goes on as before")
    assert world.tester.result(results).status == "done"
    world.task("who", headers={"hf-limit-memory-mb": -1})
    result = world.tester.result(results)
    assert result.status == "refused" and "hf-limit-memory-mb is -1" in result.reason, result


SPOILED = {
    "closed": "mkdir in && touch in/file && chmod 0 in .",
    "deep": "for i in $(seq 200); do mkdir a && cd a || exit 1; done",
}


@case()
def folder_that_a_task_left_closed_or_deep_is_empty_for_the_next_one(world):
    public = world.keep(_Public())
    public.handler("next", "#!/bin/sh\nls -A | wc -l\n")
    for name, script in SPOILED.items():
        public.handler(name, f"#!/bin/sh\n{script}\n")
    worker = world.worker(task_user=None, state=str(public.path / "state"),
                          handlers=str(public.path / "handlers")).up()  # fmt: skip
    results = world.results_of(worker)
    for spoil in SPOILED:
        for handler, body in ((spoil, b""), ("next", b"0\n")):
            world.task(handler)
            result = world.tester.result(results)
            assert (result.status, result.body) == ("done", body), result


@case()
def worker_that_may_not_give_handlers_their_user_says_so_and_does_not_start(world):
    worker = world.worker(task_user="no-such-user").start()
    assert worker.exit_code() == 2
    assert 'task_user is "no-such-user"' in worker.log, worker.log


@case()
def at_its_soft_time_limit_a_task_is_asked_to_end_and_at_the_hard_one_it_is_ended(world):
    world.handler("careful", "#!/bin/sh\ntrap 'echo saved; exit 0' TERM\nsleep 60 &\nwait\n")
    world.handler("deaf", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n")
    worker = world.worker(kill_grace_s=60).up()
    results = world.results_of(worker)
    world.task("careful", headers={"hf-soft-timeout-ms": 500})
    result = world.tester.result(results)
    assert (result.status, result.body) == ("done", b"saved\n"), result
    world.task("sleep", "60", headers={"hf-soft-timeout-ms": 500})
    result = world.tester.result(results)
    assert result.status == "retry", result
    assert result.reason == "ended at its soft time limit of 500 ms", result.reason
    world.task("deaf", headers={"hf-soft-timeout-ms": 500, "hf-timeout-ms": 1000})
    result = world.tester.result(results)
    assert (result.status, result.reason) == ("retry", "timed out after 1 s"), result
    assert result.headers["hf-duration-ms"] < 10000
    world.task("echo", headers={"hf-soft-timeout-ms": 1000, "hf-timeout-ms": 1000})
    result = world.tester.result(results)
    assert result.status == "refused" and "less than hf-timeout-ms" in result.reason, result


@case()
def submit_gives_a_task_its_limits_and_refuses_a_time_that_the_broker_does_not_give(world):
    home = world.own_desk()
    queue = f"{world.name}-queue"
    world.management.put_queue(queue)
    home.submit("who", "--queue", queue, "--timeout", "1h", "--soft-timeout", "50m",
                "--limit", "memory_mb=64", "--limit", "cpu_s=10")  # fmt: skip
    headers = world.tester.get(queue)[1].headers
    headers.pop("x-delivery-count", None)
    assert headers.pop("hf-sig"), "it is signed"
    assert headers == {"hf-timeout-ms": 3600000, "hf-soft-timeout-ms": 3000000,
                       "hf-limit-memory-mb": 64, "hf-limit-cpu-s": 10}, headers  # fmt: skip

    def refused(*words):
        result = home.broker.holdfast("submit", "who", *words, exit_code=2)
        assert not home.ledger("SELECT 1 FROM jobs WHERE n > 1"), "nothing is kept"
        return result.stderr

    said = refused("--limit", "memory=64")
    assert '"memory=64" is no limit' in said and "memory_mb=N" in said, said
    said = refused("--limit", "cpu_s=0")
    assert "from 1 to 604800" in said, said
    said = refused("--timeout", "10s", "--soft-timeout", "10s")
    assert "--soft-timeout is 10000 ms" in said and "less than --timeout" in said, said
    settings = home.broker.home / "broker.json"
    told = json.loads(settings.read_text()) | {"consumer_timeout_s": 1800}
    settings.write_text(json.dumps(told))
    said = refused("--timeout", "2h")
    assert "7200 s" in said and "1800 s (its consumer_timeout)" in said, said


@case()
def body_that_the_disk_has_no_room_for_is_not_taken_and_the_numbers_are_said(world):
    worker = world.worker(disk_reserve_mb=1048576).up()
    results = world.results_of(worker)
    world.task("sha256", bytes(200_000))
    result = world.tester.result(results)
    assert result.status == "retry", result
    for words in ("200000 bytes", "1048576 MiB are kept (disk_reserve_mb)"):
        assert words in result.reason, result.reason
    world.task("sha256", bytes(20_000))  # stays in memory
    assert world.tester.result(results).status == "done"
