"""New authorities take the place of the old ones while boards are at work."""

import json
import signal
import time

from lib import process
from lib.case import case
from lib.until import until

OWN_BROKER = True  # its authorities change


def _findings(world):
    said = world.broker.holdfast("doctor", "--json", exit_code=None).stdout
    return [f for f in json.loads(said)["findings"] if f["check"] == "authorities"]


def _is_signed_by(certificate, authority):
    return process.run(["openssl", "verify", "-partial_chain", "-CAfile", authority,
                        certificate]).returncode == 0  # fmt: skip


class _Flow:
    """Tasks that go out one after the other while something else goes on."""

    def __init__(self, world, boards):
        self.world, self.boards, self.jobs = world, boards, []

    def more(self, count=4):
        for _ in range(count):
            for board in self.boards:
                self.jobs.append(self.world.desk.submit("echo", "x", "--to", board.name))

    def all_done(self):
        for job in self.jobs:
            self.world.desk.all_done_once(job)


def _cut_off(world, *words, after_s):
    """The command, killed; false when it was over before."""
    command = world.desk.start(*words)
    time.sleep(after_s)
    command.send_signal(signal.SIGKILL)
    return command.wait() == -signal.SIGKILL


def _renewable(world, suffix="a"):
    bundle = world.enroll(world.board_name(suffix))
    return world.worker(suffix, require_signature=str(bundle / "manager.pub"))


def _is_alone(world):
    """The boards of the case before are retired: they would be waited for."""
    for line in world.broker.holdfast("boards", "--json", "--offline").stdout.splitlines():
        board = json.loads(line)["board"]
        if not board.startswith(f"{world.name}-"):
            world.broker.holdfast("retire", board, "--force")


@case()
def new_authorities_take_over_while_boards_work_and_commands_are_killed(world):
    pki, holdfast = world.broker.home / "pki", world.broker.holdfast
    boards = [_renewable(world, suffix).up() for suffix in "abc"]
    away = _renewable(world, "z")
    old_server, old_device = world.folder / "old-server.pem", world.folder / "old-device.pem"
    old_server.write_text((pki / "server-ca.pem").read_text())
    old_device.write_text((pki / "device-ca.pem").read_text())
    flow = _Flow(world, boards)
    flow.more()
    cuts = sum(_cut_off(world, "rotate", "ca", after_s=s) for s in (0.02, 0.05, 0.3, 0.7, 1.2))
    assert cuts >= 3, cuts
    flow.more()
    assert "rotate ca" in _findings(world)[0]["mend"]
    said = holdfast("rotate", "ca", "--wait", "10s", "--json", exit_code=1, timeout=90).stdout
    states = {row["board"]: row["state"] for row in map(json.loads, said.splitlines())}
    assert states.pop(away.name) in ("waits", "kept"), states
    assert set(states.values()) <= {"renewed"}, states
    flow.more()
    said = holdfast("rotate", "ca", "--finish", exit_code=1).stderr
    assert away.name in said and not any(board.name in said for board in boards), said
    assert not _renewable(world, "new").up().count(r" link\.down "), "enrolled meanwhile, good for both"
    away.up()  # with what it has of before
    holdfast("rotate", "ca", timeout=90)
    assert _findings(world)[0]["mend"] == "holdfast rotate ca --finish", _findings(world)
    flow.more()
    cuts = sum(_cut_off(world, "rotate", "ca", "--finish", after_s=s) for s in (0.05, 0.4, 1.0))
    assert cuts >= 2, cuts
    holdfast("rotate", "ca", "--finish", timeout=90, exit_code=None)
    until("nothing is under way", lambda: not _findings(world))
    flow.more()
    flow.all_done()
    for board in (*boards, away):
        board.restart()
        world.desk.all_done_once(world.desk.submit("echo", "new", "--to", board.name))
    assert _is_signed_by(pki / "broker.pem", pki / "server-ca.pem")
    assert not _is_signed_by(pki / "broker.pem", old_server)
    assert not _is_signed_by(pki / "manager.pem", old_device)
    assert (pki / "server-ca.pem").read_text().count("BEGIN") == 1
    assert len(list((pki / "crl").glob("*.r0"))) == 1, "the old authority's list is gone"
    holdfast("rotate", "--all", timeout=90)
    for board in boards:
        text = (board.folder / "state" / "identity.pem").read_text()
        assert text.count("BEGIN CERTIFICATE") == 2, "the old authority is forgotten there too"


@case()
def board_that_is_left_behind_by_force_is_refused_and_may_be_enrolled_anew(world):
    _is_alone(world)
    board, gone = _renewable(world).up(), _renewable(world, "b")
    world.broker.holdfast("rotate", "ca", "--wait", "10s", exit_code=1, timeout=90)
    world.broker.holdfast("rotate", "ca", "--finish", "--force", timeout=90)
    assert not _findings(world)
    gone.start()
    gone.saw("not by a CA in tls.ca")
    board.restart()
    world.desk.all_done_once(world.desk.submit("echo", "on", "--to", board.name))
    bundle = world.folder / "bundles" / gone.name
    world.broker.holdfast("enroll", gone.name, "--pool", world.pool, "--out", bundle, "--force")
    gone.restart()
    world.desk.all_done_once(world.desk.submit("echo", "back", "--to", gone.name))
