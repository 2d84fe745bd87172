"""The order that everything rests on, seen from the broker's side: a result is published, the
broker confirms it, and only then the delivery is acked."""

import pika.exceptions

from lib.case import case
from lib.proxy import DOWN
from lib.until import stays, until

OWN_BROKER = True  # its queue of results is taken away and filled up

LAG_S = 7  # what the management API says may be this old


def _stays_unacked(world):
    until("the task is unacked", lambda: world.management.unacked(world.queue) == 1)
    stays("the task is unacked", lambda: world.management.unacked(world.queue) == 1, LAG_S)


@case()
def result_is_confirmed_before_the_delivery_is_acked(world):
    task = world.held()
    task.proxy.stall(DOWN)  # the confirm will not arrive
    task.gate.open()
    task.result()  # the broker has it
    _stays_unacked(world)
    task.proxy.release(DOWN)
    task.is_settled()


@case()
def result_that_no_queue_takes_keeps_its_task_unacked_until_one_does(world):
    gate = world.gate()
    gate.open()
    worker = world.worker().up()
    world.tester.channel.queue_purge("hf.q.results")
    world.management.unbind("hf.results", "hf.q.results")
    try:
        task = world.task("gate")
        worker.saw(r"result\.not_kept .*no queue takes results", times=2)
        _stays_unacked(world)
    finally:
        world.management.bind("hf.results", "hf.q.results", "#")
    assert world.tester.result("hf.q.results").task == task
    world.all_is_acked()
    world.tester.empty("hf.q.results")
    assert len(gate.runs()) == 1, "published again, not run again"


@case()
def result_that_the_broker_nacks_keeps_its_task_unacked_until_there_is_room(world):
    gate = world.gate()
    gate.open()
    worker = world.worker().up()
    world.management.put_policy(
        "full", r"^hf\.q\.results\z", max_length=1, overflow="reject-publish"
    )
    filler = world.peer()
    try:
        until("the queue of results is full", lambda: _refuses(filler))
        task = world.task("gate")
        worker.saw(r"result\.not_kept .*could not store", times=2)
        _stays_unacked(world)
    finally:
        world.management.drop_policy("full")
    until(
        "the result arrives", lambda: world.tester.get("hf.q.results")[1].message_id == task, 30
    )
    world.all_is_acked()
    world.tester.empty("hf.q.results")
    assert len(gate.runs()) == 1


def _refuses(peer):
    try:
        peer.publish("", "hf.q.results", b"in the way")
    except pika.exceptions.NackError:
        return True
    return False
