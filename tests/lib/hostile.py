"""A broker that means harm: it speaks TLS with a certificate that boards trust, and AMQP as far as it
likes. Each connection gets the next trick of a list; when there is none left it is passed on to the
real broker."""

import socket
import ssl
import struct
import threading

from pika import frame, spec

from lib.certs import Authority

END = 0xCE


def raw(kind, channel, payload, length=None, end=END):
    """A frame, also one that is none."""
    length = len(payload) if length is None else length
    return struct.pack(">BHI", kind, channel, length) + payload + bytes([end])


class Line:
    """One connection of a board, after its TLS handshake."""

    def __init__(self, sock):
        self.sock, self._rest = sock, b""
        self.queues = {}  # queue -> channel on which the board consumes it

    def send(self, data):
        self.sock.sendall(data)

    def method(self, channel, method):
        self.send(frame.Method(channel, method).marshal())

    def read(self):
        """The next frame of the board's."""
        while True:
            used, found = frame.decode_frame(self._rest)
            if used:
                self._rest = self._rest[used:]
                return found
            piece = self.sock.recv(65536)
            if not piece:
                raise ConnectionError("the board hung up")
            self._rest += piece

    def method_of(self, kind):
        """Reads on to the next method of that kind, or of one of these, answering what a broker would."""
        while True:
            found = self.read()
            if not isinstance(found, frame.Method):
                continue
            self._answer(found)
            if isinstance(found.method, kind):
                return found

    def _answer(self, found):
        method = found.method
        if isinstance(method, spec.Channel.Open):
            self.method(found.channel_number, spec.Channel.OpenOk())
        elif isinstance(method, spec.Confirm.Select):
            self.method(found.channel_number, spec.Confirm.SelectOk())
        elif isinstance(method, spec.Basic.Qos):
            self.method(found.channel_number, spec.Basic.QosOk())
        elif isinstance(method, spec.Basic.Consume):
            self.queues[method.queue] = found.channel_number
            self.method(found.channel_number, spec.Basic.ConsumeOk(method.consumer_tag))

    def start(self, properties=None):
        if not self._rest:
            self._rest = self.sock.recv(65536)
        assert self._rest.startswith(b"AMQP"), self._rest[:20]
        self._rest = self._rest[8:]
        self.method(0, spec.Connection.Start(
            server_properties=properties or {"product": "Hostile", "version": "6.6.6"},
            mechanisms="EXTERNAL PLAIN"))  # fmt: skip

    def login(self, **tune):
        tune = {"channel_max": 100, "frame_max": 131072, "heartbeat": 10} | tune
        self.start()
        self.method_of(spec.Connection.StartOk)
        self.method(0, spec.Connection.Tune(**tune))
        self.method_of(spec.Connection.Open)
        self.method(0, spec.Connection.OpenOk())

    def consumed(self, queue):
        """Logged in, and the board waits for what this queue hands out; its channel."""
        self.login()
        while queue not in self.queues:
            self.method_of(spec.Basic.Consume)
        return self.queues[queue]

    def deliver(self, channel, queue, properties=None, body=b"", size=None, header=True, tag=1, again=False):
        self.method(channel, spec.Basic.Deliver(queue, tag, again, "hf.tasks", "x"))
        size = len(body) if size is None else size
        if header:
            properties = spec.BasicProperties(**properties or {})
            self.send(frame.Header(channel, size, properties).marshal())
        if body:
            self.send(frame.Body(channel, body).marshal())

    def published(self):
        """Properties of the next message that the board publishes with a status: a result."""
        while True:
            found = self.read()
            if isinstance(found, frame.Method):
                self._answer(found)
            if isinstance(found, frame.Header) and "hf-status" in (found.properties.headers or {}):
                return found.properties


class Hostile:
    def __init__(self, pair, port, tricks, ca=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(str(pair.cert), str(pair.key))
        if ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(str(ca))
        self.real_port, self.tricks = port, list(tricks)
        self.done, self.failures = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.tricks:
                self._play(client, self.tricks.pop(0))
            else:
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _play(self, client, trick):
        name, act = trick
        client.settimeout(15)
        try:
            with self.context.wrap_socket(client, server_side=True) as sock:
                act(Line(sock))
                self._drain(sock)
        except (OSError, ConnectionError):
            pass  # the board hung up: as it should
        except Exception as error:
            self.failures.append(f"{name}: {error!r}")
        self.done.append(name)

    @staticmethod
    def _drain(sock):
        """Until the board hangs up, a moment at most."""
        sock.settimeout(3)
        while sock.recv(65536):
            pass

    def _pass_on(self, client):
        with socket.create_connection(("127.0.0.1", self.real_port)) as real:
            back = threading.Thread(target=_pump, args=(real, client), daemon=True)
            back.start()
            _pump(client, real)
            back.join()
        client.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def trusted_pair(world):
    """Key and certificate by which boards take their holder for the world's broker."""
    authority = Authority(world.folder / "ca", existing=world.broker.home / "pki" / "server-ca")
    return authority.issue("broker", "serverAuth", alt_names="DNS:localhost,IP:127.0.0.1")


def hostile_broker(world, tricks):
    """One before the world's, with a pair that boards trust."""
    return world.keep(Hostile(trusted_pair(world), world.broker.port, tricks))


def _pump(source, target):
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
