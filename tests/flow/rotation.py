"""New keys for boards at work, for the broker, and for the authorities that they trust."""

import json
import re

from lib import process
from lib.case import case
from lib.certs import Authority

OWN_BROKER = True  # its authorities change


def _openssl(*words, text=b""):
    """What it prints."""
    return process.run(["openssl", *words], input=text, text=False).stdout


def _renewable(world, suffix="a"):
    bundle = world.enroll(world.board_name(suffix))
    return world.worker(suffix, require_signature=str(bundle / "manager.pub"))


def _certificates(world, board):
    """Of each that is good, the newest first: its serial."""
    return [serial for (serial,) in world.desk.ledger(
        "SELECT serial FROM certificates WHERE board = ? AND revoked_ms = 0 ORDER BY n DESC",
        board)]  # fmt: skip


def _listed(world):
    """The serials that the broker refuses."""
    (file,) = (world.broker.home / "pki" / "crl").glob("*.r0")
    said = _openssl("crl", "-in", file, "-noout", "-text").decode()
    return set(re.findall(r"Serial Number: (\w+)", said))


def _used(world, worker):
    """The serial of what it would connect with after a start."""
    text = (worker.folder / "state" / "identity.pem").read_bytes()
    return _openssl("x509", "-noout", "-serial", text=text).decode().strip().split("=")[1]


@case()
def board_gets_a_new_key_over_the_connection_that_it_has(world):
    worker, away = _renewable(world).up(), _renewable(world, "b")
    before = _certificates(world, worker.name)
    said = world.broker.holdfast("rotate", worker.name, away.name, "--wait", "10s", "--json",
                                 exit_code=1)  # fmt: skip
    first, second = map(json.loads, said.stdout.splitlines())
    assert first["state"] == "renewed" and second["state"] in ("waits", "kept"), said.stdout
    worker.saw("identity.renewed")
    after = _certificates(world, worker.name)
    assert _listed(world) >= set(before), "the one before opens no connection any more"
    assert len(after) == 1 and after != before and _used(world, worker) == after[0], (before, after)
    assert (worker.folder / "state" / "identity.pem").stat().st_mode & 0o777 == 0o600
    assert not (worker.folder / "state" / "identity.key").exists()
    worker.kill()
    worker.start()  # the old one would be refused by the ledger now
    world.desk.all_done_once(world.desk.submit("echo", "again", "--to", worker.name))
    assert len(_certificates(world, away.name)) == 1
    assert "until" in world.broker.holdfast("board", worker.name).stdout
    said = world.broker.holdfast("rotate", "nobody", exit_code=2)
    assert '"nobody"' in said.stderr


def _upkeep(world, worker, handler, payload="", state="done"):
    (result,) = world.desk.follow(world.desk.upkeep(handler, payload.encode(), worker.name), exit_code=None)
    assert result["state"] == state, result
    return result


@case()
def certificate_that_the_broker_refuses_is_given_up_for_the_one_before(world):
    worker = _renewable(world).up()
    stranger = Authority(world.folder / "stranger", "Stranger")
    request = world.folder / "renew.csr"
    request.write_text(_upkeep(world, worker, "hf-csr")["output"])
    refused = _upkeep(world, worker, "hf-renew", "not a certificate", state="failed")
    assert "no certificate" in refused["log_tail"], refused
    other = stranger.issue(worker.name, "clientAuth")
    refused = _upkeep(world, worker, "hf-renew", other.cert.read_text(), state="failed")
    assert "does not belong" in refused["log_tail"], refused
    signed = _openssl("x509", "-req", "-in", request, "-CA", stranger.pair.cert, "-CAkey",
                      stranger.pair.key, "-CAcreateserial", "-days", "30")  # fmt: skip
    _upkeep(world, worker, "hf-renew", signed.decode())
    worker.saw("identity.refused", within_s=60)
    worker.saw("link.up", times=2, within_s=60)
    assert not (worker.folder / "state" / "identity.new.pem").exists()
    world.desk.all_done_once(world.desk.submit("echo", "still here", "--to", worker.name))


def _renew(world, worker, *authorities):
    """As `rotate` does it, but with these authorities after the certificate; what the board says."""
    request = world.folder / "renew.csr"
    request.write_text(_upkeep(world, worker, "hf-csr")["output"])
    ca = world.broker.home / "pki" / "device-ca"
    signed = _openssl("x509", "-req", "-in", request, "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                      "-CAserial", world.folder / "serial", "-CAcreateserial",
                      "-days", "30").decode()  # fmt: skip
    text = signed + "".join(path.read_text() for path in authorities)
    _upkeep(world, worker, "hf-renew", text)


@case()
def authorities_that_come_with_a_certificate_take_the_place_of_those_before(world):
    worker, stranger = _renewable(world).up(), Authority(world.folder / "stranger", "Stranger")
    _renew(world, worker, stranger.pair.cert)
    said = worker.saw(r"identity.refused", within_s=60)
    assert said and worker.count("not by a CA") >= 3, "the broker is none of that authority's"
    worker.saw("link.up", times=2, within_s=60)
    _renew(world, worker, stranger.pair.cert, world.broker.ca)
    worker.saw("identity.renewed")
    worker.saw("link.up", times=3)
    worker.kill()
    worker.set(tls={"ca": str(stranger.pair.cert)})  # what came later counts
    worker.start()
    worker.saw("link.up", times=4)


@case()
def renewal_is_done_for_the_manager_alone_and_in_the_boards_own_queue(world):
    worker, careless = _renewable(world).up(), world.worker("b").up()
    results = world.results_of()
    world.desk.upkeep("hf-csr", b"x", careless.name)
    assert "require_signature" in world.tester.result(results).reason
    world.task("hf-csr")
    refused = world.tester.result(results)
    assert refused.status == "refused", refused
    assert worker.count("identity") == 0


def _served(world):
    """The serial of the certificate that the broker shows."""
    said = process.run(["openssl", "s_client", "-connect", f"127.0.0.1:{world.broker.port}",
                        "-CAfile", world.broker.ca, "-verify_return_error"]).stdout  # fmt: skip
    return _openssl("x509", "-noout", "-serial", text=said.encode()).decode().strip()


@case()
def broker_takes_up_a_new_key_at_once_and_no_board_notices(world):
    worker = world.worker().up()
    before, key = _served(world), world.broker.home / "pki" / "broker.key"
    old_key = key.read_text()
    done = json.loads(world.broker.holdfast("rotate", "broker", "--json").stdout)
    assert done["in_use"] is True, done
    assert _served(world) != before and key.read_text() != old_key
    newcomer = world.worker("b").up()
    assert newcomer.count(r" link\.down ") == 0
    world.desk.all_done_once(world.desk.submit("echo", "still here", "--to", worker.name))
    assert worker.count(r" link\.down ") == 0
    told = json.loads(world.broker.holdfast("doctor", "--all", "--json").stdout)["findings"]
    assert any("the broker's certificate is good until" in finding["text"] for finding in told), told
    key.write_text(old_key)
    told = json.loads(world.broker.holdfast("doctor", "--json", exit_code=1).stdout)["findings"]
    assert any("does not fit its key" in f["text"] and f["mend"] == "holdfast up" for f in told), told
    world.broker.holdfast("up", timeout=180)
    world.broker.holdfast("doctor")


def _elsewhere(world):
    """A data folder that names a company's broker."""
    home, pki = world.folder / "elsewhere", world.broker.home / "pki"
    home.mkdir()
    (home / "broker.json").write_text(json.dumps({
        "host": "mq.example.org", "tls": {"ca": str(world.broker.ca), "cert": f"{pki}/manager.pem",
                                          "key": f"{pki}/manager.key"}}))  # fmt: skip
    return home


@case()
def broker_elsewhere_gets_no_key_from_here(world):
    said = world.broker.holdfast("rotate", "broker", exit_code=2, env=process.environment(
        HOLDFAST_HOME=_elsewhere(world))).stderr  # fmt: skip
    assert "mq.example.org" in said and "who runs it" in said, said
    said = world.broker.holdfast("rotate", "broker", exit_code=3, env=process.environment(
        HOLDFAST_HOME=world.folder / "nothing")).stderr  # fmt: skip
    assert "holdfast up" in said, said


@case()
def option_that_such_a_rotation_does_not_take_is_refused(world):
    for words, why in ((["nobody", "--finish"], "rotate ca"), (["--all", "--force"], "rotate ca"),
                       (["ca", "--all"], "no --all"), (["ca", "--force"], "--finish"),
                       (["broker", "--wait", "2s"], "--wait"),
                       (["--force", "ca"], "--finish"), (["--wait", "2s", "broker"], "--wait")):  # fmt: skip
        said = world.broker.holdfast("rotate", *words, exit_code=2).stderr
        assert why in said, (words, said)


@case()
def authorities_of_a_broker_elsewhere_are_not_ours_to_renew(world):
    said = world.broker.holdfast("rotate", "ca", exit_code=2, env=process.environment(
        HOLDFAST_HOME=_elsewhere(world))).stderr  # fmt: skip
    assert "mq.example.org" in said and "who runs it" in said, said
    said = world.broker.holdfast("rotate", "ca", "--finish", exit_code=1).stderr
    assert "no new authorities" in said, said
