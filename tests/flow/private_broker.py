"""The private broker as a stranger on the network finds it: what listens where, what it speaks, and
what ten thousand connections that never log in do to the boards that have work."""

OWN_BROKER = True

import base64  # noqa: E402
import os  # noqa: E402
import pathlib  # noqa: E402
import random  # noqa: E402
import resource  # noqa: E402
import socket  # noqa: E402
import ssl  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
import urllib.error  # noqa: E402
import urllib.request  # noqa: E402

import pika  # noqa: E402

from lib import process  # noqa: E402
from lib.case import case  # noqa: E402
from lib.paths import worker as worker_program  # noqa: E402
from lib.until import until  # noqa: E402

CONNECTIONS, WAVE = 10000, 1000
OTHER_FILES = 200  # that the test has open beside them


def _node(broker):
    mark = f"HOLDFAST_NODE={broker.home}".encode()
    return [pid for pid in process.pids() if mark in process.settings(pid)]


def _sockets(pids):
    """The inodes of the sockets that these processes have open."""
    found = set()
    for pid in pids:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            try:
                link = os.readlink(entry.path)
            except OSError:
                continue
            if link.startswith("socket:["):
                found.add(link[8:-1])
    return found


def _address(text):
    host, port = text.split(":")
    if len(host) == 8:
        return socket.inet_ntop(socket.AF_INET, bytes.fromhex(host)[::-1]), int(port, 16)
    words = b"".join(bytes.fromhex(host[i : i + 8])[::-1] for i in range(0, 32, 8))
    return socket.inet_ntop(socket.AF_INET6, words), int(port, 16)


def _listening(pids):
    """{(address, port)} on which these processes take connections."""
    ours, found = _sockets(pids), set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in ours:
                found.add(_address(fields[1]))
    return found


@case()
def it_listens_where_it_was_told_and_on_loopback_for_its_own(world):
    settings = world.broker.settings
    node = settings["node"]
    chosen = {(address, settings["port"]) for address in node["listen"]}
    own = {("127.0.0.1", node[f"{name}_port"]) for name in ("management", "dist")}
    found = _listening(_node(world.broker))
    epmd = {(address, port) for address, port in found if port == node["epmd_port"]}
    assert {address for address, _ in epmd} <= {"127.0.0.1", "::1"}, epmd
    assert found - epmd == chosen | own, found


def _s_client(world, *words, user=True):
    """What openssl's client says of a handshake with the broker."""
    pki = world.broker.home / "pki"
    line = ["openssl", "s_client", "-connect", f"127.0.0.1:{world.broker.port}",
            "-CAfile", pki / "server-ca.pem", "-verify_return_error", *words]  # fmt: skip
    if user:
        line += ["-cert", pki / "manager.pem", "-key", pki / "manager.key"]
    result = process.run(line, timeout=20)
    return result.stdout + result.stderr


@case()
def it_speaks_tls_1_3_and_authenticated_1_2_and_nothing_else(world):
    taken = {
        "TLSv1.3": ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256",
                    "TLS_CHACHA20_POLY1305_SHA256"],
        "TLSv1.2": ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256",
                    "ECDHE-ECDSA-CHACHA20-POLY1305"],
    }  # fmt: skip
    for version, names in taken.items():
        for name in names:
            how = ["-tls1_3", "-ciphersuites"] if version == "TLSv1.3" else ["-tls1_2", "-cipher"]
            said = _s_client(world, *how, name)
            assert f"New, {version}, Cipher is {name}" in said, f"{name}: {said}"
    weak = ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256",
            "ECDHE-ECDSA-AES256-CCM8"]  # fmt: skip
    for name in weak:
        said = _s_client(world, "-tls1_2", "-cipher", f"{name}@SECLEVEL=0")
        assert "Cipher is (NONE)" in said, f"{name}: {said}"
    for version in ("-tls1", "-tls1_1"):
        said = _s_client(world, version, "-cipher", "ALL@SECLEVEL=0")
        assert "Cipher is (NONE)" in said, f"{version}: {said}"


@case()
def it_exchanges_keys_on_x25519_and_p_256_alone(world):
    taken = (("-tls1_3", "X25519", "X25519"), ("-tls1_3", "P-256", "ECDH, prime256v1"),
             ("-tls1_2", "P-256", "ECDH, prime256v1"))  # fmt: skip
    for version, group, name in taken:
        said = _s_client(world, version, "-groups", f"P-384:P-521:{group}")
        assert f"Server Temp Key: {name}, " in said and "Cipher is (NONE)" not in said, said
    for version in ("-tls1_3", "-tls1_2"):
        for group in ("P-384", "P-521", "X448"):
            said = _s_client(world, version, "-groups", group)
            assert "Cipher is (NONE)" in said and "alert insufficient security" in said, f"{version} {group}: {said}"


@case()
def it_renegotiates_with_nobody(world):
    pki = world.broker.home / "pki"
    words = ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{world.broker.port}",
             "-CAfile", pki / "server-ca.pem", "-cert", pki / "manager.pem", "-key", pki / "manager.key"]  # fmt: skip
    said = b""
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
        client.stdin.write(b"R\n")  # for the client itself, once the handshake is over
        client.stdin.flush()
        while b"no renegotiation" not in said and (piece := client.stdout.read1()):
            said += piece
    assert b"RENEGOTIATING" in said and b"no renegotiation" in said, said


def _ends_without_amqp(world, words):
    """Sends what a client would say first; what comes back until the broker hangs up."""
    with socket.create_connection(("127.0.0.1", world.broker.port), timeout=20) as line:
        line.sendall(words)
        answer = b""
        try:
            while piece := line.recv(1000):
                answer += piece
        except ConnectionError:
            pass
    return answer


# With TLS 1.3, with 1.2, and the broker's reset where that overtakes its alert.
ENDS = ("certificate required", "handshake failure", "errno=104")


@case()
def nobody_is_spoken_to_without_tls_and_a_certificate(world):
    answer = _ends_without_amqp(world, b"AMQP\x00\x00\x09\x01")
    assert b"RabbitMQ" not in answer and b"AMQP" not in answer, answer
    for version in ("-tls1_2", "-tls1_3"):
        line = [
            "sh", "-c",
            "(printf 'AMQP\\000\\000\\011\\001'; sleep 1) | openssl s_client -ign_eof "
            f"-connect 127.0.0.1:{world.broker.port} {version} "
            f"-CAfile {world.broker.home}/pki/server-ca.pem",
        ]  # fmt: skip
        said = process.run(line, timeout=20)
        text = said.stdout + said.stderr
        assert "RabbitMQ" not in text, text
        assert any(end in text for end in ENDS), text


@case()
def it_has_no_guest_and_takes_no_password_over_amqp(world):
    users = {user["name"] for user in world.management.call("GET", "users")}
    assert "guest" not in users and {"admin", "manager"} <= users, users
    mechanisms = world.broker.parameters("tester")
    mechanisms.credentials = pika.PlainCredentials("admin", _password(world))
    try:
        pika.BlockingConnection(mechanisms).close()
        raise AssertionError("a password opened an AMQP connection")
    except pika.exceptions.AMQPError:
        pass


def _password(world):
    return (world.broker.home / "admin.password").read_text().strip()


def _api_status(world, user=None, password=None):
    request = urllib.request.Request(f"{world.management.url}/api/overview")
    if user:
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@case()
def its_management_wants_the_password_that_up_made(world):
    password, file = _password(world), world.broker.home / "admin.password"
    assert file.stat().st_mode & 0o077 == 0 and len(password) >= 32, "made, long, and private"
    assert _api_status(world, "admin", password) == 200
    for user, wrong in ((None, None), ("guest", "guest"), ("admin", "admin"), ("admin", ""),
                        ("admin", password[:-1]), ("manager", ""), ("tester", "")):  # fmt: skip
        assert _api_status(world, user, wrong) == 401, (user, wrong)


def _secrets(world):
    """What must stand in no log: the password, the cookie, and the lines of every private key."""
    home = world.broker.home
    found = [_password(world), (home / "broker/home/.erlang.cookie").read_text().strip()]
    keys = [*home.glob("pki/*.key"), *world.folder.glob("bundles/*/key.pem"), *world.folder.glob("made.key")]
    assert len(keys) >= 6, keys
    for key in keys:
        found += [line for line in key.read_text().splitlines() if len(line) > 40]
    return found


def _what_commands_say(world, worker):
    """Of the manager and of the board's program."""
    said = []
    for words in (("enroll", world.board_name("z"), "--out", world.folder / "bundles/z"),
                  ("rotate", "broker"), ("status",), ("status", "--json"), ("boards", "--json"),
                  ("board", worker.name), ("doctor", "--all")):  # fmt: skip
        said.append(world.broker.holdfast(*words, exit_code=None))
    for words in (("--check",), ("--self-test",), ("--make-csr", "made", "--key", world.folder / "made.key")):
        said.append(process.run([worker_program(worker.preset), "--config", worker.config, *words]))
    assert all(result.stdout + result.stderr for result in said), said
    return [result.stdout + result.stderr for result in said]


@case()
def nothing_secret_is_in_any_log_or_on_any_command_line(world):
    worker = world.worker(log_level="debug").up()
    other = world.worker("b", broker={"user": "nobody", "password": "tell-no-one"}).start()
    other.saw("cause=AMQP_LOGIN")
    results = world.results_of(worker)
    task = world.task("sha256", "a payload that is private")
    assert world.tester.result(results).task == task
    said = [worker.log, other.log, *_what_commands_say(world, worker)]
    said += [log.read_text(errors="replace") for log in world.broker.home.glob("broker/log/*")]
    for pid in [*_node(world.broker), worker.pid, other.pid, *worker.children()]:
        said.append(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
    assert len(said) >= 16, "there is something to look through"
    for secret in [*_secrets(world), "tell-no-one", "a payload that is private"]:
        assert not any(secret in text for text in said), "a secret was written down"


def _hello():
    """What a TLS client says first: the broker answers it with its certificate and a signature."""
    sent = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()


class _Crowd:
    """Connections that never log in, held open until the broker lets go, or we where we may have no
    more files open."""

    OPENINGS = (
        b"",  # half open: connected, and never a word
        b"\x16\x03\x01",  # the beginning of a record
        b"\x16\x03\x01\xff\xff" + b"\x00" * 64,  # a record longer than any
        b"AMQP\x00\x00\x09\x01",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00" * 512,
        _hello(),
    )

    def __init__(self, port):
        self.address, self.held, self.dice = ("127.0.0.1", port), [], random.Random(1)
        self.made = 0
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.most = most - OTHER_FILES

    def grow(self, count):
        for _ in range(count):
            self.shrink(self.most - 1)
            line = socket.create_connection(self.address, timeout=20)
            opening = self.dice.choice((*self.OPENINGS, self.dice.randbytes(200)))
            try:
                line.sendall(opening)
            except ConnectionError:
                pass  # it hung up at once: as well
            self.held.append(line)
            self.made += 1

    def shrink(self, to):
        while len(self.held) > to:
            self.held.pop(0).close()

    def close(self):
        self.shrink(0)


@case()
def ten_thousand_strangers_leave_the_boards_at_work(world):
    worker = world.worker(heartbeat_s=5).up()
    results = world.results_of(worker)
    crowd = world.keep(_Crowd(world.broker.port))
    slowest, began = 0.0, time.monotonic()
    while crowd.made < CONNECTIONS:
        crowd.grow(WAVE)
        asked = time.monotonic()
        task = world.task("echo", "hello")
        result = world.tester.result(results)
        slowest = max(slowest, time.monotonic() - asked)
        assert (result.task, result.status) == (task, "done"), result
    took = time.monotonic() - began
    newcomer = world.worker("b").up(within_s=30)
    assert worker.count(r" link\.down ") == 0, "its link was never lost"
    held = len(crowd.held)
    crowd.close()
    assert newcomer.alive
    mark = f":{world.broker.port:04X}"
    until("the broker lets go of all of them", lambda: _open_to(mark) < 20, 30)
    world.note(f"{crowd.made} connections in {took:.1f} s, {held} held; slowest task {slowest:.2f} s")


def _open_to(mark):
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()
    return sum(1 for line in lines if line.split()[1].endswith(mark) and line.split()[3] == "01")
