"""The broker is there but will not: it takes no publishes for a while, or it gives up waiting."""

from lib.case import case
from lib.until import until

OWN_BROKER = True


@case()
def blocked_connection_is_said_and_the_result_waits_until_it_is_not(world):
    worker = world.worker(presence_s=5).up()
    gate = world.gate()
    results = world.results_of(worker)
    task = world.task("gate")
    gate.entered()
    world.broker.ctl("set_vm_memory_high_watermark", "0")
    try:
        worker.saw(r" link\.blocked reason=\"[^\"]+\"")
        gate.open()
        worker.saw(r" task\.ended ")
        world.tester.empty(results, for_s=2)
        assert worker.count(r" link\.down ") == 0
    finally:
        world.broker.ctl("set_vm_memory_high_watermark", "0.4")
    worker.saw(r" link\.unblocked")
    assert world.tester.result(results).task == task
    world.tester.empty(results)
    world.all_is_acked()
    assert len(gate.runs()) == 1


@case()
def task_that_outlasts_the_brokers_consumer_timeout_is_run_once_all_the_same(world):
    world.broker.set("consumer_timeout", 3000)
    world.broker.set("channel_tick_interval", 1000)
    try:
        worker = world.worker().up()
        gate = world.gate()
        results = world.results_of(worker)
        task = world.task("gate")
        gate.entered()
        worker.saw(r" link\.channel_closed .*code=406 .*consumer_timeout", within_s=60)
        worker.saw(r" task\.adopted ")
        gate.open()
        result = world.tester.result(results)
        assert (result.task, result.status) == (task, "done"), result
        assert len(gate.runs()) == 1
    finally:
        world.broker.set("consumer_timeout", 691200000)
        world.broker.set("channel_tick_interval", 60000)
    world.all_is_acked()


def _done_after_reconciling(world, job):
    """How many of its tasks; reconcile may be unable to say yet what is missing."""
    world.broker.holdfast("reconcile", exit_code=None)
    return [row[1] for row in world.desk.counted(job)].count("done")


@case()
def queue_deleted_under_its_worker_is_made_again_and_what_it_held_is_done_once(world):
    worker = world.worker().up()
    gate = world.gate()
    running = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    waiting = world.desk.submit("echo", "--range", "1..3", "--pool", world.pool)
    queue = f"hf.q.tasks.{world.pool}"
    world.broker.ctl("delete_queue", "-p", "holdfast", queue)
    worker.saw(rf" link\.consumer_cancelled queue={queue}")
    worker.saw(r" link\.channel_closed .*code=404 ")
    world.broker.holdfast("doctor", "--fix")
    gate.open()
    world.desk.all_done_once(running)
    until("what waited is done", lambda: _done_after_reconciling(world, waiting) == 3)
    world.desk.all_done_once(waiting, 3)
    assert len(gate.runs()) == 1
    world.all_is_acked()
