"""Handlers that the manager pushes to boards: signed, whole sets, swapped at once."""

import io
import json
import os
import tarfile

from lib.case import case
from lib.signer import Signer
from lib.until import until


def _board(world, suffix="a"):
    bundle = world.enroll(world.board_name(suffix))
    worker = world.worker(suffix, require_signature=str(bundle / "manager.pub")).up()
    world.desk.hears(worker)
    return worker


def _folder(world, name, **files):
    folder = world.folder / name
    folder.mkdir()
    for file, text in files.items():
        (folder / file).write_text(text)
        (folder / file).chmod(0o755 if text.startswith("#!") else 0o644)
    return folder


def _push(world, *words, exit_code=0):
    result = world.broker.holdfast("handler", "push", *words, "--json", exit_code=exit_code)
    return {row["board"]: row for row in map(json.loads, result.stdout.splitlines())}


def _says(world, worker, handler):
    (done,) = world.desk.all_done_once(world.desk.submit(handler, "--to", worker.name))
    return done["output"].strip()


def _handlers(world, worker):
    return world.desk.boards()[worker.name]["handlers"]


@case()
def pushed_handlers_run_and_take_the_place_of_the_set_before_at_once(world):
    workers = [_board(world, suffix) for suffix in "ab"]
    worker = workers[0]
    world.handler("own", "#!/bin/sh\necho own\n")
    world.handler("both", "#!/bin/sh\necho from the folder\n")
    one = _folder(world, "one", both="#!/bin/sh\necho pushed\n", words="text",
                  reads='#!/bin/sh\ncat "$(dirname "$0")/words"\n', old="#!/bin/sh\n")  # fmt: skip
    rows = _push(world, one, "--pool", world.pool)
    assert [rows[w.name]["state"] for w in workers] == ["done", "done"], rows
    assert json.loads(rows[worker.name]["text"])["handlers"] == ["both", "old", "reads", "words"]
    worker.saw(r" link\.up ", times=2)  # it has read its settings again
    assert _says(world, worker, "both") == "pushed"
    assert _says(world, worker, "own") == "own"
    assert _says(world, worker, "reads") == "text"
    until("the manager knows them", lambda: {"both", "reads", "own", "old"} <= set(
        _handlers(world, worker)))  # fmt: skip
    assert _handlers(world, worker).count("both") == 1

    for version in ("two", "three"):
        _push(world, _folder(world, version, both=f"#!/bin/sh\necho {version}\n"), worker.name)
    worker.saw(r" link\.up ", times=4)
    assert _says(world, worker, "both") == "three"
    (old,) = world.desk.follow(world.desk.submit("old", "--to", worker.name), exit_code=None)
    assert old["state"] == "refused", old
    sets = [name for name in os.listdir(worker.folder / "state" / "handlers") if name != "mark"]
    assert len(sets) == 2, sets
    worker.restart()
    assert _says(world, worker, "both") == "three"

    _push(world, _folder(world, "none"), worker.name)
    worker.saw(r" link\.up ", times=6)
    assert _says(world, worker, "both") == "from the folder"


def _tar(*entries):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text, changes in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.size = 0o755, len(text)
            for key, value in changes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(text))
    return data.getvalue()


@case()
def archive_with_anything_but_handlers_is_refused_and_changes_nothing(world):
    worker = _board(world)
    _push(world, _folder(world, "one", mine="#!/bin/sh\necho mine\n"), worker.name)
    worker.saw(r" link\.up ", times=2)
    before = sorted(os.listdir(worker.folder / "state" / "handlers"))
    good = ("good", b"#!/bin/sh\n", {})
    bad = {
        "a path": _tar(good, ("../out", b"x", {})),
        "an absolute path": _tar(good, ("/tmp/holdfast-out", b"x", {})),
        "a link": _tar(good, ("link", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})),
        "a file twice": _tar(good, good),
        "too many files": _tar(*((f"n{i}", b"", {}) for i in range(65))),
        "cut off": _tar(("long", b"x" * 5000, {}))[:2048],
        "text": b"no archive at all\n" * 100,
        "nothing": b"",
    }
    for what, data in bad.items():
        job = world.desk.upkeep("hf-handlers", data, worker.name)
        (result,) = world.desk.follow(job, exit_code=None)
        assert result["state"] == "failed" and result["log_tail"], (what, result)
        assert sorted(os.listdir(worker.folder / "state" / "handlers")) == before, what
    assert _says(world, worker, "mine") == "mine"
    assert not (worker.folder / "state" / "out").exists()


@case()
def older_set_that_is_sent_again_is_refused(world):
    worker = _board(world)
    _push(world, _folder(world, "new", both="#!/bin/sh\necho new\n"), worker.name)
    results, task = world.results_of(worker), "00000000-0000-7000-8000-000000000000"
    archive = _tar(("both", b"#!/bin/sh\necho old\n", {}))
    signer = Signer(world.broker.home / "pki" / "signing.key")
    signature = signer.task(task, f"board {worker.name}", archive, handler="hf-handlers")
    world.manager.publish("hf.tasks", f"device.{worker.name}", archive, message_id=task, type="hf-handlers",
                          user_id="manager", headers={"hf-sig": signature})  # fmt: skip
    result = world.tester.result(results)
    assert (result.task, result.status) == (task, "failed"), result
    assert "older than" in result.headers["hf-log-tail"], result
    assert _says(world, worker, "both") == "new"


@case()
def push_says_what_cannot_be_a_handler_before_it_touches_a_board(world):
    worker = _board(world)
    sub = _folder(world, "sub")
    (sub / "folder").mkdir()
    link = _folder(world, "link")
    (link / "link").symlink_to("/bin/sh")
    for words, code, why in (
        ([], 2, "handler push FOLDER"),
        ([sub], 2, "no plain file"),
        ([link, worker.name], 2, "no plain file"),
        ([_folder(world, "odd", **{"a b": "x"}), worker.name], 2, "cannot be a handler's name"),
        (["/nonexistent", worker.name], 2, "No such file"),
        ([_folder(world, "fine"), "nobody-here"], 2, "nobody-here"),
    ):
        result = world.broker.holdfast("handler", "push", *words, exit_code=code)
        assert why in result.stderr, (words, result.stderr)
    assert worker.count(r"task\.started") == 0
