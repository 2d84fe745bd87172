"""A pika connection over mutual TLS: what anybody else on the broker would be."""

import dataclasses
import ssl
import time
import uuid

import pika
from pika.credentials import ExternalCredentials

from lib.until import PATIENCE_S, pause_s


@dataclasses.dataclass
class Result:
    """What a board said of a task."""

    task: str
    job: str
    board: str
    status: str
    headers: dict
    body: bytes
    redelivered: bool

    @property
    def reason(self):
        return self.headers.get("hf-reason", "")


def parameters(port, ca, pair, vhost="holdfast", user_name=None, heartbeat=0):
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(str(pair.cert), str(pair.key))
    return pika.ConnectionParameters(
        host="127.0.0.1",
        port=port,
        virtual_host=vhost,
        ssl_options=pika.SSLOptions(context, "127.0.0.1"),
        credentials=ExternalCredentials(),
        heartbeat=heartbeat,
        blocked_connection_timeout=60,
        client_properties={"connection_name": user_name} if user_name else None,
    )


class Peer:
    def __init__(self, connection_parameters, confirms=True):
        self.connection = pika.BlockingConnection(connection_parameters)
        self.channel = self.connection.channel()
        if confirms:
            self.channel.confirm_delivery()

    def close(self):
        try:
            self.connection.close()
        except Exception:  # the broker may be gone by design
            pass

    def publish(self, exchange, key, body, **properties):
        """Persistent, mandatory, and with confirms raises when no queue took it."""
        properties.setdefault("delivery_mode", 2)
        self.channel.basic_publish(
            exchange, key, body, pika.BasicProperties(**properties), mandatory=True
        )

    def publish_task(self, key, handler, payload=b"", task=None, headers=None, **properties):
        """A task as the manager publishes it; returns its id."""
        task = task or str(uuid.uuid4())
        body = payload.encode() if isinstance(payload, str) else payload
        properties.setdefault("user_id", "manager")
        self.publish(
            "hf.tasks", key, body, message_id=task, type=handler, headers=headers, **properties
        )
        return task

    def listen(self, exchange, *keys):
        """A queue of our own that sees what is published there from now on; its name."""
        queue = self.channel.queue_declare("", exclusive=True).method.queue
        for key in keys:
            self.channel.queue_bind(queue, exchange, key)
        return queue

    def get(self, queue, within_s=PATIENCE_S):
        """The next message as (method, properties, body), acked. AssertionError when none comes."""
        began = time.monotonic()
        deadline = began + within_s
        while True:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method:
                return method, properties, body
            if time.monotonic() >= deadline:
                raise AssertionError(f"no message in {queue} within {within_s} s")
            time.sleep(pause_s(time.monotonic() - began, first_s=0.02))

    def empty(self, queue, for_s=1.0):
        """AssertionError when a message comes within for_s."""
        deadline = time.monotonic() + for_s
        while time.monotonic() < deadline:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method:
                raise AssertionError(f"one more message in {queue}: {properties} {body[:200]!r}")
            time.sleep(0.05)

    def result(self, queue, within_s=PATIENCE_S):
        method, properties, body = self.get(queue, within_s)
        headers = properties.headers or {}
        return Result(
            task=properties.message_id,
            job=properties.correlation_id,
            board=properties.user_id,
            status=headers.get("hf-status"),
            headers=headers,
            body=body,
            redelivered=method.redelivered,
        )

    def results(self, queue, count, within_s=2 * PATIENCE_S):
        deadline = time.monotonic() + within_s
        return [
            self.result(queue, max(0.1, deadline - time.monotonic())) for _ in range(count)
        ]
