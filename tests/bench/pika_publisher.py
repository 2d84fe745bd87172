"""The same work in Python: publishes tasks over TLS, persistent, to a quorum queue, with as many
unconfirmed as the window has, and says how long it took until all were confirmed.

usage: pika_publisher.py PORT CA PAIR EXCHANGE KEY COUNT [RESULTS_OF < IDS]
PAIR is the path of a certificate and its key without .pem and .key. With RESULTS_OF the messages are
results of that board for the task ids that stand on standard input.
"""

import pathlib
import sys
import time

import pika

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib.certs import Pair  # noqa: E402
from lib.peer import parameters  # noqa: E402

WINDOW = 2048

port, ca, pair, exchange, key, count = sys.argv[1:7]
board = sys.argv[7] if len(sys.argv) > 7 else None
count = int(count)
ids = [line.strip() for line in sys.stdin] if board else None
sent = confirmed = 0
began = 0.0


def message(number):
    if board:
        return "", pika.BasicProperties(
            message_id=ids[number], user_id=board, delivery_mode=2,
            headers={"hf-status": "done", "hf-attempt": 1, "hf-exit": 0, "hf-duration-ms": 3},
        )  # fmt: skip
    return str(number), pika.BasicProperties(
        message_id=f"0190-bench-{number}", user_id="manager", type="echo", delivery_mode=2
    )


def fill(channel):
    global sent
    while sent < count and sent - confirmed < WINDOW:
        body, properties = message(sent)
        channel.basic_publish(exchange, key, body, properties, mandatory=True)
        sent += 1


def on_confirm(channel, frame):
    global confirmed
    if not isinstance(frame.method, pika.spec.Basic.Ack):
        sys.exit("pika_publisher: the broker did not take a message")
    confirmed = frame.method.delivery_tag if frame.method.multiple else confirmed + 1
    if confirmed == count:
        print(f"{time.monotonic() - began:.3f}", flush=True)
        channel.connection.close()
    else:
        fill(channel)


def on_channel(channel):
    global began
    channel.confirm_delivery(ack_nack_callback=lambda frame: on_confirm(channel, frame),
                             callback=lambda _frame: fill(channel))
    began = time.monotonic()


connection = pika.SelectConnection(
    parameters(int(port), ca, Pair(pathlib.Path(pair + ".pem"), pathlib.Path(pair + ".key"))),
    on_open_callback=lambda opened: opened.channel(on_open_callback=on_channel),
    on_open_error_callback=lambda _connection, error: sys.exit(f"pika_publisher: {error}"),
    on_close_callback=lambda closed, _reason: closed.ioloop.stop(),
)
connection.ioloop.start()
