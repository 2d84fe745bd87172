"""Queues and programs that know nothing of Holdfast."""

import json

import pika

from lib.case import case


@case()
def task_of_the_rabbitmq_tutorials_producer_is_done(world):
    worker = world.worker(queue="task_queue", require_sender=None, default_handler="sha256")
    worker.settings["require_sender"] = None
    worker.set()
    world.management.permit(
        worker.name, write=r"^hf\.(results|events)\z", read=r"^task_queue\z"
    )
    connection = pika.BlockingConnection(world.broker.parameters())
    channel = connection.channel()
    channel.queue_declare(queue="task_queue", durable=True)
    results = world.results_of(worker)
    for number, data in ((7, "Hello World!"), (8, {"any": ["json", 1]})):
        channel.basic_publish(
            exchange="",
            routing_key="task_queue",
            body=json.dumps({"task_id": number, "data": data}),
            properties=pika.BasicProperties(delivery_mode=2),
        )
    connection.close()
    worker.up()
    first, second = world.tester.results(results, 2)
    assert (first.task, first.status, first.board) == ("7", "done", worker.name), first
    assert first.body == b"7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069"
    assert (second.task, second.status) == ("8", "done"), second
    world.all_is_acked("task_queue")


@case()
def enveloped_task_in_a_queue_of_somebody_elses_is_done_too(world):
    queue = f"{world.name}-theirs"
    worker = world.worker(queue=queue)
    worker.settings["require_sender"] = "tester"
    worker.set()
    world.management.put_queue(queue, "classic")
    world.management.permit(
        worker.name, write=r"^hf\.(results|events)\z", read=rf"^{queue}\z"
    )
    worker.up()
    results = world.results_of(worker)
    world.tester.publish("", queue, b"abc", message_id="mine", type="echo", user_id="tester")
    result = world.tester.result(results)
    assert (result.task, result.status, result.body) == ("mine", "done", b"abc"), result
    world.all_is_acked(queue)


@case()
def plain_pika_consumer_understands_what_submit_plain_publishes(world):
    queue = f"{world.name}-queue"
    world.management.put_queue(queue)
    home = world.own_desk()  # its results go to a ledger of its own
    job = home.submit("shout", "Hello World!", "--plain", "--queue", queue)
    _, properties, body = world.tester.get(queue)
    task = json.loads(body)
    assert (task["type"], task["data"]) == ("shout", "Hello World!"), task
    assert not properties.message_id and properties.delivery_mode == 2
    assert properties.content_type == "application/json"
    assert properties.user_id == "manager" and job
    rows = home.ledger("SELECT id, state FROM tasks WHERE job = ?", job)
    assert rows == [(task["task_id"], "queued")], rows
