"""A link that breaks at the worst moments."""

from lib.case import case
from lib.proxy import DOWN, UP
from lib.until import until


@case()
def link_reset_while_a_task_runs_does_not_run_it_twice(world):
    task = world.held()
    task.proxy.reset()
    task.worker.up(times=2)
    task.worker.saw(r" task\.adopted ")
    task.gate.open()
    task.result()
    task.is_settled()


@case()
def task_that_ends_while_the_link_is_down_is_reported_when_it_is_back(world):
    task = world.held()
    task.proxy.refuse()
    task.proxy.cut()
    task.gate.open()
    task.worker.saw(r"task\.ended ")
    task.proxy.accept()
    task.result()
    task.is_settled()


@case()
def link_reset_between_result_and_confirm_publishes_the_stored_result_again(world):
    task = world.held()
    task.proxy.stall(DOWN)
    task.gate.open()
    first = task.result()
    task.proxy.reset()
    task.proxy.release(DOWN)
    assert task.result().body == first.body == b"through the gate\n"
    task.is_settled()


@case()
def link_reset_before_the_ack_acks_the_redelivery_without_a_second_run(world):
    task = world.held()
    task.proxy.stall(DOWN)
    task.gate.open()
    task.result()
    task.proxy.stall(UP)
    task.proxy.release(DOWN)  # the confirm arrives, the ack goes no further than the proxy
    task.worker.saw(r"task\.ended ")
    until("the ack is on its way", lambda: task.proxy.held(UP) > 0)
    task.proxy.reset()
    task.proxy.release(UP)
    task.worker.up(times=2)
    task.worker.saw(r"task\.known ")
    task.is_settled()


@case()
def broker_that_falls_silent_is_left_and_found_again(world):
    task = world.held(heartbeat_s=2)
    task.proxy.stall()
    task.worker.saw(r"link\.down .*cause=HEARTBEAT")
    task.proxy.reset()
    task.proxy.release()
    task.worker.up(times=2)
    task.gate.open()
    task.result()
    task.is_settled()


@case()
def broker_out_of_reach_is_tried_until_it_comes(world):
    proxy = world.proxy(accept=False)
    worker, _ = world.proxied(proxy=proxy)
    worker.start()
    down = worker.saw(r'link\.down cause=REFUSED reason="([^"]*)"', times=3)
    assert f":{proxy.port}" in down[1] or str(proxy.port) in down[1], down[1]
    assert worker.alive
    proxy.accept()
    worker.up()
    results = world.results_of(worker)
    task = world.task("echo", "here")
    assert world.tester.result(results).task == task


@case()
def host_name_without_address_is_said_and_tried_again(world):
    worker = world.worker(broker={"host": "broker.invalid"})
    worker.start()
    worker.saw(r"link\.down cause=RESOLVE .*broker\.invalid", times=2)
    assert worker.alive


@case()
def heartbeats_keep_the_connection_through_a_task_of_thirty_seconds(world):
    worker = world.worker(heartbeat_s=5).up()
    results = world.results_of(worker)
    assert "heartbeat_s=5" in worker.saw(r"link\.up .*")[0]
    task = world.task("sleep", "30")
    before = _connections(world, worker)
    result = world.tester.result(results, within_s=60)
    assert (result.task, result.status) == (task, "done")
    world.pause(6)  # the broker's list of connections is up to 5 s old
    assert _connections(world, worker) == before
    assert before[0][1] == 5, f"agreed heartbeat: {before}"
    assert worker.count(r" link\.down ") == 0
    assert worker.count(r" link\.up ") == 1


def _connections(world, worker):
    from lib.until import until

    found = until("the connection is listed", lambda: world.management.connections(worker.name))
    return [(connection["name"], connection.get("timeout")) for connection in found]
