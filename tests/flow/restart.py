"""The broker goes away with work in hand, and comes back."""

from lib.case import case

OWN_BROKER = True


@case()
def broker_restarted_while_a_task_runs_finds_it_still_running(world):
    worker = world.worker().up()
    gate = world.gate()
    job = world.desk.submit("gate", "--pool", world.pool)
    gate.entered()
    with world.broker.restarted():
        worker.saw(r" link\.down ")
    worker.up(times=2)
    worker.saw(r" task\.adopted ")
    gate.open()
    world.desk.all_done_once(job)
    assert len(gate.runs()) == 1
    assert world.desk.duplicates(job) == 0
    world.all_is_acked()


@case()
def broker_killed_and_started_again_has_every_task_and_takes_the_waiting_result(world):
    worker = world.worker().up()
    gate = world.gate()
    jobs = [world.desk.submit("gate", "--pool", world.pool) for _ in range(3)]
    gate.entered()
    with world.broker.restarted(kill=True):
        gate.open()
        worker.saw(r" task\.ended ")
        jobs.append(_kept_without_a_broker(world))
    for job in jobs:
        world.desk.all_done_once(job)
    assert len(gate.runs()) == len(jobs), gate.runs()
    world.all_is_acked()


def _kept_without_a_broker(world):
    """A one-shot command says what it tried and why that failed, and exits with 3."""
    job = world.desk.submit("gate", "--pool", world.pool, exit_code=3)
    said = world.broker.holdfast("tasks", exit_code=3).stderr
    for word in ("cannot reach 127.0.0.1", f"port {world.broker.port}", "Connection refused"):
        assert word in said, said
    return job
