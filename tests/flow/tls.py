"""Certificates that must not be trusted, on either side, and the words that a person then reads."""

import pathlib
import socket
import ssl
import subprocess
import threading

from lib import process
from lib.case import case, need
from lib.certs import DAY, Authority, now
from lib.openssl_server import OpensslServer
from lib.paths import HOLDFAST
from lib.until import until


HERE = "DNS:localhost,IP:127.0.0.1"


class _Impostor:
    """Something that speaks TLS with the certificate given, in the broker's place."""

    def __init__(self, pair, version=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        self.context.load_cert_chain(str(pair.cert), str(pair.key))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.read = b""  # what anybody has said through a handshake that went well
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                client.settimeout(5)
                with self.context.wrap_socket(client, server_side=True) as line:
                    self.read += line.recv(100)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class _Erlang:
    """RabbitMQ's TLS, 1.2 alone, which shows its certificate even if it is on a curve that the
    worker did not name; openssl's, which the others are, ends the handshake then."""

    PROGRAM = """
        Accept = fun(Listener, Again) ->
            {ok, Line} = ssl:transport_accept(Listener), ssl:handshake(Line, 5000), Again(Listener, Again)
        end,
        {ok, _} = application:ensure_all_started(ssl),
        {ok, Listener} = ssl:listen(0, [{versions, ['tlsv1.2']}, {certfile, "%s"}, {keyfile, "%s"}]),
        {ok, {_, Port}} = ssl:sockname(Listener),
        io:format("~b~n", [Port]),
        Accept(Listener, Accept).
    """
    read = b""

    def __init__(self, pair):
        need("erl")
        words = ["erl", "-noshell", "-kernel", "logger_level", "none", "-eval", self.PROGRAM % (pair.cert, pair.key)]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.kill()
        self.process.communicate()


def _refuses_server(world, cause, *words, authority=None, trusted=None, server=_Impostor, **issue):
    """The worker refuses a broker with that certificate, says so, and tells it nothing."""
    authority = authority or Authority(world.folder / "ca", "Test CA")
    issue.setdefault("alt_names", HERE)
    impostor = world.keep(server(authority.issue("broker", "serverAuth", **issue)))
    worker = world.worker(
        broker={"port": impostor.port},
        tls={"ca": str(trusted or authority.pair.cert)},
        reconnect_max_ms=200,
    )
    worker.start()
    text = worker.saw(rf'link\.down cause={cause} reason="([^"]*)"', times=2)[1]
    for word in words:
        assert word in text, f"{word!r} is missing in {text!r}"
    assert worker.alive, "it goes on trying"
    assert worker.count(r" link\.up ") == 0
    assert impostor.read == b"", "not a byte of AMQP"
    return worker


@case()
def broker_signed_by_another_ca_is_refused(world):
    other = Authority(world.folder / "other", "Some other CA")
    _refuses_server(world, "TLS_UNKNOWN_CA", "Some other CA", "tls.ca",
                    authority=other, trusted=world.broker.ca)  # fmt: skip


@case()
def broker_with_a_certificate_for_another_name_is_refused(world):
    _refuses_server(world, "TLS_WRONG_NAME", "elsewhere.example", "127.0.0.1",
                    alt_names="DNS:elsewhere.example")  # fmt: skip


@case()
def broker_with_an_expired_certificate_is_refused(world):
    end = now() - 2 * DAY
    _refuses_server(world, "TLS_EXPIRED", "expired at", f"{end:%Y-%m-%d}",
                    start=now() - 30 * DAY, end=end)  # fmt: skip


@case()
def broker_with_a_certificate_of_the_future_is_refused(world):
    start = now() + 2 * DAY
    _refuses_server(world, "TLS_NOT_YET_VALID", "not valid before", f"{start:%Y-%m-%d}",
                    "clock", start=start, end=now() + 30 * DAY)  # fmt: skip


@case()
def client_certificate_in_the_place_of_the_brokers_is_refused(world):
    authority = Authority(world.folder / "ca", "Test CA")
    pair = authority.issue("broker", "clientAuth", alt_names="IP:127.0.0.1")
    impostor = world.keep(_Impostor(pair))
    worker = world.worker(broker={"port": impostor.port}, tls={"ca": str(authority.pair.cert)})
    worker.start()
    worker.saw(r"link\.down cause=TLS ")
    assert impostor.read == b""


@case()
def certificates_on_p_384_are_taken_with_tls_1_3_and_those_of_authorities_always(world):
    authority = Authority(world.folder / "ca", "A company's CA", curve="P-384")
    taken = (("a", "TLSv1_3", "P-384"), ("b", "TLSv1_3", "P-256"), ("c", "TLSv1_2", "P-256"))
    for board, version, curve in taken:
        pair = authority.issue("broker", "serverAuth", alt_names=HERE, curve=curve)
        impostor = world.keep(_Impostor(pair, ssl.TLSVersion[version]))
        world.worker(board, broker={"port": impostor.port}, tls={"ca": str(authority.pair.cert)}).start()
        until(f"AMQP is spoken over {version} with a certificate on {curve}",
              lambda served=impostor: served.read.startswith(b"AMQP"))  # fmt: skip


@case()
def broker_with_a_key_on_p_384_and_tls_1_2_alone_is_told_what_to_do(world):
    def older(pair):
        return _Impostor(pair, ssl.TLSVersion.TLSv1_2)

    for server, cause in ((older, "TLS_PROTOCOL"), (_Erlang, "TLS")):
        worker = _refuses_server(world, cause, "P-384", "TLS 1.3", "P-256 or RSA", server=server, curve="P-384")
        said = worker.check(exit_code=1)
        assert "tls       FAILED" in said and "P-384" in said and "turn on TLS 1.3 there" in said, said
        worker.close()


def _is_refused(world, cause, *words, **tls):
    """The broker refuses a worker with that certificate, and the worker says so."""
    worker = world.worker(tls=tls, reconnect_max_ms=200)
    worker.start()
    text = worker.saw(rf'link\.down cause={cause} reason="([^"]*)"', times=2)[1]
    for word in words:
        assert word in text, f"{word!r} is missing in {text!r}"
    assert worker.alive, "it goes on trying"
    assert worker.count(r" link\.up ") == 0


def _paths(pair):
    return {"cert": str(pair.cert), "key": str(pair.key)}


@case()
def board_of_a_foreign_ca_reads_that_its_certificate_is_refused(world):
    pair = Authority(world.folder / "ca", "Test CA").issue(world.board_name(), "clientAuth")
    _is_refused(world, "TLS_CERT_REFUSED", "refused our certificate", "CA", **_paths(pair))


@case()
def board_with_an_expired_certificate_reads_so(world):
    pair = world.device_ca().issue(
        world.board_name(), "clientAuth", start=now() - 30 * DAY, end=now() - 2 * DAY
    )
    _is_refused(world, "TLS_CERT_REFUSED", "refused our certificate", "expired", **_paths(pair))


@case()
def board_with_a_certificate_of_the_future_is_refused(world):
    pair = world.device_ca().issue(
        world.board_name(), "clientAuth", start=now() + 2 * DAY, end=now() + 30 * DAY
    )
    _is_refused(world, "TLS_CERT_REFUSED", "refused our certificate", **_paths(pair))


@case()
def board_without_a_certificate_reads_that_one_is_required(world):
    worker = world.worker(broker={"user": "somebody", "password": "secret"}, reconnect_max_ms=200)
    worker.set(tls={"cert": None, "key": None})
    worker.settings["tls"] = {"ca": worker.settings["tls"]["ca"]}
    worker.set(sign_results=None)  # there is no key to do it with
    worker.start()
    text = worker.saw(r'link\.down cause=TLS_CERT_REQUIRED reason="([^"]*)"', times=2)[1]
    assert "client certificate" in text and "tls.cert" in text, text
    assert "secret" not in worker.log


@case()
def board_whose_name_the_broker_does_not_know_reads_that_the_login_is_refused(world):
    pair = world.device_ca().issue("nobody", "clientAuth")
    _is_refused(world, "AMQP_LOGIN", **_paths(pair))


@case()
def board_that_asks_for_a_foreign_pool_reads_that_it_may_not(world):
    worker = world.worker(pool="elsewhere", reconnect_max_ms=200)
    worker.set(pool="default")
    worker.start()
    worker.saw(r"link\.channel_closed .*code=403 .*enroll", times=2)
    assert worker.alive


@case()
def certificate_that_is_replaced_works_from_the_next_start_on(world):
    pair = Authority(world.folder / "ca", "Test CA").issue(world.board_name(), "clientAuth")
    worker = world.worker()
    good = dict(worker.settings["tls"])
    worker.set(tls=_paths(pair))
    worker.start()
    worker.saw(r"link\.down cause=TLS_CERT_REFUSED ")
    worker.restart(tls=good)
    results = world.results_of(worker)
    task = world.task("echo", "hello")
    assert world.tester.result(results).task == task


@case()
def plain_tcp_and_wrong_protocols_are_told_from_a_broker(world):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            while True:
                client, _ = listener.accept()
                client.recv(100)
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                client.close()
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    worker = world.worker(broker={"port": listener.getsockname()[1]})
    worker.start()
    text = worker.saw(r'link\.down cause=TLS_PROTOCOL reason="([^"]*)"')[1]
    assert "does not speak TLS" in text, text
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _asks_management(world, pair, *words):
    """What `status` says of an API that openssl serves; its answer is none of RabbitMQ's."""
    server, home = OpensslServer(pair, "-www", *words), world.folder / "elsewhere"
    (world.folder / "password").write_text("secret")
    environment = process.environment(HOLDFAST_HOME=home)
    try:
        until("the server listens", server.is_up)
        for line in (
            ["use", f"amqps://127.0.0.1:{world.broker.port}", "--ca", world.broker.ca,
             "--management", f"https://127.0.0.1:{server.port}", "--user", "admin",
             "--password-file", world.folder / "password", "--management-ca", pair.cert.parent / "ca.pem"],
            ["status"],
        ):  # fmt: skip
            said = process.run([HOLDFAST, *line], env=environment, timeout=60).stderr
    finally:
        server.end()
    return said


@case()
def management_api_elsewhere_is_asked_over_the_same_tls_alone(world):
    authority = Authority(world.folder / "ca", "A company's CA")
    pair = authority.issue("api", "serverAuth", alt_names=HERE)
    for words in (["-tls1_3"], ["-tls1_2"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"]):
        said = _asks_management(world, pair, *words)
        assert "does not answer as RabbitMQ's management API does" in said, f"{words}: {said}"
    for words in (["-tls1_1", "-cipher", "ALL@SECLEVEL=0"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
                  ["-tls1_3", "-groups", "P-384"], ["-tls1_2", "-groups", "P-384"]):  # fmt: skip
        said = _asks_management(world, pair, *words)
        assert "it must speak TLS 1.3, or 1.2 with" in said, f"{words}: {said}"


@case()
def private_keys_of_enrolled_boards_are_readable_by_their_owner_only(world):
    bundle = world.enroll(world.board_name())
    until("the bundle is there", (bundle / "worker.json").exists)
    assert (bundle / "key.pem").stat().st_mode & 0o077 == 0
    assert pathlib.Path(world.broker.home, "pki", "device-ca.key").stat().st_mode & 0o077 == 0
