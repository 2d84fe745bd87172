"""Who a board is: its key, its certificates, and the results that it signs. The attacker here has
the broker, or what was once a board's."""

import base64
import hashlib
import json
import re
import socket
import sqlite3
import ssl
import uuid

import pika

from lib import process
from lib.case import case
from lib.certs import Pair
from lib.paths import worker as worker_program
from lib.peer import Peer, parameters
from lib.until import until

OWN_BROKER = True  # the ledger collects what comes into hf.q.results

FIELDS = (("attempt", "hf-attempt", 0), ("exit", "hf-exit", -1), ("signal", "hf-signal", 0),
          ("started-ms", "hf-started-ms", 0), ("duration-ms", "hf-duration-ms", 0),
          ("peak-kb", "hf-peak-kb", 0), ("cpu-ms", "hf-cpu-ms", 0))  # fmt: skip


def _text(properties, body):
    """What PROTOCOL.md says is signed."""
    headers = properties.headers
    words = headers.get("hf-reason", "").encode() + b"\0" + headers.get("hf-log-tail", "").encode()
    lines = ["holdfast result 1", f"id {properties.message_id}",
             f"job {properties.correlation_id or ''}", f"board {properties.user_id}",
             f"status {headers['hf-status']}"]  # fmt: skip
    lines += [f"{name} {headers.get(header, absent)}" for name, header, absent in FIELDS]
    lines += [f"words {hashlib.sha256(words).hexdigest()}", f"body {hashlib.sha256(body).hexdigest()}"]
    return "".join(f"{line}\n" for line in lines).encode()


def _openssl(*words, text):
    result = process.run(["openssl", *words], input=text, text=False)
    return result.returncode == 0, result.stdout


def _verifies(world, certificate, properties, body):
    key, sig = world.folder / "public.pem", world.folder / "sig"
    key.write_bytes(_openssl("x509", "-in", certificate, "-noout", "-pubkey", text=b"")[1])
    sig.write_bytes(base64.b64decode(properties.headers["hf-sig"]))
    return _openssl("dgst", "-sha256", "-verify", key, "-signature", sig,
                    text=_text(properties, body))[0]  # fmt: skip


def _board(world, name):
    """A client with that board's bundle: what has its key, or only its place on the broker."""
    bundle = world.folder / "bundles" / name
    pair = Pair(bundle / "cert.pem", bundle / "key.pem")
    return world.keep(Peer(parameters(world.broker.port, bundle / "ca.pem", pair))), pair


def _task_for(world, board):
    job = world.desk.submit("echo", "x", "--to", board)
    return world.desk.ledger("SELECT id FROM tasks WHERE job = ?", job)[0][0]


def _state(world, task):
    world.broker.holdfast("results", exit_code=None)  # takes in what waits
    return world.desk.ledger("SELECT state FROM tasks WHERE id = ?", task)[0][0]


def _strays(world, task):
    lines = world.broker.holdfast("results", "--strays", "--json").stdout.splitlines()
    return [row for row in map(json.loads, lines) if row["task"] == task]


@case()
def result_is_signed_as_the_specification_says(world):
    worker = world.worker()
    bundle = world.folder / "bundles" / worker.name
    said = json.loads("\n".join(line for line in (bundle / "worker.json").read_text().splitlines()
                                if not line.startswith("//")))  # fmt: skip
    assert said["sign_results"] is True, said
    worker.up()
    world.handler("talk", "#!/bin/sh\necho words >&2; printf 'out\\n'; exit 3\n")
    results = world.results_of(worker)
    for handler, payload in (("echo", b"abc"), ("talk", b""), ("no-such", b""), ("echo", b"x" * 300000)):
        world.task(handler, payload, task=str(uuid.uuid4()))
        _, properties, body = world.tester.get(results)
        assert _verifies(world, bundle / "cert.pem", properties, body), (handler, properties)
        assert not _verifies(world, bundle / "cert.pem", properties, body + b"!"), handler


def _report(peer, board, task, key=None, change=None, body=b"forged"):
    """As the broker could: anything in the board's name, signed with that key or not at all."""
    properties = pika.BasicProperties(
        message_id=task, user_id=board, delivery_mode=2,
        headers={"hf-status": "done", "hf-attempt": 1, "hf-exit": 0})  # fmt: skip
    if key:
        signed = _openssl("dgst", "-sha256", "-sign", key, text=_text(properties, b"forged"))[1]
        properties.headers["hf-sig"] = base64.b64encode(signed).decode()
    properties.headers.update(change or {})
    peer.channel.basic_publish("hf.results", f"result.{board}", body, properties, mandatory=True)


@case()
def result_that_its_board_did_not_sign_ends_no_task_and_is_shown(world):
    worker = world.worker()  # enrolled, not there
    other = world.board_name("b")
    world.enroll(other)
    peer, pair = _board(world, worker.name)
    task = _task_for(world, worker.name)

    def publish(*words, **options):
        _report(peer, worker.name, task, *words, **options)

    thief = world.folder / "bundles" / other / "key.pem"
    bad = (("not signed", lambda: publish()),
           ("signature is not one", lambda: publish(thief)),
           ("signature is not one", lambda: publish(pair.key, {"hf-exit": 1})),
           ("signature is not one", lambda: publish(pair.key, {"hf-reason": "quite another"})),
           ("signature is not one", lambda: publish(pair.key, body=b"altered")),
           ("not signed", lambda: publish(pair.key, {"hf-sig": "A" * 4000})))  # fmt: skip
    for number, (why, act) in enumerate(bad, start=1):
        act()
        assert _state(world, task) == "queued", why
        strays = _strays(world, task)
        assert len(strays) == number and why in strays[0]["reason"], (why, strays)
    publish(pair.key)
    assert _state(world, task) == "done", "the board's own signature counts"


@case()
def result_of_before_a_power_cut_bears_its_signature_still(world):
    worker, proxy = world.proxied()
    worker.up()
    gate = world.gate()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    proxy.refuse()
    proxy.cut()
    gate.open()
    worker.saw("task.ended")
    until("the result is stored", lambda: list((worker.folder / "state").rglob("*.result")))
    worker.kill()
    proxy.accept()
    worker.start()
    (done,) = world.desk.all_done_once(job)
    assert len(gate.runs()) == 1, gate.runs()


@case()
def key_that_was_made_on_the_board_never_leaves_it(world):
    name, key = world.board_name("csr"), world.folder / "key.pem"
    request = world.folder / "request.csr"
    made = process.run([worker_program("generic-x86_64"), "--make-csr", name, "--key", key])
    assert made.returncode == 0 and "stays here" in made.stderr, made
    assert key.stat().st_mode & 0o777 == 0o600
    request.write_text(made.stdout)
    bundle = world.folder / "bundles" / name
    bundle.parent.mkdir(exist_ok=True)
    said = world.broker.holdfast("enroll", "another", "--csr", request, "--out", bundle, exit_code=2)
    assert f'request for "{name}"' in said.stderr, said
    altered = world.folder / "altered.csr"
    altered.write_text(made.stdout.replace("BEGIN CERTIFICATE REQUEST", "BEGIN NOTHING"))
    said = world.broker.holdfast("enroll", name, "--csr", altered, "--out", bundle, exit_code=None)
    assert said.returncode != 0 and "--make-csr" in said.stderr, said
    world.broker.holdfast("enroll", name, "--csr", request, "--pool", world.pool, "--out", bundle)
    assert not (bundle / "key.pem").exists()
    worker = world.worker("csr")
    worker.set(tls={"key": str(key)})
    worker.up()
    world.desk.all_done_once(world.desk.submit("echo", "hello", "--to", name))


@case()
def board_of_a_known_kind_is_enrolled_with_the_steps_for_that_kind(world):
    name = world.board_name("kind")
    enroll = ("enroll", name, "--out", world.folder / "kind", "--board")
    said = world.broker.holdfast(*enroll, "raspberry-pi-99", exit_code=2)
    assert '"raspberry-pi-99"' in said.stderr and "raspberry-pi-zero" in said.stderr, said
    assert not (world.folder / "kind").exists()
    said = world.broker.holdfast(*enroll, "generic-x86_64").stdout
    assert f"scp {worker_program('generic-x86_64')} root@{name}:" in said, said
    known = json.loads(world.broker.holdfast(*enroll, "generic-x86_64", "--force", "--json").stdout)
    assert known["preset"] == "generic-x86_64" and known["built"], known


@case()
def of_commands_that_enroll_one_board_at_once_each_makes_a_whole_bundle_or_none(world):
    name = world.board_name()
    bundle = world.folder / "bundles" / name

    def at_once(*words):
        enroll = ("enroll", name, "--pool", world.pool, "--out", bundle, *words)
        commands = [world.desk.start(*enroll) for _ in range(4)]
        codes = sorted(command.wait() for command in commands)
        halves = [_openssl("pkey", "-in", bundle / "key.pem", "-pubout", text=b"")[1],
                  _openssl("x509", "-in", bundle / "cert.pem", "-noout", "-pubkey", text=b"")[1]]  # fmt: skip
        assert halves[0] and halves[0] == halves[1], "the certificate is not for the key beside it"
        good = world.desk.ledger("SELECT pem FROM certificates WHERE board = ? AND revoked_ms = 0", name)
        assert [row[0] for row in good] == [(bundle / "cert.pem").read_text()], good
        return codes

    assert at_once() == [0, 1, 1, 1], "one makes it, the others find it there"
    assert at_once("--force") == [0, 0, 0, 0]


@case()
def board_that_is_enrolled_again_is_let_in_and_believed_by_its_new_key_alone(world):
    worker, other = world.worker(), world.worker("b").up()
    old, fresh = world.folder / "bundles" / worker.name, world.folder / "fresh"
    world.broker.holdfast("enroll", worker.name, "--pool", world.pool, "--out", fresh, "--keep-old")
    worker.up()
    world.desk.all_done_once(world.desk.submit("echo", "overlap", "--to", worker.name))
    world.broker.holdfast("enroll", worker.name, "--pool", world.pool, "--out", fresh, "--force")
    worker.saw(r" link\.down ")
    said = worker.saw(r"certificate_revoked.*")[0]
    assert "enroll this board again" in said, said
    task = _task_for(world, worker.name)
    pair = Pair(fresh / "cert.pem", fresh / "key.pem")
    peer = world.keep(Peer(parameters(world.broker.port, fresh / "ca.pem", pair)))
    _report(peer, worker.name, task, old / "key.pem")
    until("its result is shown", lambda: _state(world, task) and _strays(world, task))
    assert "no longer" in _strays(world, task)[0]["reason"]
    assert _state(world, task) == "queued"
    peer.close()
    worker.restart(tls={"cert": str(fresh / "cert.pem"), "key": str(fresh / "key.pem")})
    world.desk.all_done_once(world.desk.submit("echo", "new key", "--to", worker.name))
    assert other.count(r" link\.down ") == 0, "the others go on working"


@case()
def retired_boards_certificate_opens_no_connection_even_if_its_name_is_known_again(world):
    worker, other = world.worker().up(), world.worker("b").up()
    world.broker.holdfast("retire", worker.name)
    worker.saw("certificate_revoked")
    world.management.put_user(worker.name)
    worker.kill()
    worker.start()
    worker.saw("certificate_revoked", times=2)
    world.desk.all_done_once(world.desk.submit("echo", "on", "--to", other.name))
    assert other.count(r" link\.down ") == 0


def _revoke_in_the_ledger_alone(world, board):
    """As a command that was killed right after it."""
    ledger = sqlite3.connect(world.broker.home / "ledger.db", timeout=30)
    with ledger:
        ledger.execute("UPDATE certificates SET revoked_ms = issued_ms WHERE board = ?", (board,))
    ledger.close()


@case()
def what_could_not_be_closed_is_closed_by_the_next_command(world):
    worker, password = world.worker().up(), world.broker.home / "admin.password"
    good = password.read_text()
    _revoke_in_the_ledger_alone(world, worker.name)
    password.write_text("wrong")
    try:
        said = world.broker.holdfast("boards").stderr
        assert "revoked certificates may still log in" in said, said
        assert worker.count(r" link\.down ") == 0
        told = world.broker.holdfast("doctor", "--json", exit_code=1).stdout
        assert "may be open still" in told, told
    finally:
        password.write_text(good)
    world.broker.holdfast("boards")
    worker.saw(r" link\.down ")
    worker.saw("certificate_revoked")
    told = world.broker.holdfast("doctor", "--json", exit_code=None).stdout
    assert "may be open still" not in told and not list(world.broker.home.rglob("hang-up")), told


def _handshake(context, port, session=None):
    """A connection that the broker answered to, and the TLS session of it. OSError: it was refused."""
    line = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20),
                               server_hostname="127.0.0.1", session=session)  # fmt: skip
    line.sendall(b"AMQP\x00\x00\x09\x01")
    if not line.recv(1):
        raise ConnectionError("hung up")
    return line


@case()
def session_that_is_taken_up_again_is_no_way_around_a_revocation(world):
    bundle, fresh = world.enroll(world.board_name()), world.folder / "fresh"
    context = ssl.create_default_context(cafile=str(bundle / "ca.pem"))
    context.load_cert_chain(str(bundle / "cert.pem"), str(bundle / "key.pem"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 takes none up unless it is told to
    with _handshake(context, world.broker.port) as line:
        session = line.session
    with _handshake(context, world.broker.port, session) as line:
        assert not line.session_reused
    world.broker.holdfast("enroll", bundle.name, "--pool", world.pool, "--out", fresh)
    for taken_up in (session, None):
        try:
            _handshake(context, world.broker.port, taken_up).close()
            raise AssertionError("a revoked certificate opened a connection")
        except OSError:
            pass


@case()
def how_long_each_certificate_lasts_is_told(world):
    name = world.board_name()
    world.enroll(name)
    told = world.broker.holdfast("boards", "--pool", world.pool).stdout
    assert "CERT" in told and re.search(r"\b82[45] d", told), told  # whole days: 825 in its first second
    board = json.loads(world.broker.holdfast("board", name, "--json").stdout)
    assert board["certificate_until_s"] > board["enrolled_ms"] / 1000 + 800 * 86400, board
    assert "certificate" in world.broker.holdfast("board", name).stdout
