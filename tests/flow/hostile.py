"""A broker that means harm: the worker refuses what it says, reports why, and does its work as soon
as a broker is there that behaves."""

import pathlib
import random
import struct

from pika import frame, spec

from lib import process
from lib.case import case
from lib.elf import Elf
from lib.hostile import hostile_broker, raw, trusted_pair
from lib.openssl_server import OpensslServer
from lib.paths import worker as program_of
from lib.until import until

SANITIZED = True

METHOD, HEADER, BODY = 1, 2, 3
RANDOM_CONNECTIONS = 60


def _nested(levels):
    table = b""
    for _ in range(levels):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return struct.pack(">I", len(table)) + table


def _start_with(table):
    return struct.pack(">HHBB", 10, 10, 0, 9) + table + struct.pack(">I", 8) + b"EXTERNAL" + (
        struct.pack(">I", 5) + b"en_US"
    )


# Before the login.
EARLY = {
    "no AMQP at all": lambda line: line.send(b"HTTP/1.1 200 OK\r\n\r\n"),
    "zeros": lambda line: line.send(bytes(20000)),
    "a frame of 4 GB": lambda line: line.send(raw(METHOD, 0, b"\0" * 100, length=0xFFFFFFFF)),
    "a frame that does not end": lambda line: line.send(raw(METHOD, 0, b"\0\x0a\0\x0a", end=0)),
    "an unknown kind of frame": lambda line: line.send(raw(77, 0, b"x")),
    "a method that nobody knows": lambda line: line.send(raw(METHOD, 0, b"\xff\xff\xff\xff")),
    "a method that is cut short": lambda line: line.send(raw(METHOD, 0, b"\0\x0a\0\x0a\0")),
    "tables a thousand deep": lambda line: line.send(raw(METHOD, 0, _start_with(_nested(1000)))),
    "a table longer than its frame": lambda line: line.send(
        raw(METHOD, 0, _start_with(b"\x7f\xff\xff\xff"))
    ),
    "another protocol": lambda line: line.send(b"AMQP\x00\x01\x00\x00"),
    "logins that the board has not": lambda line: line.send(
        frame.Method(0, spec.Connection.Start(server_properties={}, mechanisms="ANONYMOUS"))
        .marshal()
    ),
    "two starts": lambda line: (line.start(), line.send(
        frame.Method(0, spec.Connection.Start(server_properties={})).marshal())),
    "frames of one byte": lambda line: line.login(frame_max=1),
    "no channels": lambda line: line.login(channel_max=1),
    "an end before the beginning": lambda line: line.send(
        frame.Method(0, spec.Connection.Close(320, "x" * 255, 0, 0)).marshal()
    ),
}  # fmt: skip


def _header(size, flags_and_values):
    return struct.pack(">HHQ", 60, 0, size) + flags_and_values


def _late(queue):
    """Tricks on a board that waits for tasks from `queue`."""

    def on(act):
        def trick(line):
            act(line, line.consumed(queue))

        return trick

    def deliver(line, channel, rest):
        line.deliver(channel, queue, header=False)
        line.send(rest)

    return {
        "a body without a header": on(
            lambda line, ch: deliver(line, ch, raw(BODY, ch, b"x" * 100))
        ),
        "a header without a delivery": on(
            lambda line, ch: line.send(raw(HEADER, ch, _header(1, b"\0\0")))
        ),
        "more body than was said": on(
            lambda line, ch: line.deliver(ch, queue, {"message_id": "m"}, b"x" * 500, size=10)
        ),
        "property flags that never end": on(
            lambda line, ch: deliver(line, ch, raw(HEADER, ch, _header(1, b"\xff\xff" * 50)))
        ),
        "properties cut short": on(
            lambda line, ch: deliver(line, ch, raw(HEADER, ch, _header(1, b"\x00\x80\xff")))
        ),
        "headers longer than their frame": on(
            lambda line, ch: deliver(
                line, ch, raw(HEADER, ch, _header(1, b"\x20\x00\x7f\xff\xff\xff"))
            )
        ),
        "a frame over the limit": on(
            lambda line, ch: deliver(line, ch, raw(BODY, ch, b"x" * 200000))
        ),
        "a channel that is not there": on(
            lambda line, ch: line.deliver(77, queue, {"message_id": "m"}, b"x")
        ),
        "a delivery on the whole connection": on(
            lambda line, ch: line.deliver(0, queue, {"message_id": "m"}, b"x")
        ),
        "a delivery within a delivery": on(
            lambda line, ch: (deliver(line, ch, b""), line.deliver(ch, queue, {}, b"x"))
        ),
        "a second start": on(
            lambda line, ch: line.method(0, spec.Connection.Start(server_properties={}))
        ),
        "a method of a client": on(
            lambda line, ch: line.method(ch, spec.Queue.Delete(queue=queue))
        ),
    }


def _peak_kb(worker):
    text = pathlib.Path(f"/proc/{worker.speaker}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0])


def _survives(world, tricks, within_s=60, **settings):
    """The worker stands all of them, says each time why it hung up, and then does real work."""
    broker = hostile_broker(world, tricks)
    settings = {"reconnect_min_ms": 10, "reconnect_max_ms": 20} | settings
    worker = world.worker(broker={"port": broker.port}, **settings)
    worker.start()
    until("every trick is played", lambda: len(broker.done) == len(tricks), within_s)
    assert worker.alive and not broker.failures, broker.failures
    downs = worker.saw(r'link\.down cause=(\w+) reason="[^"]+', times=len(tricks))
    assert downs, "each is reported"
    results = world.results_of(worker)
    task = world.task("echo", "hello")
    result = world.tester.result(results)
    while result.status == "refused":  # what the hostile one was told is told again
        result = world.tester.result(results)
    assert (result.task, result.status, result.body) == (task, "done", b"hello"), result
    for pid in (worker.pid, *worker.children()):
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert "Max core file size        1                    1 " in limits, f"{process.name(pid)}: {limits}"
    return worker


@case()
def lies_before_the_login_are_refused_and_reported(world):
    _survives(world, EARLY.items())


@case()
def lies_about_deliveries_are_refused_and_reported(world):
    _survives(world, _late(world.queue).items())


@case()
def random_bytes_in_every_place_are_refused(world):
    dice = random.Random(5)

    def trick(line):
        stage = dice.randrange(3)
        channel = 0
        if stage == 1:
            line.start()
        elif stage == 2:
            channel = line.consumed(world.queue)
        for _ in range(20):
            kind = dice.choice((METHOD, HEADER, BODY, 8, dice.randrange(256)))
            known = struct.pack(">HH", dice.choice((10, 20, 40, 50, 60, 85)), dice.randrange(100))
            payload = dice.choice((known, b"")) + dice.randbytes(dice.randrange(300))
            line.send(raw(kind, dice.choice((channel, dice.randrange(12))), payload))

    _survives(world, [(str(n), trick) for n in range(RANDOM_CONNECTIONS)], within_s=100)


@case()
def endless_body_leaves_the_worker_small(world):
    most = 1 << 20

    def endless(line):
        channel = line.consumed(world.queue)
        properties = {"message_id": "endless", "type": "echo", "user_id": "manager"}
        line.deliver(channel, world.queue, properties, size=1 << 62)
        piece = frame.Body(channel, b"x" * 8000).marshal() * 100
        for _ in range(60):  # 48 MB, which nobody asked for
            line.send(piece)

    worker = _survives(world, [("endless", endless)], max_payload_bytes=most)
    if worker.preset == "asan":  # which never gives memory back
        return
    peak = _peak_kb(worker)
    world.note(f"peak of the worker {peak} KB")
    assert peak < 3000, peak


@case()
def task_that_nobody_vouches_for_is_refused_from_a_hostile_broker_too(world):
    refused = []

    def forged(line):
        channel = line.consumed(world.queue)
        line.deliver(channel, world.queue, {"message_id": "forged", "type": "echo"}, b"x")
        properties = line.published()
        refused.append((properties.message_id, properties.headers["hf-status"]))

    _survives(world, [("forged", forged)])
    assert refused == [("forged", "refused")], refused


@case()
def weak_tls_is_refused_by_the_worker(world):
    pair = trusted_pair(world)
    strong = (["-tls1_3"], ["-tls1_3", "-groups", "X25519"], ["-tls1_3", "-groups", "P-256"],
              ["-tls1_2"], ["-tls1_2", "-groups", "P-256"],
              ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"])  # fmt: skip
    weak = (["-tls1", "-cipher", "ALL@SECLEVEL=0"], ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8@SECLEVEL=0"],
            ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"],
            ["-tls1_3", "-groups", "P-384"], ["-tls1_2", "-groups", "P-384"],
            ["-tls1_3", "-groups", "P-521"], ["-tls1_3", "-groups", "ffdhe2048"])  # fmt: skip
    for words in strong:
        _with_openssl(world, pair, words, refused=False)
    for words in weak:
        _with_openssl(world, pair, words, refused=True)


def _with_openssl(world, pair, words, refused):
    """A worker that connects to openssl's server: it says AMQP, or nothing and why."""
    server = OpensslServer(pair, *words)
    worker = world.worker(broker={"port": server.port}, reconnect_max_ms=300)
    before = worker.count(r"link\.down cause=TLS")
    try:
        worker.start()
        if refused:
            worker.saw(r"link\.down cause=TLS\w* ", times=before + 1)
        else:
            assert server.output.read(4) == b"AMQP", words
    finally:
        worker.kill()
        said = server.end()
    assert b"AMQP" not in said, f"{words}: {said}"


@case()
def tables_of_addresses_are_read_only_in_a_running_worker(world):
    """What the linker marks for it; a static program has no dynamic linker that would see to it."""
    worker = world.worker(preset="generic-x86_64").up()
    begin, size = Elf(program_of(worker.preset)).relro()
    maps = pathlib.Path(f"/proc/{worker.speaker}/maps").read_text().splitlines()
    ours = [line.split() for line in maps if line.endswith("/holdfast-worker")]
    base = int(ours[0][0].split("-")[0], 16)
    end = (base + begin + size) & ~4095
    covers = [words[1] for words in ours
              if int(words[0].split("-")[0], 16) <= end - 1 < int(words[0].split("-")[1], 16)]  # fmt: skip
    assert covers == ["r--p"], maps
