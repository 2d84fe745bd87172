"""The same work in Python: an echo of each task's payload, over TLS, one task at a time, the result
confirmed and then the delivery acked. Runs until it is ended.

usage: pika_worker.py PORT BUNDLE QUEUE BOARD
"""

import pathlib
import sys

import pika

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib.certs import Pair  # noqa: E402
from lib.peer import parameters  # noqa: E402

port, bundle, queue, board = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]


def on_task(channel, method, properties, body):
    headers = {"hf-status": "done", "hf-attempt": 1, "hf-exit": 0}
    channel.basic_publish(
        "hf.results",
        f"result.{board}",
        body,
        pika.BasicProperties(
            message_id=properties.message_id,
            correlation_id=properties.correlation_id,
            user_id=board,
            delivery_mode=2,
            headers=headers,
        ),
        mandatory=True,
    )
    channel.basic_ack(method.delivery_tag)


pair = Pair(bundle / "cert.pem", bundle / "key.pem")
connection = pika.BlockingConnection(
    parameters(port, bundle / "ca.pem", pair, user_name=board, heartbeat=10)
)
channel = connection.channel()
channel.confirm_delivery()
channel.basic_qos(prefetch_count=1)
channel.basic_consume(queue, on_task)
print("ready", flush=True)
channel.start_consuming()
