"""What a stolen bundle is good for: every act that a board has no right to, tried by a plain client
with the board's own certificate, over mutual TLS, and refused by the broker."""

import json

import pika
from pika.exceptions import AMQPConnectionError, ChannelClosedByBroker, ConnectionClosedByBroker

from lib.case import case
from lib.certs import Pair
from lib.peer import Peer, parameters

OTHER_EXCHANGES = ("", "hf.tasks", "hf.control", "hf.dead", "hf.retry.5s", "hf.retry.30s",
                   "hf.retry.5m", "hf.retry.1h", "amq.topic", "amq.direct", "amq.fanout", "amq.headers",
                   "amq.match", "amq.rabbitmq.trace")  # fmt: skip

OWN_BROKER = True  # the ledger collects what comes into hf.q.results


class Thief:
    """A client with one board's bundle. Each act has a channel of its own: a refusal closes it."""

    def __init__(self, world, name, pool):
        bundle = world.enroll(name, pool)
        pair = Pair(bundle / "cert.pem", bundle / "key.pem")
        self.name = name
        self.parameters = parameters(world.broker.port, bundle / "ca.pem", pair)
        self.connection = pika.BlockingConnection(self.parameters)

    def close(self):
        if self.connection.is_open:
            self.connection.close()

    def tries(self, act):
        """None when the broker let it happen, else its code."""
        if not self.connection.is_open:
            self.connection = pika.BlockingConnection(self.parameters)
        channel = self.connection.channel()
        channel.confirm_delivery()
        try:
            act(channel)
        except (ChannelClosedByBroker, ConnectionClosedByBroker) as closed:
            return closed.reply_code
        channel.close()
        return None

    def refused(self, what, act, code=403):
        got = self.tries(act)
        assert got == code, f"{what}: {'let happen' if got is None else got}, {code} is wanted"

    def allowed(self, what, act):
        got = self.tries(act)
        assert got is None, f"{what}: refused with {got}, and a board needs it"


def _publish(exchange, key, body=b"forged", **properties):
    def act(channel):
        # Not mandatory: that a queue takes it is not the question, the permission is.
        channel.basic_publish(exchange, key, body, pika.BasicProperties(**properties))

    return act


def _get(queue):
    return lambda channel: channel.basic_get(queue, auto_ack=False)


def _consume(queue):
    return lambda channel: channel.basic_consume(queue, lambda *_: None)


def _two(world):
    """A client with the bundle of one board, and the name of another, in another pool."""
    thief = world.keep(Thief(world, world.board_name("a"), world.pool))
    other = world.board_name("b")
    world.enroll(other, f"{world.pool}-else")
    return thief, other


@case()
def board_may_do_what_its_work_needs(world):
    thief, _ = _two(world)
    for queue in (world.queue, f"hf.q.device.{thief.name}", f"hf.q.control.{thief.name}"):
        thief.allowed(f"get from {queue}", _get(queue))
        thief.allowed(f"consume {queue}", _consume(queue))
    result = {"message_id": "of-no-task", "headers": {"hf-status": "done"}}
    thief.allowed("its result", _publish("hf.results", f"result.{thief.name}",
                                         user_id=thief.name, **result))  # fmt: skip
    for kind in ("presence", "progress", "log", "facts", "answer"):
        thief.allowed(f"its {kind}", _publish("hf.events", f"{kind}.{thief.name}", b"{}",
                                              user_id=thief.name))  # fmt: skip


@case()
def board_may_publish_nowhere_but_under_its_own_name(world):
    thief, other = _two(world)
    for exchange in OTHER_EXCHANGES:
        for key in (world.pool, world.queue, f"device.{other}", "hf.q.results", "all"):
            thief.refused(f"publish to {exchange!r} as {key}", _publish(exchange, key))
    own = thief.name
    for key in (f"result.{other}", f"result.{own}\n", f"result.{own}.x", f"xresult.{own}",
                f"result.x{own}", "result.", "", "#", f"presence.{own}"):  # fmt: skip
        thief.refused(f"a result as {key!r}", _publish("hf.results", key, user_id=own))
    for key in (f"presence.{other}", f"log.{other}", f"presence.{own}\n", f"result.{own}",
                f"answer.{own}.{other}", f"Presence.{own}"):  # fmt: skip
        thief.refused(f"an event as {key!r}", _publish("hf.events", key, user_id=own))


@case()
def board_that_gives_another_name_as_its_own_is_refused(world):
    thief, other = _two(world)
    for user in (other, "manager", "admin", "tester"):
        thief.refused(f"user_id {user}", _publish("hf.results", f"result.{thief.name}",
                                                  user_id=user), code=406)  # fmt: skip


@case()
def board_may_read_no_queue_but_its_three(world):
    thief, other = _two(world)
    foreign = [f"hf.q.tasks.{world.pool}-else", f"hf.q.device.{other}", f"hf.q.control.{other}",
               "hf.q.tasks.default", "hf.q.results", "hf.q.events", "hf.q.dead", "hf.q.retry.5s",
               "hf.q.retry.30s", "hf.q.retry.5m", "hf.q.retry.1h"]  # fmt: skip
    for queue in foreign:
        thief.refused(f"get from {queue}", _get(queue))
        thief.refused(f"consume {queue}", _consume(queue))
        thief.refused(f"purge {queue}", lambda channel, q=queue: channel.queue_purge(q))
        thief.refused(f"delete {queue}", lambda channel, q=queue: channel.queue_delete(q))


@case()
def board_may_declare_bind_and_delete_nothing(world):
    thief, other = _two(world)
    own = f"hf.q.control.{thief.name}"
    acts = {
        "declare a queue": lambda c: c.queue_declare("mine", durable=True),
        "declare one for itself": lambda c: c.queue_declare("", exclusive=True),
        "declare its own again": lambda c: c.queue_declare(own, durable=True),
        "declare an exchange": lambda c: c.exchange_declare("mine", "fanout"),
        "delete its own queue": lambda c: c.queue_delete(own),
        "delete the pool's queue": lambda c: c.queue_delete(world.queue),
        "delete an exchange": lambda c: c.exchange_delete("hf.results"),
        "bind its queue to others' results": lambda c: c.queue_bind(own, "hf.results", "#"),
        "bind its queue to others' commands": lambda c: c.queue_bind(
            own, "hf.control", f"device.{other}"
        ),
        "bind its queue to the tasks": lambda c: c.queue_bind(own, "hf.tasks", f"device.{other}"),
        "unbind its queue": lambda c: c.queue_unbind(own, "hf.control", "all"),
        "bind exchanges": lambda c: c.exchange_bind("hf.tasks", "hf.results", "#"),
        "unbind exchanges": lambda c: c.exchange_unbind("hf.tasks", "hf.results", "#"),
    }
    for what, act in acts.items():
        thief.refused(what, act)
    # RabbitMQ tells anybody how long a queue is, and from 4.2 on nobody without a right to it. Either is right.
    code = thief.tries(lambda c: c.queue_declare(f"hf.q.device.{other}", passive=True))
    assert code in (None, 403), code


@case()
def stolen_bundle_is_of_no_use_under_another_name_or_elsewhere(world):
    thief, _ = _two(world)
    pool = f"{world.pool}-c"
    worker = world.worker("c", pool)
    stolen = world.folder / "bundles" / thief.name
    worker.set(tls={"cert": str(stolen / "cert.pem"), "key": str(stolen / "key.pem")})
    results = world.results_of(worker)
    for key in (pool, f"device.{worker.name}"):
        world.manager.publish_task(key, "echo")
    worker.start()  # says that it is c, and its certificate that it is a
    said = worker.saw(r"link\.channel_closed .*code=403 .*", times=2)[0]
    assert "hf.q." in said, said
    worker.kill()
    world.tester.empty(results, for_s=0.5)
    for queue in (f"hf.q.tasks.{pool}", f"hf.q.device.{worker.name}"):
        assert not world.tester.get(queue)[0].redelivered, f"it was handed out: {queue}"
    elsewhere = thief.parameters
    elsewhere.virtual_host = "/"
    try:
        pika.BlockingConnection(elsewhere).close()
        raise AssertionError("the board's certificate opens another virtual host")
    except AMQPConnectionError:
        pass


class _Desk:
    """What the manager made of a forged result."""

    def __init__(self, world):
        self.world, self.manager = world, world.desk

    def submit(self, board):
        """A task for that board alone, which is not there to do it: its id and its job."""
        job = self.manager.submit("echo", "x", "--to", board)
        rows = self.manager.ledger("SELECT id FROM tasks WHERE job = ?", job)
        return rows[0][0], job

    def state(self, task):
        self.world.broker.holdfast("results", exit_code=None)  # takes in what waits
        return self.manager.ledger("SELECT state FROM tasks WHERE id = ?", task)[0][0]

    def strays(self, task):
        lines = self.world.broker.holdfast("results", "--strays", "--json").stdout.splitlines()
        return [line for line in map(json.loads, lines) if line["task"] == task]


@case()
def result_in_anothers_place_is_a_stray_and_ends_no_task(world):
    thief, other = _two(world)
    desk = _Desk(world)
    task, _ = desk.submit(other)
    done = {"hf-status": "done", "hf-attempt": 1, "hf-exit": 0}
    key, own = f"result.{thief.name}", {"message_id": task, "headers": done, "delivery_mode": 2}
    thief.allowed("one that nobody vouches for", _publish("hf.results", key, **own))
    thief.allowed("one as itself", _publish("hf.results", key, user_id=thief.name, **own))
    # RabbitMQ 3.10 lets these two around the topic permission, 4.x refuses them. Either is right.
    forged = 0
    for header in ("CC", "BCC"):
        sly = own | {"headers": done | {header: [f"result.{other}"]}}
        code = thief.tries(_publish("hf.results", key, user_id=thief.name, **sly))
        assert code in (None, 403), code
        forged += code is None
    assert desk.state(task) == "queued", desk.state(task)
    strays = desk.strays(task)
    assert len(strays) == 2 + forged, strays
    assert all(stray["from"] in ("", thief.name) for stray in strays), strays
    peer = world.keep(Peer(world.broker.parameters("tester")))
    peer.channel.queue_purge(f"hf.q.device.{other}")
